"""What is held and why, content by content."""

from catalogue.decisions import StoredDecision
from catalogue.entries import EntryFilter
from custody.box import Json
from custody.lifecycle import Stage
from custody.verdict import Verdict
from pipeline import listing
from pipeline.deciding.two_people import waiting
from pipeline.wiring import Runtime


def held(runtime: Runtime, service: str | None) -> list[dict[str, Json]]:
    """Return what is held, one value a content, worst verdict first."""
    wanted = EntryFilter(
        stages=frozenset({Stage.HELD}), services=frozenset({service} if service else ())
    )
    signed = {d.decision.subject: d for d in waiting(runtime)}
    found: dict[str, dict[str, Json]] = {}
    for entry in listing.entries(runtime, wanted):
        one = found.setdefault(entry["digest"], _content(entry, signed.get(entry["digest"])))
        one["entries"].append({k: entry[k] for k in ("host", "service", "path", "path_b64")})
        one["reasons"] = list(dict.fromkeys([*one["reasons"], why(entry)]))
    order = [verdict.value for verdict in Verdict]
    return sorted(found.values(), key=lambda one: (order.index(one["verdict"]), one["digest"]))


def _content(entry: dict[str, Json], first: StoredDecision | None) -> dict[str, Json]:
    return {
        "digest": entry["digest"],
        "size": entry["size"],
        "verdict": entry["verdict"],
        "media_type": entry["media_type"],
        "reasons": [],
        "findings": entry["findings"],
        "entries": [],
        "signed_by": first.decision.actor if first else None,
        "signed_for": first.decision.action.value if first else None,
    }


def why(entry: dict[str, Json]) -> str:
    """Return what was said against an entry, in short; details can hold names and stay out."""
    reasons = str(entry["reason"]).split("; ") if entry["reason"] else []
    missing = [f"{n['scanner']}: {n['reason']}" for n in entry["not_scanned"]]
    return "; ".join(dict.fromkeys([*reasons, *missing]))
