from dataclasses import replace
from datetime import date, timedelta

import pytest

from custody.errors import PolicyError
from custody.finding import FindingKind
from custody.outcome import Coverage, Inspection, NotScanned, Scanned
from custody.verdict import Verdict, judge
from sanitizers.policy import PackDemand, Policy, apply, check_packs
from sanitizers.policy_file import read_policy
from sanitizers.rules.pack import PackManifest

TODAY = date(2026, 11, 1)
STRICT = read_policy("strict")


def pack(name: str, rules: int = 100, dated: date | None = None) -> PackManifest:
    """Return the manifest of a pack with that many rules."""
    return PackManifest(
        name=name, version="1", licence="MIT", dated=dated, rules=rules, files={"a.yar": "0" * 64}
    )


def inspection(media_type: str, coverage: Coverage = Coverage.WHOLE) -> Inspection:
    """Return what all four scanners say of a harmless artefact."""
    outcomes = tuple(
        Scanned(scanner=scanner, version="1", coverage=coverage)
        for scanner in sorted(STRICT.scanners)
    )
    return Inspection(media_type=media_type, outcomes=outcomes)


def verdict(policy: Policy, given: Inspection) -> Verdict:
    """Return the verdict after policy has had its say."""
    return judge(apply(policy, given).outcomes, policy.required).verdict


def test_a_promotable_type_is_left_as_it_is() -> None:
    """Policy adds nothing to a promotable artefact, which then is clean."""
    given = inspection("text/plain")
    assert apply(STRICT, given) is given
    assert verdict(STRICT, given) is Verdict.CLEAN


@pytest.mark.parametrize("media_type", ["", "application/x-lzip", "video/x-matroska", "text"])
def test_a_type_that_is_not_listed_never_becomes_clean(media_type: str) -> None:
    """Whatever the scanners say, an unlisted or unknown type is indeterminate."""
    assert verdict(STRICT, inspection(media_type)) is Verdict.INDETERMINATE


def test_a_prohibited_type_is_prohibited_even_when_listed_as_promotable() -> None:
    """A type in both lists is prohibited: the stricter list wins."""
    policy = replace(STRICT, promotable=("*",))
    media_type = "application/vnd.microsoft.portable-executable"
    assert policy.promotes(media_type) is False
    assert verdict(policy, inspection(media_type)) is Verdict.PROHIBITED


def test_an_empty_list_promotes_nothing() -> None:
    """A policy without promotable types promotes nothing."""
    policy = replace(STRICT, promotable=())
    assert verdict(policy, inspection("text/plain")) is Verdict.INDETERMINATE


@pytest.mark.parametrize(
    ("media_type", "expected"),
    [("text/csv", Verdict.CLEAN), ("application/pdf", Verdict.INDETERMINATE)],
)
def test_a_windowed_scan_suffices_only_where_policy_says_so(
    media_type: str, expected: Verdict
) -> None:
    """The coverage that policy accepts of one type is not accepted of another."""
    assert expected is verdict(STRICT, inspection(media_type, Coverage.WINDOWED))


def test_a_sampled_scan_suffices_nowhere_in_strict() -> None:
    """Strict accepts samples of no type."""
    assert verdict(STRICT, inspection("text/csv", Coverage.SAMPLED)) is Verdict.INDETERMINATE


def test_policy_does_not_hide_what_scanners_said() -> None:
    """The outcomes of the scanners stand unchanged before what policy adds."""
    given = Inspection(
        media_type="", outcomes=(NotScanned(scanner="integrity", reason="timed out"),)
    )
    applied = apply(STRICT, given)
    assert applied.outcomes[:1] == given.outcomes
    added = applied.outcomes[1]
    assert isinstance(added, Scanned)
    assert [finding.kind for finding in added.findings] == [FindingKind.UNVERIFIABLE]


def test_the_built_in_pack_alone_satisfies_strict() -> None:
    """Strict has no age limit for our own pack and asks for no other."""
    check_packs(STRICT, [pack("autoclave")], TODAY)
    assert STRICT.packs[0].name == "autoclave"


@pytest.mark.parametrize(
    ("packs", "said"),
    [
        ([], "not installed"),
        ([pack("other", dated=TODAY)], "not installed"),
        ([pack("autoclave", rules=1)], "1 rules"),
        ([pack("autoclave"), pack("old", dated=TODAY - timedelta(1001))], "1001 days"),
        ([pack("autoclave"), pack("old")], "undated"),
        ([pack("autoclave"), pack("odd", dated=TODAY + timedelta(30))], "none is younger"),
    ],
)
def test_too_few_or_too_old_rules_are_refused(packs: list[PackManifest], said: str) -> None:
    """A missing, cut, old, undated or impossibly young set of packs stops the start."""
    with pytest.raises(PolicyError, match=said) as caught:
        check_packs(STRICT, packs, TODAY)
    assert "autoclave rules add" in caught.value.next_step


def test_one_new_added_pack_suffices() -> None:
    """Old packs may stay beside a new one: more rules never stop the start."""
    old, new = pack("old", dated=TODAY - timedelta(4000)), pack("new", dated=TODAY)
    check_packs(STRICT, [pack("autoclave"), old, new], TODAY)
    assert [old.dated, new.dated] == [TODAY - timedelta(4000), TODAY]


def test_the_greatest_age_of_a_demanded_pack_holds_to_the_day() -> None:
    """A pack is accepted on its last day and refused on the next."""
    demand = PackDemand(name="cert", least_rules=1, greatest_age_days=10)
    policy = replace(STRICT, packs=(demand,), least_rules=1)
    check_packs(policy, [pack("cert", dated=TODAY - timedelta(10))], TODAY)
    with pytest.raises(PolicyError, match="11 days old"):
        check_packs(policy, [pack("cert", dated=TODAY - timedelta(11))], TODAY)


def test_the_least_number_of_rules_is_over_all_packs() -> None:
    """Packs that are each large enough can still be too few together."""
    policy = replace(STRICT, least_rules=500)
    with pytest.raises(PolicyError, match="500"):
        check_packs(policy, [pack("autoclave"), pack("b", dated=TODAY)], TODAY)
