"""Upkeep ends what is done, names what waits, and leaves alone what somebody works on."""

import pytest

from catalogue import runs, sources
from catalogue.runs import RunState
from pipeline.source_locks import recovering
from pipeline.start import Request, begin
from pipeline.steps.instruments import open_inspector
from pipeline.upkeep import keep_up


@pytest.fixture
def source(runtime):
    """A source of the home, recovered whole."""
    with runtime.catalogue.read() as connection:
        return sources.get(connection, "dpi-disk")


def last_run(runtime):
    """The run that was started last over the source."""
    with runtime.catalogue.read() as connection:
        return runs.latest(connection, "dpi-disk")


def test_a_home_in_order_has_nothing_to_do(runtime):
    """No run is open, and nothing is written."""
    found = keep_up(runtime)

    assert ((), (), ()) == (found.ended, found.waiting, found.at_work)
    assert runtime.ledger.size == found.ledger_size


def test_a_run_of_which_only_the_end_was_cut_is_ended(runtime):
    """Every shard is done, the last page is not: it is written now, and the run is done."""
    run = last_run(runtime)
    with runtime.catalogue.write() as connection:
        runs.reopen(connection, run.run_id)

    found = keep_up(runtime)

    assert (run.run_id,) == found.ended
    assert RunState.DONE is last_run(runtime).state
    assert {"ended": [run.run_id], "waiting": [], "at_work": []}.items() <= found.as_json().items()


def test_a_run_that_was_cut_short_waits(runtime, source):
    """It may have been stopped on purpose: it is named, and nobody goes on with it unasked."""
    begun = begin(runtime, Request(sources=(source,)), open_inspector(runtime))

    found = keep_up(runtime)

    assert ((begun.run.run_id,), ()) == (found.waiting, found.ended)
    assert RunState.RUNNING is last_run(runtime).state


def test_a_run_at_work_is_left_alone(runtime, source):
    """Whoever holds its sources ends it."""
    run = last_run(runtime)
    with runtime.catalogue.write() as connection:
        runs.reopen(connection, run.run_id)
    with recovering(runtime.home, runtime.catalogue, [source]):
        found = keep_up(runtime)

    assert ((run.run_id,), ()) == (found.at_work, found.ended)
    assert RunState.RUNNING is last_run(runtime).state
