"""Lines of custody manifests read back into values: the other half of `pipeline.steps.lines`."""

from collections.abc import Mapping
from dataclasses import dataclass

from catalogue.expansions import Expansion
from custody.artefact import Derivation, Location
from custody.box import Json
from custody.digest import Digest
from custody.finding import Finding, FindingKind, Severity
from custody.outcome import Coverage, Exempt, Inspection, NotScanned, Outcome, Scanned
from custody.records import Counts, ReasonCount, Validation

Placed = tuple[Finding, int | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadInspection:
    """What the scanners said, and at which line of the details each finding's detail lies."""

    inspection: Inspection
    detail_lines: tuple[int | None, ...]
    name_findings: tuple[Finding, ...]
    name_lines: tuple[int | None, ...]
    profile: Digest
    new: bool
    name_new: bool


def location_of(line: Mapping[str, Json]) -> Location | None:
    """Return where an inspect line says that the content lies in the vault."""
    place = line["vault"]
    if place is None:
        return None
    return Location(
        digest=Digest(line["digest"]),
        key=place["key"],
        version=place["version"],
        offset=place["offset"],
        size=line["size"],
    )


def inspection_of(line: Mapping[str, Json]) -> ReadInspection | None:
    """Return what an inspect line says that the scanners said; None when they were not asked."""
    part = line["inspected"]
    if part is None:
        return None
    placed = [_finding(f) for o in part["outcomes"] for f in o.get("findings", ())]
    about_name = [_finding(f) for f in part["names"]]
    outcomes = tuple(_outcome(o) for o in part["outcomes"])
    return ReadInspection(
        inspection=Inspection(media_type=part["media_type"], outcomes=outcomes),
        detail_lines=tuple(n for _, n in placed),
        name_findings=tuple(f for f, _ in about_name),
        name_lines=tuple(n for _, n in about_name),
        profile=Digest(part["profile"]),
        new=part["new"],
        name_new=part["name_new"],
    )


def validation_of(line: Mapping[str, Json]) -> tuple[tuple[Digest, str], Validation] | None:
    """Return what an inspect line says of the records in a content, by content and contract."""
    part = line["records"]
    if part is None:
        return None
    read, accepted, refused, flagged = part["counts"]
    validation = Validation(
        schema=part["schema"],
        counts=Counts(read=read, accepted=accepted, refused=refused, flagged=flagged),
        reasons=tuple(
            ReasonCount(code=code, refuses=refuses, records=records, whole=whole)
            for code, refuses, records, whole in part["reasons"]
        ),
        unread=part["unread"],
    )
    return (Digest(line["digest"]), part["contract"]), validation


def expansion_of(line: Mapping[str, Json], shard_id: int) -> tuple[Digest, Expansion]:
    """Return the container of a derived line, and the part that the line is about."""
    named = line["name_line"] is not None
    part = Expansion(
        ordinal=line["part"],
        derived=None if line["digest"] is None else Digest(line["digest"]),
        how=Derivation(line["how"]),
        outcome=line["outcome"],
        name_shard=shard_id if named else None,
        name_line=line["name_line"],
    )
    return Digest(line["of"]), part


def _outcome(part: Mapping[str, Json]) -> Outcome:
    scanner = part["scanner"]
    if "not_scanned" in part:
        return NotScanned(scanner=scanner, reason=part["not_scanned"], transient=part["transient"])
    if "exempt" in part:
        return Exempt(scanner=scanner, evidence=part["exempt"])
    return Scanned(
        scanner=scanner,
        version=part["version"],
        coverage=Coverage(part["coverage"]),
        findings=tuple(_finding(f)[0] for f in part["findings"]),
    )


def _finding(part: Mapping[str, Json]) -> Placed:
    finding = Finding(
        scanner=part["scanner"],
        rule=part["rule"],
        kind=FindingKind(part["kind"]),
        severity=Severity(part["severity"]),
        where=part["where"],
    )
    return finding, part["line"]
