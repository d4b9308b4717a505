"""Draining: every shard ends once, the guilty entry is found, and an ended run leaves no lease."""

import threading
from dataclasses import replace

import pytest

from catalogue import leases, sources
from catalogue.shards import ShardState, Step
from custody.errors import (
    CanaryMissedError,
    InterruptedRunError,
    LeaseLostError,
    NotInLedgerError,
    ObjectDamagedError,
    StoreError,
)
from pipeline.settings import SourcesSettings
from pipeline.steps.drain import RUN_ENDED, Drain, StepWork
from tests.corpus.catalogue_rows import NOON, shards_of, source
from tests.corpus.draining import (
    RUN,
    Meeting,
    Working,
    drain,
    failing_once,
    failing_over,
    filled,
    leased,
    outcomes,
    states,
)

OF_ONE_SHARD = (RuntimeError("a bug"), ObjectDamagedError("damaged"), CanaryMissedError("blind"))


def test_every_shard_ends_once(runtime):
    """All shards are worked on, each exactly once."""
    filled(runtime, 3, 1, 5, 2)
    working = Working(runtime)

    drain(runtime, working.step())

    assert list(range(1, 12)) == sorted(working.done)
    assert {ShardState.DONE: 4} == states(runtime)


def test_a_step_without_shards_is_drained(runtime):
    """Nothing to do ends at once."""
    filled(runtime)

    drain(runtime, Working(runtime).step())


@pytest.mark.parametrize(("at_once", "expected"), [(1, 1), (0, 2)])
def test_a_source_is_read_by_as_many_at_once_as_is_set(runtime, at_once, expected):
    """Two workers and one source: the second one waits until the first one's shard is done."""
    filled(runtime, 1, 1, 1)
    meeting = Meeting(2)
    settings = replace(
        runtime.settings,
        run=replace(runtime.settings.run, workers=2),
        sources=SourcesSettings(at_once=at_once),
    )
    working = Working(replace(runtime, settings=settings), meeting)

    drain(working.runtime, working.step())

    assert expected == meeting.most
    assert {ShardState.DONE: 3} == states(runtime)


@pytest.mark.parametrize("error", OF_ONE_SHARD)
def test_only_the_guilty_entry_is_given_up(runtime, error):
    """A failing shard is tried, then split down to the one entry that fails; the rest is done."""
    filled(runtime, 9, 4)
    working = Working(runtime, failing_over(6, error))

    drain(runtime, working.step())

    assert [6] == working.given_up
    assert [n for n in range(1, 14) if n != 6] == sorted(working.done)
    assert set(states(runtime)) == {ShardState.DONE, ShardState.SPLIT}


def test_a_fault_that_passes_splits_nothing(runtime):
    """One failed attempt is followed by another, and both are on record."""
    (shard_id,) = filled(runtime, 4)
    working = Working(runtime, failing_once(RuntimeError("a bug"), 1))

    drain(runtime, working.step())

    assert ["RuntimeError", "done"] == outcomes(runtime, shard_id)
    assert {ShardState.DONE: 1} == states(runtime)


class Overtaken(Drain):
    """A drain whose neighbour gives its shard back right after a claim found nothing free."""

    def __init__(self, *given):
        super().__init__(*given)
        self.neighbours = leased(self._runtime, "neighbour")

    def _claim(self):
        found = super()._claim()
        if found is None and self.neighbours is not None:
            with self._runtime.catalogue.write_rows() as connection:
                leases.give_back(connection, self.neighbours, self._runtime.clock(), "cut off")
            self.neighbours = None
        return found


def test_what_a_neighbour_gives_back_at_the_last_moment_is_done_too(runtime):
    """Between two looks at the shards one may be leased, then free: it is not left behind."""
    filled(runtime, 3)
    working = Working(runtime)

    Overtaken(runtime, RUN, working.step(), threading.Event()).run()

    assert {ShardState.DONE: 1} == states(runtime)


