"""A clock that is set back gives nothing back that has ended."""

from datetime import timedelta

import pytest

from catalogue import entries, sources
from custody.digest import digest_of
from custody.lifecycle import Stage
from pipeline.deciding import decisions
from pipeline.wiring import open_runtime, system_clock
from tests.corpus.homes import EICAR, a_person, recover

VIRUS = digest_of(EICAR)


class Set:
    """A clock that can be set."""

    def __init__(self):
        self.ahead = timedelta()

    def __call__(self):
        """Return the time."""
        return system_clock() + self.ahead


@pytest.fixture
def clock():
    """A clock that is right for now."""
    return Set()


@pytest.fixture
def runtime(settings, tmp_path, clock):
    """A home in which one held content was released until tomorrow."""
    with open_runtime(settings, clock) as opened:
        until = clock() + timedelta(days=1)
        for name in ("alice", "bruno"):
            decisions.release(opened, VIRUS, a_person(opened, tmp_path, name), until)
        yield opened


def stage(runtime):
    """Where the content stands in the latest run of its source."""
    with runtime.catalogue.read() as connection:
        return entries.by_digest(connection, VIRUS)[-1].stage


def again(runtime):
    """Recover the source once more."""
    with runtime.catalogue.read() as connection:
        source = sources.get(connection, "pacs-disk")
    recover(runtime, source)


def test_a_waiver_that_ended_stays_ended_when_the_clock_is_set_back(runtime, clock):
    """The ledger holds later times: they count, and not the machine's word."""
    again(runtime)
    before = stage(runtime)
    clock.ahead = timedelta(days=4)
    again(runtime)
    after = stage(runtime)
    clock.ahead = timedelta()

    again(runtime)

    assert (Stage.PROMOTED, Stage.HELD, Stage.HELD) == (before, after, stage(runtime))


def test_the_ledger_s_time_is_the_clock_s_until_it_is_set_back(runtime, clock):
    """It goes on with the clock, and never back behind what was recorded."""
    clock.ahead = timedelta(days=4)
    again(runtime)
    reached = runtime.ledger.now()
    clock.ahead = timedelta(days=1)

    assert reached - timedelta(minutes=5) < runtime.ledger.now() <= reached
    clock.ahead = timedelta(days=9)
    assert runtime.ledger.now() > reached
