"""Draining with an orchestrator around each shard: it changes neither errors nor ends."""

import contextlib

import pytest

from catalogue.shards import Step
from custody.errors import (
    AutoclaveError,
)
from tests.corpus.draining import (
    Working,
    drain,
    failing_over,
    filled,
    outcomes,
)


def test_an_orchestrator_can_stand_around_each_shard(runtime):
    """What is put around the work sees every shard, in the caller's context."""
    filled(runtime, 1, 1, 1)
    seen = []

    def around(step, lease, work):
        seen.append((step, lease.shard_id))
        work()

    drain(runtime, Working(runtime).step(), around=around)

    assert [(Step.INSPECT, 1), (Step.INSPECT, 2), (Step.INSPECT, 3)] == sorted(
        seen, key=lambda each: each[1]
    )


class WrappedError(AutoclaveError):
    """What an orchestrator makes of an error whose words it must not show."""


def wrapping(step, lease, work):
    """Work on a shard as an orchestrator does, which shows its users another error."""
    try:
        work()
    except AutoclaveError:
        raise
    except RuntimeError as error:
        raise WrappedError("a shard failed") from error


def test_an_orchestrator_does_not_change_what_an_error_means(runtime):
    """A bug over one entry holds that entry, also when its error was wrapped on the way."""
    filled(runtime, 9)
    working = Working(runtime, failing_over(6, RuntimeError("a bug")))

    drain(runtime, working.step(), around=wrapping)

    assert [6] == working.given_up
    assert 8 == len(working.done)


@pytest.mark.parametrize("when", ["before", "after"])
def test_an_orchestrator_that_fails_ends_the_run_and_blames_no_shard(runtime, when):
    """When what is around the work breaks, no file is held for it; what was done stays done."""
    (shard_id,) = filled(runtime, 1)
    working = Working(runtime)

    def around(step, lease, work):
        if when == "after":
            work()
        raise ConnectionError("the server is gone")

    for _ in range(4):
        with contextlib.suppress(ConnectionError):
            drain(runtime, working.step(), around=around)
    drain(runtime, working.step())

    assert ([1], []) == (working.done, working.given_up)
    assert "done" == outcomes(runtime, shard_id)[-1]


def test_an_error_that_was_swallowed_on_the_way_is_not_lost(runtime):
    """An orchestrator that hides a failure makes the shard neither done nor endless."""
    filled(runtime, 1)
    working = Working(runtime, failing_over(1, RuntimeError("a bug")))

    def around(step, lease, work):
        with contextlib.suppress(RuntimeError):
            work()

    drain(runtime, working.step(), around=around)

    assert [1] == working.given_up