@pytest.mark.parametrize(("upto", "left"), [(2, 1), (None, 0)])
def test_who_takes_of_a_more_urgent_wave_goes_on_with_that_one_alone(runtime, upto, left):
    """It leaves what is less urgent for later; who drains all waves takes them in their order."""
    alone = replace(
        runtime, settings=replace(runtime.settings, run=replace(runtime.settings.run, workers=1))
    )
    with runtime.catalogue.write() as connection:
        shards_of(connection, [1, 1], source_id="archive")
        shards_of(connection, [1, 1], source_id="radiology")
        sources.register(connection, source("archive", wave=2), NOON)
        sources.register(connection, source("radiology", wave=3), NOON)
    working = Working(runtime)

    def work(lease):
        """Radiology becomes urgent while the archive's first shard is in hand."""
        working.work(lease)
        with runtime.catalogue.write() as connection:
            sources.register(connection, source("radiology", wave=1), NOON)

    draining = Drain(
        alone, RUN, StepWork(step=Step.INSPECT, work=work), threading.Event(), wave=upto
    )
    draining.run()

    assert [1, 3, 4] == working.done[:3]
    assert left == 4 - len(working.done)
    assert draining.wave == (None if upto is None else 1)


def test_a_lost_lease_is_left_to_its_new_owner(runtime):
    """Who lost a shard neither gives it back nor stops the run."""
    filled(runtime, 2, 2)
    working = Working(runtime)

    def work(lease):
        """Be overtaken by another owner, who ends the shard."""
        working.finish(lease)
        if lease.shard_id == 1:
            raise LeaseLostError("late")

    drain(runtime, StepWork(step=Step.INSPECT, work=work))

    assert {ShardState.DONE: 2} == states(runtime)


@pytest.mark.parametrize(
    "error", [StoreError("full"), NotInLedgerError("no receipt"), InterruptedRunError("stopped")]
)
def test_what_ends_the_run_is_raised_and_frees_the_shard(runtime, error):
    """Machine trouble and refusals end the run; the shard waits for the same command."""
    (shard_id,) = filled(runtime, 3)

    with pytest.raises(type(error)):
        drain(runtime, Working(runtime, failing_over(1, error)).step())

    assert {ShardState.READY: 1} == states(runtime)
    assert [f"{RUN_ENDED}{type(error).__name__}"] == outcomes(runtime, shard_id)


def test_work_in_flight_is_stopped_and_its_shards_are_free_too(runtime):
    """When one shard ends the run, no lease of the others keeps the next start waiting."""
    filled(runtime, 1, 1, 1)
    stop, both = threading.Event(), threading.Barrier(2)

    def fault(ids):
        both.wait(10)
        if ids == [1]:
            raise StoreError("full")
        assert stop.wait(10)
        raise InterruptedRunError("stopped")

    with pytest.raises(StoreError):
        drain(runtime, Working(runtime, fault).step(), stop=stop)

    assert {ShardState.READY: 3} == states(runtime)


def test_work_in_flight_that_ends_is_kept(runtime):
    """A shard that was done while another ended the run stays done."""
    filled(runtime, 1, 1)
    both = threading.Barrier(2)

    def fault(ids):
        both.wait(10)
        if ids == [1]:
            raise StoreError("full")

    with pytest.raises(StoreError):
        drain(runtime, Working(runtime, fault).step())

    assert {ShardState.READY: 1, ShardState.DONE: 1} == states(runtime)


@pytest.mark.parametrize("error", [InterruptedRunError("stopped"), StoreError("full")])
def test_runs_that_ended_say_nothing_against_a_shard(runtime, error):
    """However often a run is stopped or the disk is full, nobody's file is held for it."""
    filled(runtime, 1)
    for _ in range(4):
        with pytest.raises(type(error)):
            drain(runtime, Working(runtime, failing_over(1, error)).step())
    working = Working(runtime)

    drain(runtime, working.step())

    assert ([1], []) == (working.done, working.given_up)


