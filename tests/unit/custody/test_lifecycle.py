"""The lifecycle: no way into the clean zone around inspection and assessment."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custody.lifecycle import MOVES, Action, Stage, advance

ASIDE = {Stage.SUPERSEDED, Stage.REJECTED, Stage.NOT_TAKEN, Stage.EXCLUDED}


def permitted(stage: Stage) -> list[Action]:
    """The actions that move an entry from a stage."""
    return [action for action in Action if (stage, action) in MOVES]


class Model:
    """What an entry went through since it last entered quarantine, kept without the stages."""

    def __init__(self) -> None:
        self.stage = Stage.LISTED
        self.since_quarantine: list[Action] = []

    def act(self, action: Action) -> bool:
        """Try an action; say whether it was permitted."""
        try:
            self.stage = advance(self.stage, action)
        except RuntimeError:
            return False
        if self.stage is Stage.QUARANTINED:
            self.since_quarantine = []
        else:
            self.since_quarantine.append(action)
        return True


@given(st.lists(st.sampled_from(Action), max_size=60))
@settings(max_examples=300)
def test_promotion_needs_inspection_and_assessment_since_the_last_quarantine(actions):
    """No sequence of actions, permitted or not, promotes what was not inspected and assessed."""
    entry = Model()
    for action in actions:
        entry.act(action)
        if entry.stage is Stage.PROMOTED:
            assert [Action.INSPECT, Action.ASSESS, Action.PROMOTE] == entry.since_quarantine


@given(st.data())
@settings(max_examples=200)
def test_long_permitted_walks_keep_the_rule(data):
    """Walks of permitted actions only, which reach deep, keep the same rule."""
    entry = Model()
    for _ in range(40):
        choices = permitted(entry.stage)
        if not choices:
            break
        assert entry.act(data.draw(st.sampled_from(choices)))
        if entry.stage is Stage.PROMOTED:
            assert [Action.INSPECT, Action.ASSESS, Action.PROMOTE] == entry.since_quarantine


def test_promoted_has_one_way_in():
    """Only an assessed entry is promoted, only an inspected one assessed."""
    ways = {to: [(s, a) for (s, a), end in MOVES.items() if end is to] for to in Stage}

    assert [(Stage.ASSESSED, Action.PROMOTE)] == ways[Stage.PROMOTED]
    assert [(Stage.INSPECTED, Action.ASSESS)] == ways[Stage.ASSESSED]
    assert [(Stage.QUARANTINED, Action.INSPECT)] == ways[Stage.INSPECTED]


def test_every_stage_is_reachable():
    """Every stage can be reached from *listed*."""
    reached, frontier = {Stage.LISTED}, [Stage.LISTED]
    while frontier:
        stage = frontier.pop()
        for action in permitted(stage):
            after = advance(stage, action)
            if after not in reached:
                reached.add(after)
                frontier.append(after)

    assert set(Stage) == reached


def test_every_action_moves_something():
    """No action is dead; what is said of rules, people, cases and groups moves no entry."""
    about_no_entry = {
        *(Action.WAIVE, Action.REGISTER, Action.REPLACE, Action.DECLARE, Action.REVOKE),
        *(Action.REFUSE_RECORDS, Action.AWAIT_COPY, Action.WITHDRAW),
    }
    assert set(Action) - about_no_entry == {action for _, action in MOVES}


def test_only_final_stages_have_no_way_out():
    """An entry waits for ever only where that is final."""
    final = ASIDE - {Stage.SUPERSEDED}  # what stands for it may be recalled
    assert {stage for stage in Stage if not permitted(stage)} == final


def test_nothing_goes_back_to_listed():
    """A listed entry is listed once."""
    assert Stage.LISTED not in MOVES.values()


@pytest.mark.parametrize(
    ("stage", "action"),
    [(s, a) for s in Stage for a in Action if (s, a) not in MOVES],
    ids=lambda value: value.value,
)
def test_every_other_move_is_a_bug_of_the_caller(stage, action):
    """A move that is not permitted raises RuntimeError and names both words."""
    with pytest.raises(RuntimeError, match=f"{stage.value} cannot {action.value}"):
        advance(stage, action)


@pytest.mark.parametrize("move", MOVES, ids=lambda m: f"{m[0].value}-{m[1].value}")
def test_every_permitted_move_ends_where_the_table_says(move):
    """`advance` and the table agree."""
    assert MOVES[move] == advance(*move)


@pytest.mark.parametrize(
    "stage", [Stage.HELD, Stage.SET_ASIDE, Stage.REFUSED, Stage.RECALLED], ids=lambda s: s.value
)
def test_a_release_goes_back_to_quarantine(stage):
    """A release never leads anywhere but back to quarantine."""
    assert Stage.QUARANTINED == advance(stage, Action.RELEASE)
