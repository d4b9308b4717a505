"""The lines of custody manifests: what each step says of each entry, without naming anybody.

A line holds the entry's ordinal in its shard, the commitment to its name, digests, verdict and
findings; a finding's detail is given as its line in the shard's encrypted details.
"""

from collections.abc import Mapping

from audit.manifest import encode_line
from catalogue.entries import EntryUpdate, StoredEntry
from catalogue.expansions import Expansion
from cleanzone.promotion import Promoted
from custody.artefact import Location
from custody.box import Json
from custody.digest import Digest
from custody.finding import Finding
from custody.lifecycle import Stage
from custody.outcome import Coverage, Exempt, Inspection, NotScanned, Outcome, Scanned
from custody.records import Validation
from custody.verdict import Judgement, Verdict


def inspect_line(
    entry: StoredEntry,
    commitment: str,
    found: EntryUpdate,
    *,
    location: Location | None,
    inspected: Mapping[str, Json] | None,
    records: Mapping[str, Json] | None,
) -> bytes:
    """Return what the inspect step found out about an entry."""
    return encode_line(
        {
            "n": entry.ordinal,
            "name": commitment,
            "service": entry.service,
            "kind": entry.kind.value,
            "listed": entry.size,
            "size": entry.size if location is None else location.size,
            "mtime_ns": str(entry.mtime_ns),
            "mode": entry.mode,
            "inode": str(entry.inode),
            "links": entry.links,
            "stage": found.stage.value,
            "verdict": found.verdict.value if found.verdict else None,
            "reason": found.reason,
            "digest": found.digest,
            "vault": None if location is None else _place(location),
            "inspected": dict(inspected) if inspected is not None else None,
            "contract": found.contract,
            "records": dict(records) if records is not None else None,
        }
    )


def inspected_line(
    entry: StoredEntry,
    inspected: Mapping[str, Json] | None,
    contract: str,
    records: Mapping[str, Json] | None,
) -> bytes:
    """Return what a re-scan found out about the content of an entry, which stays where it is."""
    return encode_line(
        {
            "n": entry.ordinal,
            "digest": entry.digest,
            "vault": None,
            "inspected": dict(inspected) if inspected is not None else None,
            "contract": contract,
            "records": dict(records) if records is not None else None,
        }
    )


def derived_line(
    container: Digest,
    part: Expansion,
    location: Location | None,
    inspected: Mapping[str, Json] | None,
    records: Mapping[str, Json] | None,
) -> bytes:
    """Return what the inspect step took out of a container, or part 0: how that ended.

    What an extract of records was cut into is told in the same way.
    """
    return encode_line(
        {
            "of": container,
            "part": part.ordinal,
            "how": part.how.value,
            "outcome": part.outcome,
            "name_line": part.name_line,
            "digest": part.derived,
            "size": None if location is None else location.size,
            "vault": None if location is None else _place(location),
            "inspected": dict(inspected) if inspected is not None else None,
            "records": dict(records) if records is not None else None,
        }
    )


def records_part(contract: str, validation: Validation | None) -> dict[str, Json] | None:
    """Return what a schema said of the records in a content: counts by code, and no value."""
    if validation is None:
        return None
    counts = validation.counts
    return {
        "contract": contract,
        "schema": validation.schema,
        "counts": [counts.read, counts.accepted, counts.refused, counts.flagged],
        "reasons": [[r.code, r.refuses, r.records, r.whole] for r in validation.reasons],
        "unread": validation.unread,
    }


def inspected_part(
    inspection: Inspection,
    profile: Digest,
    *,
    lines: Mapping[Finding, int],
    name_findings: tuple[Finding, ...],
    new: bool,
    name_new: bool,
) -> dict[str, Json]:
    """Return what the scanners said; `new` when this shard inspected the content itself.

    `name_new` says the same of the name: once it is erased, nothing else tells its runs apart.
    """
    return {
        "media_type": inspection.media_type,
        "profile": profile,
        "new": new,
        "name_new": name_new,
        "outcomes": [_outcome(o, lines) for o in inspection.outcomes],
        "names": [_finding(f, lines) for f in name_findings],
    }


def assess_line(
    entry: StoredEntry,
    commitment: str,
    judgement: Judgement | None,
    stage: Stage,
    superseded_by: Digest | None = None,
) -> bytes:
    """Return what was decided about an entry; one that was never taken has no verdict."""
    return encode_line(
        {
            "n": entry.ordinal,
            "name": commitment,
            "digest": entry.digest,
            "verdict": judgement.verdict.value if judgement else None,
            "reasons": list(judgement.reasons) if judgement else [],
            "stage": stage.value,
            "superseded_by": superseded_by,
        }
    )


def supersedes_line(original: Digest, digest: Digest) -> bytes:
    """Return the decision on the accepted records of an extract: they go in its place."""
    return encode_line(
        {
            "of": original,
            "digest": digest,
            "verdict": Verdict.CLEAN.value,
            "reasons": [],
            "stage": Stage.ASSESSED.value,
        }
    )


def promote_line(entry: StoredEntry, commitment: str, promoted: Promoted) -> bytes:
    """Return where an entry's content stands in the clean zone."""
    return encode_line(
        {
            "n": entry.ordinal,
            "name": commitment,
            "digest": promoted.digest,
            "size": promoted.size,
            "key": promoted.key,
            "version": promoted.version,
            "new": promoted.new,
        }
    )


def _place(location: Location) -> dict[str, Json]:
    return {"key": location.key, "version": location.version, "offset": location.offset}


def _outcome(outcome: Outcome, lines: Mapping[Finding, int]) -> dict[str, Json]:
    match outcome:
        case Scanned(coverage=Coverage()):
            return {
                "scanner": outcome.scanner,
                "version": outcome.version,
                "coverage": outcome.coverage.value,
                "findings": [_finding(f, lines) for f in outcome.findings],
            }
        case NotScanned():
            return {
                "scanner": outcome.scanner,
                "not_scanned": outcome.reason,
                "transient": outcome.transient,
            }
        case Exempt():
            return {"scanner": outcome.scanner, "exempt": outcome.evidence}


def _finding(finding: Finding, lines: Mapping[Finding, int]) -> dict[str, Json]:
    return {
        "scanner": finding.scanner,
        "rule": finding.rule,
        "kind": finding.kind.value,
        "severity": finding.severity.value,
        "where": finding.where,
        "line": lines.get(finding),
    }
