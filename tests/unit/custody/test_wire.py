"""Outcomes cross the wire whole, and nothing else crosses it."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custody.finding import Finding, FindingKind, Severity
from custody.outcome import Coverage, Exempt, Inspection, NotScanned, Scanned
from custody.wire import (
    LONGEST_TEXT,
    MOST_FINDINGS,
    MOST_OUTCOMES,
    decode_finding,
    decode_inspection,
    decode_outcome,
    encode_finding,
    encode_inspection,
    encode_outcome,
)

texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=20)
reasons = texts.filter(str.strip)
findings = st.builds(
    Finding,
    scanner=texts,
    rule=texts,
    kind=st.sampled_from(FindingKind),
    severity=st.sampled_from(Severity),
    where=texts,
    detail=texts,
)
outcomes = st.one_of(
    st.builds(
        Scanned,
        scanner=texts,
        version=texts,
        coverage=st.sampled_from(Coverage),
        findings=st.lists(findings, max_size=3).map(tuple),
    ),
    st.builds(NotScanned, scanner=texts, reason=reasons, transient=st.booleans()),
    st.builds(Exempt, scanner=texts, evidence=reasons),
)
inspections = st.builds(
    Inspection, media_type=texts, outcomes=st.lists(outcomes, max_size=4).map(tuple)
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)

FINDING = {
    "scanner": "yara_rules",
    "rule": "r1",
    "kind": "rule",
    "severity": "malicious",
    "where": "offset 0",
    "detail": "",
}
SCANNED = {
    "outcome": "scanned",
    "scanner": "yara_rules",
    "version": "1",
    "coverage": "whole",
    "findings": [FINDING],
}
NOT_SCANNED = {
    "outcome": "not-scanned",
    "scanner": "integrity",
    "reason": "too big",
    "transient": False,
}
EXEMPT = {"outcome": "exempt", "scanner": "yara_rules", "evidence": "set of 2026-01"}
INSPECTION = {"media_type": "text/plain", "outcomes": [SCANNED, NOT_SCANNED, EXEMPT]}


def over_the_wire(value):
    """What arrives after a trip as JSON bytes."""
    return json.loads(json.dumps(value).encode())


@given(inspections)
@settings(max_examples=200)
def test_an_inspection_is_a_round_trip(inspection):
    """What is encoded, sent and decoded is equal to what was there."""
    assert inspection == decode_inspection(over_the_wire(encode_inspection(inspection)))


@given(outcomes, findings)
def test_outcomes_and_findings_are_round_trips(outcome, finding):
    """The parts alone come back as well."""
    assert outcome == decode_outcome(over_the_wire(encode_outcome(outcome)))
    assert finding == decode_finding(over_the_wire(encode_finding(finding)))


def test_the_encoding_is_the_published_one():
    """The keys and words of the wire are fixed."""
    assert INSPECTION == encode_inspection(decode_inspection(INSPECTION))


@given(json_values)
@settings(max_examples=300)
def test_other_json_is_refused_and_never_raises_anything_else(value):
    """Any JSON that is no inspection, outcome or finding ends in ValueError."""
    for decode in (decode_inspection, decode_outcome, decode_finding):
        with pytest.raises(ValueError, match=r".+"):
            decode(value)


@given(json_values, st.data())
@settings(max_examples=300)
def test_one_wrong_value_is_refused_or_kept_exactly(value, data):
    """A field replaced by any JSON is refused, unless the result still says exactly that."""
    outcome = dict(data.draw(st.sampled_from([SCANNED, NOT_SCANNED, EXEMPT])))
    outcome[data.draw(st.sampled_from(sorted(outcome)))] = value
    try:
        decoded = decode_outcome(outcome)
    except ValueError:
        return
    assert outcome == encode_outcome(decoded)


@pytest.mark.parametrize("field", sorted(FINDING))
def test_a_finding_has_exactly_its_fields(field):
    """A missing and an added field are refused."""
    missing = {key: value for key, value in FINDING.items() if key != field}

    for wrong in (missing, FINDING | {f"{field}2": ""}):
        with pytest.raises(ValueError, match="exactly"):
            decode_finding(wrong)


@pytest.mark.parametrize("outcome", [SCANNED, NOT_SCANNED, EXEMPT], ids=lambda o: o["outcome"])
def test_an_outcome_has_exactly_its_fields(outcome):
    """A missing and an added field are refused, for each kind of outcome."""
    for field in outcome:
        missing = {key: value for key, value in outcome.items() if key != field}
        with pytest.raises(ValueError, match=r".+"):
            decode_outcome(missing)
    with pytest.raises(ValueError, match="exactly"):
        decode_outcome(outcome | {"score": 0})


@pytest.mark.parametrize(
    "changes",
    [
        {"outcome": "clean"},
        {"coverage": "most"},
        {"coverage": ["whole"]},
        {"findings": {"0": FINDING}},
        {"findings": None},
        {"findings": [FINDING] * (MOST_FINDINGS + 1)},
        {"findings": [FINDING | {"severity": "none"}]},
        {"findings": [FINDING | {"kind": {}}]},
        {"scanner": 7},
        {"version": "v" * (LONGEST_TEXT + 1)},
        {"version": "nul\0"},
        {"version": "\ud800"},
    ],
    ids=lambda change: str(change)[:40],
)
def test_malformed_scanned_outcomes_are_refused(changes):
    """Unknown words, wrong types, too much of anything and texts that no database keeps."""
    with pytest.raises(ValueError, match=r".+"):
        decode_outcome(SCANNED | changes)


@pytest.mark.parametrize("transient", [None, 0, 1, "true", []])
def test_transient_is_true_or_false(transient):
    """Machine trouble is not told by something that merely looks like it."""
    with pytest.raises(ValueError, match="true or false"):
        decode_outcome(NOT_SCANNED | {"transient": transient})


@pytest.mark.parametrize("wrong", [NOT_SCANNED | {"reason": ""}, EXEMPT | {"evidence": " "}])
def test_silence_without_a_reason_does_not_cross(wrong):
    """A reply cannot say 'not scanned' or 'exempt' without saying why."""
    with pytest.raises(ValueError, match="needs"):
        decode_outcome(wrong)


def test_too_many_outcomes_are_refused():
    """A reply is bounded."""
    most = {"media_type": "", "outcomes": [NOT_SCANNED] * MOST_OUTCOMES}

    assert MOST_OUTCOMES == len(decode_inspection(most).outcomes)
    with pytest.raises(ValueError, match="at most"):
        decode_inspection(most | {"outcomes": [NOT_SCANNED] * (MOST_OUTCOMES + 1)})


def test_the_largest_accepted_values_cross():
    """The limits themselves are inside."""
    finding = FINDING | {"detail": "d" * LONGEST_TEXT}
    decoded = decode_outcome(SCANNED | {"findings": [finding] * MOST_FINDINGS})

    assert isinstance(decoded, Scanned)
    assert MOST_FINDINGS == len(decoded.findings)
