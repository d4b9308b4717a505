"""An error goes through a flow run's state and comes out as it was; what is none is named so."""

import pytest

from custody.errors import AutoclaveError, CatalogueError, SourceEmptyError
from flows.runs import FlowRun, error_of, words_of


def failed(message: str) -> FlowRun:
    """A flow run that failed with some words."""
    return FlowRun(run_id="r", state="FAILED", message=message)


@pytest.mark.parametrize(
    "error",
    [
        SourceEmptyError("source a of b: it is empty", next_step="mount it"),
        CatalogueError("the database is locked"),
    ],
)
def test_an_error_keeps_its_class_and_its_words(error):
    """The exit code and the line of the command are those of the flow's error."""
    found = error_of(failed(words_of(error)))

    assert (type(error), str(error)) == (type(found), str(found))


@pytest.mark.parametrize(
    "message", ["", "None", "ValueErrors", "Flow run encountered an exception"]
)
def test_a_message_that_is_no_error_of_ours_is_a_failure(message):
    """What Prefect itself says of a failure ends in 1, with the place to look."""
    found = error_of(failed(message))

    assert AutoclaveError is type(found)
    assert "see flow run r" in str(found)


def test_an_unknown_error_is_a_failure():
    """A class that is not ours is not taken for a refusal."""
    assert AutoclaveError is type(error_of(failed("KeyError: 'x'")))


@pytest.mark.parametrize(
    ("state", "ended"),
    [("COMPLETED", True), ("CRASHED", True), ("PAUSED", False), ("RUNNING", False)],
)
def test_only_final_states_are_ends(state, ended):
    """A paused flow run goes on; it has not ended."""
    assert ended is FlowRun(run_id="r", state=state, message="").ended
