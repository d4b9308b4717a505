"""The model that histories are held against permits what may happen, and nothing else."""

import pytest

from tests.scenarios.model import Model


@pytest.fixture(autouse=True)
def places():
    """A model needs no home, whatever the options say."""


def line(stage, verdict="clean"):
    """One manifest line about one entry."""
    content = {"digest": "d", "vault": {"key": "segments/1"}}
    return {"name": "n", "stage": stage, "verdict": verdict, "superseded_by": None, **content}


def after(*stages):
    """The model after an entry was inspected and then assessed to some stages in turn."""
    model = Model()
    model.inspected([line("inspected")])
    for stage in stages:
        model.assessed([line(stage, "clean" if stage == "assessed" else "indeterminate")])
    return model


@pytest.mark.parametrize(
    "stages", [("assessed",), ("held",), ("refused",), ("assessed", "held"), ("held", "held")]
)
def test_what_may_happen_is_no_fault(stages):
    """Decisions after inspection, and a promotion that was given up."""
    assert [] == after(*stages).faults


@pytest.mark.parametrize(
    "stages", [("promoted",), ("held", "assessed"), ("assessed", "refused"), ("refused", "held")]
)
def test_what_may_not_happen_is_a_fault(stages):
    """No move but those of the lifecycle; from assessed an entry only enters or is held."""
    assert 1 == len(after(*stages).faults)


def test_a_promotion_that_was_given_up_is_not_promoted():
    """What is held after its promotion failed does not enter with the shard that it was in."""
    model = after("assessed", "held")
    model.promoted(1, [line("promoted")], "decision")

    assert ["n promoted from Stage.HELD"] == model.faults


def test_a_promotion_needs_an_intention_and_a_decision():
    """Both are missing here, and each is named."""
    model = after("held")
    model.promoted(1, [line("promoted")], None)

    assert 3 == len(model.faults)
