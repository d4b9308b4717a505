"""Why a content has its verdict and its fate, as one paragraph that a person can read aloud."""

from collections.abc import Iterable, Iterator

from catalogue.decisions import StoredDecision
from custody.box import Json
from custody.exception import AnyException, Derogation, NameWaiver, UnscannedWaiver
from custody.outcome import Scanned
from custody.verdict import Verdict
from pipeline.because import Because, stated
from pipeline.counting import named_count

MOST_NAMED = 8
SHORT = 12


def paragraph(why: Because) -> str:
    """Return the verdict, the reasons, the coverage, what was loosened and the clauses."""
    return " ".join(_sentences(why))


def because_json(why: Because) -> dict[str, Json]:
    """Return the same for tools."""
    return {
        "digest": why.digest,
        "entries": why.entries,
        "media_type": why.media_type,
        "stage": why.stage.value,
        "fate": why.fate.value if why.fate else None,
        "verdict": why.verdict.value if why.verdict else None,
        "reasons": list(why.reasons),
        "findings": [
            {
                "scanner": f.scanner,
                "rule": f.rule,
                "kind": f.kind.value,
                "severity": f.severity.value,
            }
            for f in why.against
        ],
        "looked": [{"scanner": o.scanner, "coverage": o.coverage.value} for o in why.looked],
        "not_scanned": [{"scanner": o.scanner, "reason": o.reason} for o in why.not_scanned],
        "exempt": [{"scanner": o.scanner, "evidence": o.evidence} for o in why.exempt],
        "exceptions": [_exception_json(each) for each in why.loosened],
        "decisions": [
            {
                "action": d.decision.action.value,
                "actor": d.decision.actor,
                "reason": d.decision.reason,
                "effective": d.effective,
            }
            for d in why.decided
        ],
        "policy": {
            "name": why.policy.name if why.policy else None,
            "digest": why.policy_digest,
            "clauses": list(why.clauses),
        },
        "text": paragraph(why),
    }


def _sentences(why: Because) -> Iterator[str]:
    kind = f" ({why.media_type})" if why.media_type else ""
    verdict = why.verdict.value if why.verdict else "not judged"
    yield (
        f"Content {why.digest[:SHORT]}{kind}, {named_count(why.entries, 'entry', 'entries')}:"
        f" {verdict}, and {why.fate.value.replace('_', ' ') if why.fate else why.stage.value}."
    )
    yield _reason(why)
    yield _looking(why)
    if why.exempt:
        yield f"Exempt: {_few(f'{o.scanner} by {o.evidence}' for o in why.exempt)}."
    yield _loosening(why)
    if why.decided:
        yield f"Decided by people: {_few(map(_decided, why.decided))}."
    yield _policy(why)


def _reason(why: Because) -> str:
    if why.verdict is Verdict.CLEAN:
        return "No check that ran to its end found anything against it."
    return f"Because of {_few(why.reasons)}." if why.reasons else "No reason was recorded."


def _looking(why: Because) -> str:
    if not why.outcomes:
        return "Nothing that looked at its content is on record."
    partly = [o for o in why.looked if o.coverage.value != "whole"]
    looked = f"{named_count(len(why.looked), 'check', 'checks')} looked at it"
    covered = f", {_few(map(_covered, partly))}" if partly else ", all at the whole of it"
    silent = f"; could not look: {_few(f'{o.scanner} ({o.reason})' for o in why.not_scanned)}"
    return f"{looked}{covered}{silent if why.not_scanned else ''}."


def _covered(outcome: Scanned) -> str:
    return f"{outcome.scanner} only {outcome.coverage.value}"


def _loosening(why: Because) -> str:
    if not why.loosened:
        return "No exception loosened anything."
    return f"Loosened: {_few(map(_loosened, why.loosened))}."


def _loosened(exception: AnyException) -> str:
    granted = exception.granted
    match exception:
        case UnscannedWaiver():
            what = f"the missing look of {exception.scanner}"
        case NameWaiver():
            what = f"names: {exception.rule}"
        case _:
            what = f"{exception.scanner}: {exception.rule}"
    kind = "derogation" if isinstance(exception, Derogation) else "waiver"
    until = granted.end.date().isoformat()
    return f"{what} by a {kind} of {' and '.join(granted.people)} before {until} ({granted.reason})"


def _exception_json(exception: AnyException) -> dict[str, Json]:
    granted = exception.granted
    return {
        "kind": type(exception).__name__,
        "scanner": getattr(exception, "scanner", "names"),
        "rule": getattr(exception, "rule", ""),
        "people": list(granted.people),
        "reason": granted.reason,
        "until": granted.end.isoformat(),
    }


def _decided(stored: StoredDecision) -> str:
    made = stored.decision
    waits = "" if stored.effective else ", waiting for a second person"
    return f"{made.action.value} by {made.actor} ({made.reason}{waits})"


def _policy(why: Because) -> str:
    if why.policy is None:
        return (
            f"The policy that judged it, {why.policy_digest[:SHORT]}, is not known here any more."
        )
    policy = why.policy
    said = "; ".join(f"{clause}: {stated(policy, clause)}" for clause in why.clauses)
    return f"Policy {policy.name} ({policy.digest[:SHORT]}) says: {said or 'nothing yet'}."


def _few(texts: Iterable[str]) -> str:
    """Join texts; of very many the first are named and the others counted."""
    found = list(texts)
    more = len(found) - MOST_NAMED
    return "; ".join(found[:MOST_NAMED]) + (f"; and {more} more" if more > 0 else "")
