"""A command that waits says what for, once, and not before there is something to say."""

import pytest

from flows.awaiting import WORKER_SECONDS, Remarks
from flows.runs import FlowRun


@pytest.fixture
def said(caplog):
    """What the command says."""
    return lambda: [record.getMessage() for record in caplog.records]


def in_state(state: str) -> FlowRun:
    """A flow run in some state."""
    return FlowRun(run_id="r", state=state, message="")


def test_a_worker_has_its_time(said):
    """A flow run that was just begun is not said to wait."""
    remarks = Remarks(0.0)
    remarks.remark(in_state("SCHEDULED"), WORKER_SECONDS - 1)
    remarks.remark(in_state("RUNNING"), WORKER_SECONDS + 1)

    assert [] == said()


def test_no_worker_is_said_once(said):
    """Who waits for nobody learns it, without a line each second."""
    remarks = Remarks(0.0)
    for second in range(3):
        remarks.remark(in_state("SCHEDULED"), WORKER_SECONDS + second)

    assert ["flow run r waits for a worker: none runs, or all have enough to do"] == said()


def test_a_pause_is_said_at_once_and_again_when_it_comes_again(said):
    """Somebody paused it: the command shows why nothing moves."""
    remarks = Remarks(0.0)
    for state in ("PAUSED", "PAUSED", "RUNNING"):
        remarks.remark(in_state(state), 1.0)

    assert 1 == len(said())
    assert "was paused in Prefect's pages" in said()[0]