def test_attempts_that_were_cut_short_count(runtime):
    """A shard that took its worker down with it twice is not tried as it is a third time."""
    filled(runtime, 1)
    long_ago = runtime.clock() - 10 * runtime.lease_time
    for n in range(2):
        leased(runtime, "gone", long_ago + 2 * n * runtime.lease_time)
    working = Working(runtime)

    drain(runtime, working.step())

    assert ([], [1]) == (working.done, working.given_up)


def test_a_failing_last_resort_ends_the_run(runtime):
    """When even giving up fails, the error comes out instead of a loop without end."""
    filled(runtime, 1)

    def fail(lease):
        raise ObjectDamagedError("the names are damaged")

    with pytest.raises(ObjectDamagedError):
        drain(runtime, StepWork(step=Step.INSPECT, work=fail, give_up=fail))

    assert {ShardState.READY: 1} == states(runtime)


@pytest.mark.parametrize("error", OF_ONE_SHARD)
def test_a_whole_that_cannot_be_split_is_not_tried_for_ever(runtime, error):
    """A group that fails every attempt ends the run with its error."""
    (shard_id,) = filled(runtime, 3)

    with pytest.raises(type(error)):
        drain(runtime, Working(runtime, failing_over(1, error)).step(splits=False))

    assert [type(error).__name__] * 2 == outcomes(runtime, shard_id)


def test_what_was_recorded_is_published_at_the_end(runtime, monkeypatch):
    """A drained step leaves nothing in the outbox."""
    from catalogue import ledger
    from tests.corpus.ledgers import an_event

    filled(runtime, 1)
    working = Working(runtime)

    def work(lease):
        with runtime.catalogue.write() as connection:
            runtime.ledger.record(connection, an_event(1))
        working.finish(lease)

    drain(runtime, StepWork(step=Step.INSPECT, work=work))

    with runtime.catalogue.read() as connection:
        assert not ledger.waiting(connection)


def test_a_lease_is_kept_while_its_work_lasts(runtime):
    """Work that takes longer than a lease is not given to another."""
    (shard_id,) = filled(runtime, 1)
    working = Working(runtime, lambda ids: threading.Event().wait(3))

    drain(runtime, working.step())

    assert ["done"] == outcomes(runtime, shard_id)


def test_shards_of_another_owner_are_waited_for(runtime):
    """What a living owner holds is not stolen; when its lease runs out it is taken over."""
    (shard_id,) = filled(runtime, 2)
    leased(runtime, "other", runtime.clock() - 0.9 * runtime.lease_time)
    working = Working(runtime)

    drain(runtime, working.step())

    assert [1, 2] == sorted(working.done)
    assert [None, "done"] == outcomes(runtime, shard_id)


def test_waiting_for_another_owner_can_be_stopped(runtime):
    """A run that only waits ends as interrupted when it is asked to."""
    filled(runtime, 2)
    leased(runtime, "other")
    stop = threading.Event()
    stop.set()

    with pytest.raises(InterruptedRunError):
        drain(runtime, Working(runtime).step(), stop=stop)


class Counting(threading.Event):
    """A stop that nobody asks for, and how often a drain rested on it."""

    def __init__(self):
        super().__init__()
        self.rests = 0

    def wait(self, timeout=None):
        """Rest, and count it."""
        self.rests += 1
        return super().wait(timeout)


def test_who_ended_a_shard_takes_the_next_one_at_once(runtime):
    """Others at work are waited for when nothing is free, not after each shard of one's own."""
    run = replace(runtime.settings.run, workers=1)
    runtime = replace(runtime, settings=replace(runtime.settings, run=run))
    first, *_ = filled(runtime, 1, 1, 1, 1)
    other = leased(runtime, "another")
    working, stop = Working(runtime), Counting()

    def end_the_other(ids):
        if len(working.done) == 2:
            working.finish(other)

    working.fault = end_the_other
    drain(runtime, working.step(), stop=stop)

    assert first == other.shard_id
    assert (3, 0) == (len(working.done), stop.rests)
