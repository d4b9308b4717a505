"""Reports on disarmed copies, for people and tools: what is gone, and where it was.

How often each kind was taken out is in the catalogue. Where that was is only in the report itself,
which lies in quarantine: parts of documents may be called after patients.
"""

import json
from collections.abc import Iterable, Iterator

import sqlalchemy as sa

from catalogue import artefacts, expansions
from catalogue.expansions import Expansion
from custody.artefact import Derivation
from custody.box import Json
from custody.digest import Digest
from pipeline.steps.copies import counts_in, variant_at
from pipeline.wiring import Runtime
from sanitizers.disarming.interface import Switch
from sanitizers.disarming.words import paragraph_english, paragraph_french


def reports_on(
    runtime: Runtime, digest: Digest, profiles: Iterable[Digest]
) -> list[dict[str, Json]]:
    """Return what became of a content that was to be disarmed, under the last profile that did.

    Raises:
        ObjectDamagedError: a report in the vault is damaged.
        StoreError: it cannot be read.
    """
    with runtime.catalogue.read() as connection:
        tried = [
            rows
            for profile in profiles
            if (rows := expansions.copies(connection, [digest], profile).get(digest, ()))
        ]
    return [_report(runtime, own) for own in _by_variant(tried[-1])] if tried else []


def copies_lines(
    connection: sa.Connection, digests: Iterable[Digest], profile: Digest
) -> dict[tuple[Digest, Digest], dict[str, Json]]:
    """Return what each copy of some contents lacks, by original and copy, as deliveries tell it."""
    found: dict[tuple[Digest, Digest], dict[str, Json]] = {}
    for digest, rows in expansions.copies(connection, digests, profile).items():
        for own in _by_variant(rows):
            copy, report = own.get(Derivation.DISARMED), own.get(Derivation.REPORT)
            if copy is not None and copy.derived is not None and report is not None:
                found[digest, copy.derived] = {"of": digest, "removed": counts_in(report)}
    return found


def _by_variant(rows: Iterable[Expansion]) -> Iterator[dict[Derivation, Expansion]]:
    by_variant: dict[int, dict[Derivation, Expansion]] = {}
    for row in rows:
        by_variant.setdefault(variant_at(row.ordinal), {})[row.how] = row
    for _, own in sorted(by_variant.items()):
        yield own


def _report(runtime: Runtime, own: dict[Derivation, Expansion]) -> dict[str, Json]:
    copy, report = own[Derivation.DISARMED], own.get(Derivation.REPORT)
    removed = counts_in(report) if report else {}
    usable = copy.derived is not None and not copy.outcome
    told: dict[str, Json] = {
        "copy": copy.derived,
        "held_because": copy.outcome or None,
        "switches": _words_of(variant_at(copy.ordinal)),
        "removed": removed,
        "report": report.derived if report else None,
        "places": _places(runtime, report.derived) if report and report.derived else [],
    }
    if usable and copy.derived is not None:
        told["text"] = {
            "en": paragraph_english(removed, copy.derived),
            "fr": paragraph_french(removed, copy.derived),
        }
    return told


def _words_of(variant: int) -> list[str]:
    return [switch.value for n, switch in enumerate(Switch) if variant >> n & 1]


def _places(runtime: Runtime, report: Digest) -> list[dict[str, Json]]:
    """Return what was taken out, and where, from the report in quarantine."""
    with runtime.catalogue.read() as connection:
        at = artefacts.locate(connection, report)
    if at is None:
        return []
    said = json.loads(runtime.vault.read(at))
    return [{name: each[name] for name in ("code", "where", "times")} for each in said["removed"]]
