"""What the scanners of a profile said of a content; "scanned whole, nothing found" has no row.

Details of findings may hold names, so they lie with the names; only their line is known here.
"""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, assert_never

import sqlalchemy as sa

from catalogue import tables
from catalogue.findings import finding_of, to_rows
from catalogue.statements import in_batches, insert_all, insert_new_tuples
from catalogue.times import to_microseconds
from custody.digest import Digest
from custody.finding import Finding
from custody.outcome import Coverage, Exempt, Inspection, NotScanned, Outcome, Scanned

INSPECTION = ("digest", "profile", "media_type", "scanners", "shard_id", "inspected_at")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordedInspection:
    """An inspection to keep. `detail_lines` has a line number, or None, for each finding in order.

    The lines are those of the details object of the shard that is being committed.
    """

    digest: Digest
    inspection: Inspection
    detail_lines: tuple[int | None, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class DetailPosition:
    """Where the detail of a finding lies: the shard whose details object, and the line in it."""

    finding: Finding
    shard_id: int
    line: int


def known(
    connection: sa.Connection, digests: Iterable[Digest], profile: Digest
) -> dict[Digest, Inspection]:
    """Return what a profile's scanners said of those contents that they have judged."""
    found: dict[Digest, Inspection] = {}
    for batch in in_batches(digests):
        outcomes = _outcome_rows(connection, batch, profile)
        findings = _finding_rows(connection, batch, profile)
        columns = tables.inspections.c
        statement = sa.select(columns.digest, columns.media_type, columns.scanners).where(
            columns.digest.in_(batch), columns.profile == profile
        )
        for digest, media_type, scanners in connection.execute(statement):
            found[digest] = Inspection(
                media_type=media_type,
                outcomes=_rebuilt(scanners, outcomes.get(digest, {}), findings.get(digest, [])),
            )
    return found


def record(
    connection: sa.Connection,
    profile: Digest,
    shard_id: int,
    at: datetime,
    recorded: Sequence[RecordedInspection],
) -> None:
    """Keep inspections; a content that the profile has judged already keeps what was said first.

    Machine trouble and silence are never kept: such an inspection is left out and done again.

    Raises:
        ValueError: an inspection holds two outcomes of one scanner, or its lines do not fit.
    """
    offered = {new.digest: new for new in recorded if new.inspection.cacheable}
    telling = [d for d, new in offered.items() if not _is_plain(new.inspection)]
    before = judged(connection, telling, profile)
    fresh = [offered[digest] for digest in telling if digest not in before]
    judging, moment = bytes.fromhex(profile), to_microseconds(at)
    scanners = _Scanners()
    rows = [
        (
            bytes.fromhex(digest),
            judging,
            new.inspection.media_type,
            scanners.of(new.inspection),
            shard_id,
            moment,
        )
        for digest, new in offered.items()
    ]
    insert_new_tuples(connection, tables.inspections, INSPECTION, rows)
    insert_all(connection, tables.outcomes, [r for new in fresh for r in _special(new, profile)])
    findings = []
    for new in fresh:
        content = {"digest": new.digest, "profile": profile, "name_key": None}
        findings += to_rows(content, new.inspection.findings, shard_id, new.detail_lines)
    insert_all(connection, tables.findings, findings)


def details_of(connection: sa.Connection, digest: Digest, profile: Digest) -> list[DetailPosition]:
    """Return where the details of a content's findings lie, those about its names included."""
    columns = tables.findings.c
    statement = sa.select(tables.findings).where(
        columns.digest == digest, columns.profile == profile, columns.detail_line.is_not(None)
    )
    return [
        DetailPosition(finding=finding_of(row), shard_id=row.detail_shard, line=row.detail_line)
        for row in connection.execute(statement.order_by(columns.finding_id))
    ]


def by_rule(connection: sa.Connection, rule: str) -> set[Digest]:
    """Return the contents that a rule found something in, whatever the profile."""
    columns = tables.findings.c
    statement = sa.select(columns.digest).where(columns.rule == rule).distinct()
    return set(connection.execute(statement).scalars())


def judged(connection: sa.Connection, digests: Iterable[Digest], profile: Digest) -> set[Digest]:
    """Return those of some contents that a profile has judged."""
    columns = tables.inspections.c
    found: set[Digest] = set()
    for batch in in_batches(digests):
        statement = sa.select(columns.digest).where(
            columns.digest.in_(batch), columns.profile == profile
        )
        found.update(connection.execute(statement).scalars())
    return found


def _versions(inspection: Inspection) -> dict[str, str]:
    """Name every scanner in its order; one that did not scan has no version to tell."""
    versions: dict[str, str] = {}
    for outcome in inspection.outcomes:
        if outcome.scanner in versions:
            raise ValueError("an inspection holds two outcomes of one scanner")
        versions[outcome.scanner] = outcome.version if isinstance(outcome, Scanned) else ""
    return versions


class _Scanners:
    """Writes which scanners looked, once for each set of them: nearly all contents share one."""

    def __init__(self) -> None:
        self._written: dict[tuple[tuple[str, str], ...], str] = {}

    def of(self, inspection: Inspection) -> str:
        versions = _versions(inspection)
        key = tuple(versions.items())
        if key not in self._written:
            self._written[key] = json.dumps(versions)
        return self._written[key]


def _is_plain(inspection: Inspection) -> bool:
    """Whether every scanner looked at all of it and found nothing: its row says all there is."""
    return all(
        isinstance(each, Scanned) and each.coverage is Coverage.WHOLE and not each.findings
        for each in inspection.outcomes
    )


def _special(new: RecordedInspection, profile: Digest) -> list[dict[str, Any]]:
    """Return the rows of outcomes that are not "scanned whole"."""
    rows: list[dict[str, Any]] = []
    for outcome in new.inspection.outcomes:
        row = {"digest": new.digest, "profile": profile, "scanner": outcome.scanner}
        match outcome:
            case Scanned(coverage=Coverage.WHOLE):
                continue
            case Scanned(coverage=coverage):
                said = {"outcome": "scanned", "coverage": coverage.value, "reason": None}
            case NotScanned(reason=reason):
                said = {"outcome": "not-scanned", "coverage": None, "reason": reason}
            case Exempt(evidence=evidence):
                said = {"outcome": "exempt", "coverage": None, "reason": evidence}
            case _:
                assert_never(outcome)
        rows.append(row | said)
    return rows


def _outcome_rows(
    connection: sa.Connection, digests: list[Digest], profile: Digest
) -> dict[Digest, dict[str, sa.Row[Any]]]:
    columns = tables.outcomes.c
    statement = sa.select(tables.outcomes).where(
        columns.digest.in_(digests), columns.profile == profile
    )
    found: dict[Digest, dict[str, sa.Row[Any]]] = {}
    for row in connection.execute(statement):
        found.setdefault(row.digest, {})[row.scanner] = row
    return found


def _finding_rows(
    connection: sa.Connection, digests: list[Digest], profile: Digest
) -> dict[Digest, list[Finding]]:
    columns = tables.findings.c
    statement = sa.select(tables.findings).where(
        columns.digest.in_(digests), columns.profile == profile, columns.name_key.is_(None)
    )
    found: dict[Digest, list[Finding]] = {}
    for row in connection.execute(statement.order_by(columns.finding_id)):
        found.setdefault(row.digest, []).append(finding_of(row))
    return found


def _rebuilt(
    scanners: Mapping[str, str], special: Mapping[str, sa.Row[Any]], findings: Sequence[Finding]
) -> tuple[Outcome, ...]:
    return tuple(
        _outcome(name, version, special.get(name), [f for f in findings if f.scanner == name])
        for name, version in scanners.items()
    )


def _outcome(
    scanner: str, version: str, special: sa.Row[Any] | None, findings: Sequence[Finding]
) -> Outcome:
    kind = "scanned" if special is None else special.outcome
    if special is not None and kind == "not-scanned":
        return NotScanned(scanner=scanner, reason=special.reason)
    if special is not None and kind == "exempt":
        return Exempt(scanner=scanner, evidence=special.reason)
    coverage = Coverage.WHOLE if special is None else Coverage(special.coverage)
    return Scanned(scanner=scanner, version=version, coverage=coverage, findings=tuple(findings))
