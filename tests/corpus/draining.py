"""A step that a test drains, and how its shards ended."""

import threading

from catalogue import entries, leases, shards
from catalogue.shards import Step
from pipeline.steps.drain import Drain, StepWork
from tests.corpus.catalogue_rows import shards_of

RUN = "run-1"


def filled(runtime, *counts):
    """List a source as inspect shards of so many entries; return their numbers."""
    with runtime.catalogue.write() as connection:
        return shards_of(connection, counts)


def leased(runtime, owner, now=None):
    """Lease the next shard for another owner, since now or another time."""
    with runtime.catalogue.write() as connection:
        return leases.claim(
            connection,
            run_id=RUN,
            step=Step.INSPECT,
            owner=owner,
            now=now or runtime.clock(),
            ttl=runtime.lease_time,
        )


def ids_of(runtime, lease):
    """The numbers of the entries that a lease covers."""
    with runtime.catalogue.read() as connection:
        return [e.entry_id for e in entries.of_shard(connection, lease.entries_shard)]


def states(runtime):
    """How many inspect shards stand in each state."""
    with runtime.catalogue.read() as connection:
        return shards.counts(connection, RUN)[Step.INSPECT]


def outcomes(runtime, shard_id):
    """How the attempts at a shard ended, oldest first."""
    with runtime.catalogue.read() as connection:
        return [attempt.outcome for attempt in leases.attempts_of(connection, shard_id)]


class Working:
    """A step that notes what it ended, and fails over some entries as it is told."""

    def __init__(self, runtime, fault=None):
        self.runtime = runtime
        self.fault = fault
        self.done = []
        self.given_up = []

    def work(self, lease):
        """End a shard, or fail."""
        ids = ids_of(self.runtime, lease)
        if self.fault is not None:
            self.fault(ids)
        self.finish(lease)
        self.done += ids

    def give_up(self, lease):
        """End a single entry that failed."""
        self.given_up += ids_of(self.runtime, lease)
        self.finish(lease)

    def finish(self, lease):
        """End a shard in the catalogue."""
        with self.runtime.catalogue.write() as connection:
            leases.finish(connection, lease, self.runtime.clock())

    def step(self, *, splits=True):
        """The step as a drain wants it."""
        give_up = self.give_up if splits else None
        return StepWork(step=Step.INSPECT, work=self.work, give_up=give_up)


def drain(runtime, work, *, stop=None, **changes):
    """Drain the inspect step."""
    Drain(runtime, RUN, work, stop or threading.Event(), **changes).run()


class Meeting:
    """A fault that never comes: who works waits a moment for others, and the most are counted."""

    def __init__(self, wanted):
        self.most = 0
        self._here = 0
        self._wanted = wanted
        self._changed = threading.Condition()

    def __call__(self, _ids):
        """Come, wait, and go."""
        with self._changed:
            self._here += 1
            self.most = max(self.most, self._here)
            self._changed.notify_all()
            self._changed.wait_for(lambda: self.most >= self._wanted, timeout=0.2)
            self._here -= 1


def failing_over(entry_id, error):
    """A fault that a shard with one entry meets each time."""

    def fault(ids):
        if entry_id in ids:
            raise error

    return fault


def failing_once(error, shard_of_entry):
    """A fault that only the first attempt at an entry meets."""
    met = []

    def fault(ids):
        if shard_of_entry in ids and not met:
            met.append(1)
            raise error

    return fault
