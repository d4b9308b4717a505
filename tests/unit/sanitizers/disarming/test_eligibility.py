"""What a copy may answer: active content, and nothing that means more."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.finding import Finding, FindingKind, Severity
from custody.outcome import NotScanned, Scanned
from custody.verdict import Required, Verdict, judge
from sanitizers.disarming.eligibility import without_active

REQUIRED = Required(scanners=frozenset({"active_content"}))


def finding(kind, scanner="active_content", severity=Severity.SUSPICIOUS, rule="a-rule"):
    """One observation."""
    return Finding(scanner=scanner, rule=rule, kind=kind, severity=severity)


ACTIVE = finding(FindingKind.ACTIVE)


def said(*findings, scanner="active_content"):
    """What one scanner found."""
    return Scanned(scanner=scanner, version="1", findings=findings)


def test_what_is_only_active_is_clean_without_it():
    """The findings go, and what a scanner saw to its end stays."""
    left = without_active([said(ACTIVE)])

    assert Verdict.ACTIVE is judge([said(ACTIVE)], REQUIRED).verdict
    assert (said(),) == left
    assert Verdict.CLEAN is judge(left, REQUIRED).verdict


def test_what_is_not_active_is_not_disarmed():
    """There is nothing that a copy would lack."""
    assert without_active([said()]) is None
    assert without_active([said(finding(FindingKind.UNVERIFIABLE))]) is None


def test_a_part_that_nobody_can_judge_goes_with_what_is_active():
    """An embedded document of an unknown kind is not in the copy."""
    left = without_active([said(ACTIVE, finding(FindingKind.UNVERIFIABLE))])

    assert (said(),) == left


def test_markup_behind_the_end_goes_with_what_is_active():
    """A copy that is written anew has nothing there; a program behind the end is another rule."""
    behind = finding(FindingKind.UNVERIFIABLE, scanner="integrity", rule="trailing-markup")
    program = finding(FindingKind.UNVERIFIABLE, scanner="integrity", rule="trailing-data")
    both = [said(ACTIVE), said(behind, program, scanner="integrity")]

    assert without_active([said(behind, scanner="integrity")]) is None
    assert (said(), said(program, scanner="integrity")) == without_active(both)


@pytest.mark.parametrize(
    "other",
    [
        finding(FindingKind.RULE, scanner="yara_rules"),
        finding(FindingKind.RULE, scanner="yara_rules", severity=Severity.MALICIOUS),
        finding(FindingKind.DAMAGE, scanner="integrity"),
        finding(FindingKind.ENCRYPTION, scanner="encryption"),
        finding(FindingKind.PROHIBITED),
        finding(FindingKind.NAME, scanner="names"),
        finding(FindingKind.ACTIVE, scanner="names"),
        finding(FindingKind.ACTIVE, scanner="records"),
        finding(FindingKind.ACTIVE, severity=Severity.MALICIOUS),
        finding(FindingKind.RECORD, scanner="records"),
        finding(FindingKind.UNVERIFIABLE, scanner="policy"),
        finding(FindingKind.UNVERIFIABLE, scanner="archives"),
        finding(FindingKind.UNVERIFIABLE, rule="password-protected"),
        finding(FindingKind.RANSOM_NOTE, scanner="ransom_notes"),
        finding(FindingKind.ALARM, scanner="alarms"),
    ],
    ids=lambda f: f"{f.scanner}-{f.kind.value}-{f.severity.value}-{f.rule}",
)
def test_whatever_means_more_stays_and_holds(other):
    """Beside something active, it is as if nothing had been taken out."""
    given_outcomes = [said(ACTIVE), said(other, scanner=other.scanner)]
    left = without_active(given_outcomes)

    assert other in [f for o in left for f in o.findings]
    assert judge(left, REQUIRED).verdict is not Verdict.CLEAN


def test_a_check_that_did_not_end_stays():
    """Silence is never answered by a copy."""
    silent = NotScanned(scanner="yara_rules", reason="timed out")
    left = without_active([said(ACTIVE), silent])

    assert silent in left
    assert Verdict.INDETERMINATE is judge(left, REQUIRED).verdict


SOME = st.builds(
    finding,
    st.sampled_from(FindingKind),
    scanner=st.sampled_from(["active_content", "yara_rules", "names", "records", "archives"]),
    severity=st.sampled_from(Severity),
)


@given(st.lists(SOME, max_size=6))
def test_a_copy_never_answers_a_verdict_worse_than_active(findings):
    """Of findings of every kind and scanner, what ranks before active keeps its verdict."""
    outcomes = [said(*findings), said(ACTIVE)]
    whole = judge(outcomes, REQUIRED).verdict
    left = judge(without_active(outcomes), REQUIRED).verdict

    if whole is not Verdict.ACTIVE:
        assert left is whole
