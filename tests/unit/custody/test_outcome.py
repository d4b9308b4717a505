"""Outcomes: not done is a type with a reason."""

import pytest

from custody.finding import Finding, FindingKind, Severity
from custody.outcome import Coverage, Exempt, Inspection, NotScanned, Scanned

SCANNED = Scanned(scanner="integrity", version="1")


@pytest.mark.parametrize("reason", ["", " ", "\n"])
def test_not_scanned_needs_a_reason(reason):
    """A scanner that gives up says why."""
    with pytest.raises(ValueError, match="needs a reason"):
        NotScanned(scanner="integrity", reason=reason)


@pytest.mark.parametrize("evidence", ["", " "])
def test_exempt_needs_evidence(evidence):
    """An exemption names what it rests on."""
    with pytest.raises(ValueError, match="needs evidence"):
        Exempt(scanner="yara_rules", evidence=evidence)


def test_scanned_says_whole_unless_told_otherwise():
    """A plain outcome claims the whole content and no finding."""
    assert (Coverage.WHOLE, ()) == (SCANNED.coverage, SCANNED.findings)


@pytest.mark.parametrize(
    ("outcomes", "expected"),
    [
        ((SCANNED,), True),
        ((SCANNED, NotScanned(scanner="yara_rules", reason="too big")), True),
        ((SCANNED, NotScanned(scanner="yara_rules", reason="no memory", transient=True)), False),
        ((), False),
    ],
    ids=["scanned", "too big", "machine trouble", "silence"],
)
def test_machine_trouble_and_silence_are_never_cached(outcomes, expected):
    """Only outcomes that the artefact itself caused stand for the next time."""
    assert expected == Inspection(media_type="text/plain", outcomes=outcomes).cacheable


def test_findings_come_in_the_order_of_the_scanners():
    """Only a scan has findings; what was not scanned or is exempt adds none."""
    first, second = (
        Finding(scanner="s", rule=rule, kind=FindingKind.RULE, severity=Severity.INFO)
        for rule in ("first", "second")
    )
    outcomes = (
        Scanned(scanner="s", version="1", findings=(first,)),
        NotScanned(scanner="n", reason="too large"),
        Exempt(scanner="e", evidence="a known set"),
        Scanned(scanner="t", version="1", findings=(second,)),
    )

    assert [first, second] == Inspection(media_type="", outcomes=outcomes).findings
