"""What a validation means for the extract: pure, from counts and reason codes alone."""

from collections.abc import Iterable

from custody.finding import Finding, FindingKind, Severity
from custody.outcome import Exempt, NotScanned, Outcome, Scanned
from custody.records import ReasonCount, Validation
from schemas.reasons.table import BY_CODE
from schemas.record_types import NAME, UNSURE, VERSION, may_hold_records

SCANNER = NAME
CONTROL_TOTALS = frozenset({"HL7-007", "HL7-008"})
# Said of rows beside another table, when all tables of a source are there.
ORPHAN = "TAB-015"
TOTAL = "TAB-025"
INVALID_RECORD = "invalid-record"
INVALID_EXTRACT = "invalid-extract"
CONTROL_TOTAL = "control-total"
PLANTED = "planted-content"
FLAGGED = "flagged-record"
MOST_CODES = 5

NO_RECORDS = Exempt(scanner=SCANNER, evidence="no format of records")
NO_SCHEMA = Exempt(scanner=SCANNER, evidence="no schema knows these records")


def outcome_of(media_type: str, contract: str, validation: Validation | None) -> Outcome:
    """Return what is said of a content; one that may hold records is never exempt by silence."""
    if not may_hold_records(media_type, contract):
        return NO_RECORDS
    if validation is None:
        return NotScanned(scanner=SCANNER, reason="the records were not validated")
    if validation.unread:
        return NotScanned(scanner=SCANNER, reason=validation.unread)
    if not validation.schema:
        return _unknown(media_type)
    if not validation.counts.proves_something:
        return NotScanned(scanner=SCANNER, reason="no record was read")
    return Scanned(scanner=SCANNER, version=VERSION, findings=tuple(_findings(validation)))


def _unknown(media_type: str) -> Outcome:
    """A table or JSON text may be anything; what calls itself a record may not."""
    if media_type in UNSURE:
        return NO_SCHEMA
    return NotScanned(scanner=SCANNER, reason=f"no schema reads this {media_type}")


def _findings(validation: Validation) -> Iterable[Finding]:
    counts, reasons = validation.counts, validation.reasons
    refusing = [r for r in reasons if r.refuses]
    whole = [r for r in refusing if r.whole]
    totals = [r for r in whole if r.code in CONTROL_TOTALS]
    others = [r for r in whole if r.code not in CONTROL_TOTALS]
    if counts.refused:
        touching = [r for r in refusing if r.records]
        where = f"{counts.refused} of {counts.read} records: {_codes(touching)}"
        yield _finding(INVALID_RECORD, where)
    if totals:
        yield _finding(CONTROL_TOTAL, _codes(totals))
    if others:
        yield _finding(INVALID_EXTRACT, _codes(others))
    planted = [r for r in refusing if BY_CODE[r.code].severity is Severity.MALICIOUS]
    if planted:
        yield _finding(PLANTED, _codes(planted), kind=FindingKind.ACTIVE)
    flagging = [r for r in reasons if not r.refuses]
    if flagging:
        yield _finding(FLAGGED, _codes(flagging), severity=Severity.INFO)


def _codes(reasons: Iterable[ReasonCount]) -> str:
    """Return the codes that touch most, with how many records each touches."""
    ordered = sorted(reasons, key=lambda r: (-r.records, r.code))
    shown = [f"{r.code} ({r.records})" if r.records else r.code for r in ordered[:MOST_CODES]]
    more = len(ordered) - len(shown)
    return ", ".join(shown) + (f" and {more} more" if more else "")


def _finding(
    rule: str,
    where: str,
    kind: FindingKind = FindingKind.RECORD,
    severity: Severity = Severity.SUSPICIOUS,
) -> Finding:
    return Finding(scanner=SCANNER, rule=rule, kind=kind, severity=severity, where=where)
