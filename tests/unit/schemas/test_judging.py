"""What a validation means for its extract."""

import pytest

from custody.exception import Exceptions
from custody.finding import FindingKind, Severity
from custody.outcome import Exempt, NotScanned, Scanned
from custody.records import Counts, ReasonCount, Validation
from custody.verdict import Required, Verdict, judge
from schemas.judging import NO_RECORDS, NO_SCHEMA, outcome_of
from schemas.record_types import FORMATS, GENERIC, RECORD_TYPES, TABLES
from schemas.registry import BUILT_IN

HL7 = "application/hl7-v2"
GOOD = Validation(schema="hl7v2", counts=Counts(read=3, accepted=3, refused=0, flagged=1))
IMPOSSIBLE = ReasonCount(code="GEN-008", refuses=True, records=2)
FLAG = ReasonCount(code="HL7-020", refuses=False, records=1)
LIE = ReasonCount(code="HL7-007", refuses=True, records=0, whole=True)
HEADING = ReasonCount(code="TAB-001", refuses=True, records=0, whole=True)
PLANTED = ReasonCount(code="TAB-005", refuses=True, records=1)
NONE = Counts(read=0, accepted=0, refused=0, flagged=0)


def said(refused=0, *reasons, unread=""):
    """A validation of three records."""
    counts = Counts(read=3, accepted=3 - refused, refused=refused, flagged=0)
    return Validation(schema="hl7v2", counts=counts, reasons=reasons, unread=unread)


def verdict(outcome):
    """The verdict that the records alone lead to."""
    required = Required(scanners=frozenset({"records"}))
    return judge([outcome], required, Exceptions()).verdict


def rules(validation):
    """The rules that speak, with their severity."""
    outcome = outcome_of(HL7, "", validation)
    return {finding.rule: finding.severity for finding in outcome.findings}


def test_the_types_that_hold_records_are_those_of_the_schemas():
    """A format that a schema knows is never passed by."""
    known = {media_type for schema in BUILT_IN for media_type in schema.media_types}

    assert known == FORMATS | GENERIC
    assert known | TABLES == RECORD_TYPES


def test_what_holds_no_records_is_exempt():
    """A letter is not asked for records, unless a contract was declared for it."""
    assert NO_RECORDS == outcome_of("text/plain", "", None)
    assert isinstance(outcome_of("text/plain", "labo@1", None), NotScanned)


@pytest.mark.parametrize("media_type", sorted(RECORD_TYPES))
def test_records_that_were_not_validated_are_never_clean(media_type):
    """Silence, an early end and zero records are each told, and lead to indeterminate."""
    silent = outcome_of(media_type, "", None)
    early = outcome_of(media_type, "", said(unread="timed out"))
    empty = outcome_of(media_type, "", Validation(schema="hl7v2", counts=NONE))

    assert ["the records were not validated", "timed out", "no record was read"] == [
        outcome.reason for outcome in (silent, early, empty)
    ]
    assert {Verdict.INDETERMINATE} == {verdict(outcome) for outcome in (silent, early, empty)}


def test_a_table_that_no_schema_knows_is_exempt_and_a_message_is_not():
    """What calls itself a record has to be read as one."""
    unknown = Validation(schema="", counts=NONE)

    assert NO_SCHEMA == outcome_of("text/csv", "", unknown)
    assert NO_SCHEMA == outcome_of("application/json", "", unknown)
    assert isinstance(NO_SCHEMA, Exempt)
    assert isinstance(outcome_of(HL7, "", unknown), NotScanned)


def test_records_without_a_reason_are_clean():
    """Everything was read, and nothing is said against it."""
    outcome = outcome_of(HL7, "", GOOD)

    assert isinstance(outcome, Scanned)
    assert Verdict.CLEAN is verdict(outcome)


def test_conformance_only_informs():
    """A legacy habit is shown, and holds nothing."""
    assert {"flagged-record": Severity.INFO} == rules(said(0, FLAG))
    assert Verdict.CLEAN is verdict(outcome_of(HL7, "", said(0, FLAG)))


@pytest.mark.parametrize(
    ("validation", "rule", "expected"),
    [
        (said(2, IMPOSSIBLE), "invalid-record", Verdict.INDETERMINATE),
        (said(0, LIE), "control-total", Verdict.INDETERMINATE),
        (said(0, HEADING), "invalid-extract", Verdict.INDETERMINATE),
        (said(1, PLANTED), "planted-content", Verdict.ACTIVE),
    ],
)
def test_integrity_holds(validation, rule, expected):
    """Each kind of doubt has a rule of its own, which a person can waive by itself."""
    assert Severity.SUSPICIOUS is rules(validation)[rule]
    assert expected is verdict(outcome_of(HL7, "", validation))


def test_a_finding_says_how_many_and_why_in_codes():
    """No value, no name: counts and codes."""
    (finding,) = outcome_of(HL7, "", said(2, IMPOSSIBLE)).findings

    assert ("2 of 3 records: GEN-008 (2)", "") == (finding.where, finding.detail)
    assert FindingKind.RECORD is finding.kind


def test_many_codes_are_shortened():
    """The codes that touch most come first."""
    many = [ReasonCount(code=f"HL7-00{n}", refuses=True, records=n) for n in range(1, 8)]
    (finding,) = outcome_of(HL7, "", said(3, *many)).findings

    assert finding.where.startswith("3 of 3 records: HL7-007 (7), HL7-006 (6)")
    assert finding.where.endswith("and 2 more")


@pytest.mark.parametrize(
    ("validation", "expected"),
    [
        (said(2, IMPOSSIBLE), True),
        (said(0), False),
        (said(3, IMPOSSIBLE), False),
        (said(2, IMPOSSIBLE, LIE), False),
        (said(2, IMPOSSIBLE, FLAG), True),
        (said(2, IMPOSSIBLE, unread="cut"), False),
    ],
)
def test_only_an_extract_that_is_whole_is_cut(validation, expected):
    """With all refused, a count that lies or an early end there is no part to believe."""
    assert expected is validation.is_split
