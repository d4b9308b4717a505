"""Judging: silence is never clean, and what is worse wins."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custody.exception import Exceptions
from custody.finding import Finding, FindingKind, Severity
from custody.outcome import Coverage, Exempt, NotScanned, Outcome, Scanned
from custody.verdict import (
    KIND_VERDICTS,
    PRECEDENCE,
    Judgement,
    Required,
    Verdict,
    judge,
    verdict_of,
)

SCANNERS = ("file_type", "integrity", "yara_rules")
RULES = ("one", "two", "three")
ALL = Required(scanners=frozenset(SCANNERS))
ANY_COVERAGE = Required(scanners=frozenset(SCANNERS), coverages=frozenset(Coverage))
COMPLETE: tuple[Outcome, ...] = tuple(Scanned(scanner=s, version="1") for s in SCANNERS)

findings = st.builds(
    Finding,
    scanner=st.sampled_from(SCANNERS),
    rule=st.sampled_from(RULES),
    kind=st.sampled_from(FindingKind),
    severity=st.sampled_from(Severity),
)
scanned = st.builds(
    Scanned,
    scanner=st.sampled_from(SCANNERS),
    version=st.just("1"),
    coverage=st.sampled_from(Coverage),
    findings=st.lists(findings, max_size=3).map(tuple),
)
not_scanned = st.builds(
    NotScanned,
    scanner=st.sampled_from(SCANNERS),
    reason=st.sampled_from(["too big", "timed out"]),
    transient=st.booleans(),
)
exempt = st.builds(Exempt, scanner=st.sampled_from(SCANNERS), evidence=st.just("set of 2026-01"))
outcome_lists = st.lists(st.one_of(scanned, not_scanned, exempt), max_size=6).map(tuple)
policies = st.builds(
    Required,
    scanners=st.frozensets(st.sampled_from(SCANNERS)),
    coverages=st.frozensets(st.sampled_from(Coverage)),
)
keys = st.frozensets(st.tuples(st.sampled_from(SCANNERS), st.sampled_from(RULES)))
exceptions = st.builds(
    Exceptions, waived=keys, derogated=keys, excused=st.frozensets(st.sampled_from(SCANNERS))
)


def rank(judgement: Judgement) -> int:
    """How good a verdict is: 0 is the worst."""
    return PRECEDENCE.index(judgement.verdict)


def finding(kind: FindingKind, severity: Severity = Severity.SUSPICIOUS) -> Finding:
    """A finding of the rule engine."""
    return Finding(scanner="yara_rules", rule="one", kind=kind, severity=severity)


def with_finding(added: Finding) -> tuple[Outcome, ...]:
    """Complete outcomes, one of which reports a finding."""
    return (*COMPLETE[:2], Scanned(scanner="yara_rules", version="1", findings=(added,)))


def test_complete_outcomes_without_findings_are_clean():
    """Clean is reached when every required scanner looked whole and found nothing."""
    assert Judgement(verdict=Verdict.CLEAN, reasons=()) == judge(COMPLETE, ALL)


def test_no_outcome_at_all_is_indeterminate():
    """Empty outcomes are not clean."""
    judgement = judge((), ALL)

    assert Verdict.INDETERMINATE is judgement.verdict
    assert "no required scanner looked at all" in judgement.reasons


@pytest.mark.parametrize("missing", SCANNERS)
def test_a_missing_required_scanner_is_indeterminate(missing):
    """One required scanner that said nothing keeps an entry from being clean, and is named."""
    judgement = judge([o for o in COMPLETE if o.scanner != missing], ALL)

    assert Judgement(
        verdict=Verdict.INDETERMINATE, reasons=(f"{missing}: no complete outcome",)
    ) == (judgement)


@pytest.mark.parametrize("transient", [False, True])
def test_not_scanned_is_indeterminate(transient):
    """A scanner that could not look, for good or for now, keeps an entry from being clean."""
    outcomes = (*COMPLETE, NotScanned(scanner="other", reason="too big", transient=transient))
    judgement = judge(outcomes, ALL)

    assert Judgement(verdict=Verdict.INDETERMINATE, reasons=("other: too big",)) == judgement


@pytest.mark.parametrize("coverage", [Coverage.WINDOWED, Coverage.SAMPLED])
def test_coverage_that_policy_does_not_accept_is_indeterminate(coverage):
    """A scanner that saw less than policy asks has not answered."""
    outcomes = (*COMPLETE[:2], Scanned(scanner="yara_rules", version="1", coverage=coverage))

    assert Verdict.INDETERMINATE is judge(outcomes, ALL).verdict
    assert Verdict.CLEAN is judge(outcomes, ANY_COVERAGE).verdict


def test_a_policy_that_accepts_no_coverage_is_never_met():
    """An empty set of coverages means that nothing suffices."""
    nothing = Required(scanners=frozenset(SCANNERS), coverages=frozenset())

    assert Verdict.INDETERMINATE is judge(COMPLETE, nothing).verdict


@given(outcome_lists, exceptions)
def test_a_policy_without_scanners_makes_nothing_clean(outcomes, allowed):
    """A policy that requires nothing judges nothing."""
    assert Verdict.CLEAN is not judge(outcomes, Required(scanners=frozenset()), allowed).verdict


def test_a_policy_without_scanners_says_so():
    """The reason names the policy, not the artefact."""
    expected = Judgement(
        verdict=Verdict.INDETERMINATE,
        reasons=("policy requires no scanner: nothing can be judged",),
    )

    assert expected == judge(COMPLETE, Required(scanners=frozenset()))


@given(policies, exceptions)
def test_silence_stays_unclean_under_every_policy_and_exception(required, allowed):
    """No exception makes the complete absence of outcomes clean."""
    assert Verdict.INDETERMINATE is judge((), required, allowed).verdict


@given(outcome_lists, policies)
@settings(max_examples=300)
def test_clean_means_that_every_required_scanner_answered(outcomes, required):
    """Without exceptions, clean is exactly: each scanner answered enough, and nothing else said."""
    answered = {
        o.scanner
        for o in outcomes
        if isinstance(o, Exempt) or (isinstance(o, Scanned) and o.coverage in required.coverages)
    }
    reported = [f for o in outcomes if isinstance(o, Scanned) for f in o.findings]
    expected = (
        bool(required.scanners)
        and required.scanners <= answered
        and not any(isinstance(o, NotScanned) for o in outcomes)
        and all(f.severity is Severity.INFO for f in reported)
    )

    assert expected == (judge(outcomes, required).verdict is Verdict.CLEAN)


@given(outcome_lists, policies, exceptions, scanned, findings)
@settings(max_examples=300)
def test_one_more_finding_never_makes_a_verdict_better(outcomes, required, allowed, outcome, added):
    """Adding a finding to an outcome leaves the verdict or makes it worse; INFO changes nothing."""
    more = Scanned(
        scanner=outcome.scanner,
        version=outcome.version,
        coverage=outcome.coverage,
        findings=(*outcome.findings, added),
    )
    before = judge((*outcomes, outcome), required, allowed)
    after = judge((*outcomes, more), required, allowed)

    assert rank(after) <= rank(before)
    if added.severity is Severity.INFO:
        assert before == after


@given(outcome_lists, policies, exceptions, not_scanned)
def test_one_more_missing_outcome_never_makes_a_verdict_better(
    outcomes, required, allowed, missing
):
    """A scanner that gave up never helps."""
    before, after = (judge(given, required, allowed) for given in (outcomes, (*outcomes, missing)))

    assert rank(after) <= rank(before)


@given(outcome_lists, policies, exceptions)
def test_exceptions_never_make_a_verdict_worse(outcomes, required, allowed):
    """An exception only loosens."""
    assert rank(judge(outcomes, required)) <= rank(judge(outcomes, required, allowed))


@given(outcome_lists, policies, st.randoms())
def test_the_order_of_outcomes_does_not_decide(outcomes, required, random):
    """The verdict and the set of reasons are the same in every order."""
    shuffled = list(outcomes)
    random.shuffle(shuffled)
    first, second = judge(outcomes, required), judge(shuffled, required)

    assert first.verdict is second.verdict
    assert set(first.reasons) == set(second.reasons)


@pytest.mark.parametrize("kind", FindingKind)
def test_malicious_outranks_what_a_finding_is_about(kind):
    """A malicious finding of any kind is malicious; an informing one asks for nothing."""
    assert Verdict.MALICIOUS is verdict_of(finding(kind, Severity.MALICIOUS))
    assert verdict_of(finding(kind, Severity.INFO)) is None


@pytest.mark.parametrize("kind", FindingKind)
def test_each_kind_leads_to_its_verdict(kind):
    """A suspicious finding leads to the verdict of its kind, and no kind to clean."""
    expected = KIND_VERDICTS.get(kind, Verdict.SUSPICIOUS)

    assert expected is judge(with_finding(finding(kind)), ALL).verdict
    assert Verdict.CLEAN is not expected


def test_the_worst_demand_wins_and_stands_first():
    """All reasons are kept, most serious first and each once."""
    outcomes = (
        NotScanned(scanner="file_type", reason="timed out"),
        Scanned(
            scanner="yara_rules",
            version="1",
            findings=(
                finding(FindingKind.ACTIVE),
                Finding(
                    scanner="yara_rules",
                    rule="two",
                    kind=FindingKind.RULE,
                    severity=Severity.MALICIOUS,
                ),
                finding(FindingKind.ACTIVE),
            ),
        ),
    )
    judgement = judge(outcomes, Required(scanners=frozenset({"yara_rules"})))

    assert Verdict.MALICIOUS is judgement.verdict
    assert ("yara_rules: two", "yara_rules: one", "file_type: timed out") == judgement.reasons


def test_the_precedence_is_the_published_one():
    """The order of the verdicts, worst first, is fixed."""
    expected = [
        "malicious",
        "suspicious",
        "encrypted",
        "damaged",
        "prohibited",
        "active",
        "indeterminate",
        "clean",
    ]

    assert expected == [v.value for v in PRECEDENCE]


def test_an_exempt_scanner_has_answered():
    """A known-good set answers for one scanner, and only for that one."""
    known = Exempt(scanner="yara_rules", evidence="set of 2026-01")

    assert Verdict.CLEAN is judge((*COMPLETE[:2], known), ALL).verdict
    assert Verdict.INDETERMINATE is judge((COMPLETE[0], known), ALL).verdict


def test_a_waiver_of_a_rule_does_not_excuse_a_scanner():
    """Waiving every rule of a scanner does not stand for its answer."""
    allowed = Exceptions(waived=frozenset(("yara_rules", rule) for rule in RULES))

    assert Verdict.INDETERMINATE is judge(COMPLETE[:2], ALL, allowed).verdict


def test_an_excused_scanner_excuses_no_other():
    """An excuse covers the scanner that it names."""
    allowed = Exceptions(excused=frozenset({"yara_rules"}))

    assert Verdict.CLEAN is judge(COMPLETE[:2], ALL, allowed).verdict
    assert Verdict.INDETERMINATE is judge(COMPLETE[:1], ALL, allowed).verdict


def test_excusing_every_scanner_does_not_make_silence_clean():
    """Something that a policy requires has to have looked."""
    allowed = Exceptions(excused=frozenset(SCANNERS))

    assert Verdict.INDETERMINATE is judge((), ALL, allowed).verdict
    assert Verdict.CLEAN is judge(COMPLETE[:1], ALL, allowed).verdict
