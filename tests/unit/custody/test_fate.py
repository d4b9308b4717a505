"""The equation: every listed entry has one fate, and the sum is what was listed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.fate import STAGE_FATES, VERDICT_ACTIONS, Equation, Fate, equation
from custody.lifecycle import MOVES, Stage, advance
from custody.verdict import Verdict

ON_THE_WAY = {Stage.LISTED, Stage.QUARANTINED, Stage.INSPECTED, Stage.ASSESSED}
counts = st.dictionaries(st.sampled_from(Stage), st.integers(0, 10**9))
ended_counts = st.dictionaries(st.sampled_from(sorted(STAGE_FATES, key=str)), st.integers(0, 10**9))


def test_every_stage_is_on_the_way_or_has_a_fate():
    """Every stage that is an end has one fate; the four on the way have none."""
    assert set(Stage) - ON_THE_WAY == set(STAGE_FATES)


def test_every_fate_is_some_stage_s():
    """No fate stays empty by construction."""
    assert set(Fate) == set(STAGE_FATES.values())


def test_every_verdict_but_clean_has_an_action():
    """Only clean has no action of its own."""
    assert set(Verdict) - {Verdict.CLEAN} == set(VERDICT_ACTIONS)


@pytest.mark.parametrize("verdict", VERDICT_ACTIONS, ids=lambda v: v.value)
def test_the_action_of_a_verdict_is_permitted_after_assessment(verdict):
    """Each verdict's action moves an assessed entry to a stage that has a fate, never promoted."""
    fate = STAGE_FATES[advance(Stage.ASSESSED, VERDICT_ACTIONS[verdict])]

    assert fate in {Fate.HELD, Fate.SET_ASIDE, Fate.REFUSED}


def test_promotion_is_no_verdict_s_action():
    """Judging alone promotes nothing."""
    promoting = {action for (_, action), to in MOVES.items() if to is Stage.PROMOTED}

    assert promoting.isdisjoint(VERDICT_ACTIONS.values())


@given(ended_counts)
def test_the_sum_of_the_fates_is_what_was_listed(stages):
    """When every entry has ended, nothing is unexplained."""
    result = equation(sum(stages.values()), stages)

    assert 0 == result.unexplained
    assert set(Fate) == set(result.fates)
    assert sum(stages.values()) == sum(result.fates.values())


@given(counts)
def test_what_has_no_fate_is_unexplained(stages):
    """Entries that stand on the way at the end of a run are counted as unexplained."""
    waiting = sum(count for stage, count in stages.items() if stage in ON_THE_WAY)

    assert waiting == equation(sum(stages.values()), stages).unexplained


@given(ended_counts, st.integers(1, 10**6))
def test_missing_and_surplus_entries_are_unexplained(stages, difference):
    """More entries listed than ended, or more ended than listed, does not add up."""
    total = sum(stages.values())
    surplus = stages | {Stage.HELD: stages.get(Stage.HELD, 0) + difference}

    assert difference == equation(total + difference, stages).unexplained
    assert difference == equation(total, surplus).unexplained


def test_a_surplus_does_not_hide_behind_entries_on_the_way():
    """Ends that fill the listed count leave entries on the way unexplained all the same."""
    assert 3 == equation(10, {Stage.PROMOTED: 10, Stage.QUARANTINED: 3}).unexplained


def test_a_recalled_entry_counts_as_held():
    """What was withdrawn waits for a person."""
    assert 1 == equation(1, {Stage.RECALLED: 1}).fates[Fate.HELD]


def test_an_empty_equation_holds():
    """Nothing listed and nothing ended adds up (an empty source is refused elsewhere)."""
    assert 0 == Equation(listed=0, fates={}).unexplained
