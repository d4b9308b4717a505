"""Drains one step of a run: claims shards, works on a few at once and keeps their leases.

One thread coordinates; the others work. A shard whose attempts are used up is not tried again as
it is: it is split, and a single entry that still fails is given up as held. One whose containers
hold too much for one shard is split too, at once. An attempt that ended
with the run (stopped, disk full) says nothing against the shard, and is not counted.
"""

import contextvars
import logging
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import ExitStack
from dataclasses import dataclass
from functools import partial
from types import TracebackType

from catalogue import entries, leases, splitting
from catalogue.leases import Attempt, Lease
from catalogue.shards import Step
from custody.errors import (
    AutoclaveError,
    CanaryMissedError,
    CatalogueError,
    InterruptedRunError,
    LeaseLostError,
    ObjectDamagedError,
    ShardOutgrownError,
)
from custody.source import LAST_WAVE
from pipeline.wiring import Runtime

logger = logging.getLogger(__name__)

PUBLISH_SECONDS = 2.0
OF_ONE_SHARD = (ObjectDamagedError, CanaryMissedError)
# Begins what an attempt is said to have ended with when the whole run ended with it.
RUN_ENDED = "run ended: "


Around = Callable[[Step, Lease, Callable[[], None]], None]


def directly(_step: Step, _lease: Lease, work: Callable[[], None]) -> None:
    """Do a shard's work with nothing around it; an orchestrator puts its own task run there."""
    work()


@dataclass(frozen=True, slots=True, kw_only=True)
class StepWork:
    """What a step does with a lease; `give_up` ends a single entry that failed every attempt.

    A step without `give_up` works on a whole that cannot be split: when its attempts are used up,
    its error ends the run.
    """

    step: Step
    work: Callable[[Lease], None]
    give_up: Callable[[Lease], None] | None = None


class Drain:
    """Works on the shards of one step of a run until none is open, up to a wave where one is told.

    When a shard of a more urgent wave turns up meanwhile, that wave is all that it goes on with:
    `wave` says which, so that its next step need not wait for what is less urgent.
    """

    def __init__(
        self,
        runtime: Runtime,
        run_id: str,
        work: StepWork,
        stop: threading.Event,
        around: Around = directly,
        *,
        wave: int | None = None,
    ) -> None:
        self._runtime = runtime
        self.wave = wave
        self._around = around
        self._run_id = run_id
        self._work = work
        self._stop = stop
        self._owner = f"{runtime.home.owner}{os.getpid()}"
        self._ttl = runtime.lease_time
        self._running: dict[Future[None], Lease] = {}
        self._faults: dict[int, BaseException] = {}
        self._published = self._renewed = time.monotonic()

    def run(self) -> None:
        """Drain the step.

        Raises:
            AutoclaveError: a source, store, database, policy or the box refuses; the shard that
                met it is given back, and the same command goes on later.
        """
        workers = self._runtime.settings.run.workers
        with (
            ThreadPoolExecutor(workers, thread_name_prefix=self._work.step.value) as pool,
            ExitStack() as ending,
        ):
            # Work in flight looks at `stop` between entries, so after a failure this ends soon.
            ending.callback(self._give_back_the_rest)
            ending.callback(self._stop.set)
            while self._fill(pool, workers):
                self._publish_in_time()
                if self._running:
                    self._wait()
                else:
                    self._pause_for_others()
            ending.pop_all()
        self._runtime.ledger.publish()

    def _fill(self, pool: ThreadPoolExecutor, workers: int) -> bool:
        """Start work on free shards; False when nothing runs and nothing is left."""
        while len(self._running) < workers:
            lease = self._claim()
            if lease is None:
                break
            self._running[self._submit(pool, lease)] = lease
        return bool(self._running) or self._is_open()

    def _submit(self, pool: ThreadPoolExecutor, lease: Lease) -> Future[None]:
        """Start a shard's work in the caller's context, so that what is around it knows its run."""
        context = contextvars.copy_context()
        return pool.submit(
            context.run, self._around, self._work.step, lease, partial(self._noted, lease)
        )

    @property
    def _last(self) -> int:
        return LAST_WAVE if self.wave is None else self.wave

    def _claim(self) -> Lease | None:
        now, catalogue = self._runtime.clock(), self._runtime.catalogue
        # Only inspecting reads sources. To count what others have, claims have to take turns.
        inspects = self._work.step is Step.INSPECT
        at_once = self._runtime.settings.sources.at_once if inspects else 0
        with catalogue.write() if at_once else catalogue.write_rows() as connection:
            lease = leases.claim(
                connection,
                run_id=self._run_id,
                step=self._work.step,
                owner=self._owner,
                now=now,
                ttl=self._ttl,
                wave=self._last,
                at_once=at_once,
            )
        if lease is not None and self.wave is not None:
            self.wave = min(self.wave, lease.wave)
        return lease

    def _noted(self, lease: Lease) -> None:
        """Work on a shard, and keep its own error: an orchestrator shows its users another."""
        with ExitStack() as leaving:
            leaving.push(partial(self._note, lease))
            self._one(lease)

    def _note(
        self,
        lease: Lease,
        _kind: type[BaseException] | None,
        error: BaseException | None,
        _trace: TracebackType | None,
    ) -> bool:
        if error is not None:
            self._faults[lease.shard_id] = error
        return False

    def _one(self, lease: Lease) -> None:
        give_up = self._work.give_up
        if give_up is None or not self._used_up(lease):
            self._attempt(lease)
        elif lease.entries == 1:
            give_up(lease)
        else:
            self._split(lease, "failed too often")

    def _attempt(self, lease: Lease) -> None:
        """Do a shard's work; one that turns out to be too much for one shard is split instead.

        Nothing of it was committed, so its parts begin anew; each is a shard of its own from then
        on, and a machine that stops costs that one at most.
        """
        try:
            self._work.work(lease)
        except ShardOutgrownError as outgrown:
            self._split(lease, outgrown.reason)

    def _used_up(self, lease: Lease) -> bool:
        """Whether the attempts before this one were enough; one that was cut short counts."""
        most = self._runtime.settings.run.attempts
        if lease.attempts <= most:
            return False
        with self._runtime.catalogue.read() as connection:
            made = leases.attempts_of(connection, lease.shard_id)
        failed = [a for a in made if a.epoch < lease.epoch and not _ended_with_run(a)]
        return len(failed) >= most

    def _split(self, lease: Lease, why: str) -> None:
        """Cut a shard into about as many parts as each part has entries."""
        with self._runtime.catalogue.write() as connection:
            ids = [e.entry_id for e in entries.of_shard(connection, lease.entries_shard)]
            size = max(1, int(len(ids) ** 0.5))
            parts = [ids[i : i + size] for i in range(0, len(ids), size)]
            splitting.split(connection, lease, parts, self._runtime.clock())
        logger.warning("shard %s %s: split into %s", lease.shard_id, why, len(parts))

    def _wait(self) -> None:
        """Wait for work to end, and meanwhile keep what is leased."""
        seconds = self._ttl.total_seconds() / 4
        done, _ = wait(self._running, timeout=seconds, return_when=FIRST_COMPLETED)
        for future in done:
            self._settle(self._running.pop(future), future.exception())
        if time.monotonic() - self._renewed > seconds:
            self._renew_all()

    def _publish_in_time(self) -> None:
        """Publish what was recorded, after the next work has begun: so none waits for it."""
        if time.monotonic() - self._published > PUBLISH_SECONDS:
            self._runtime.ledger.publish()
            self._published = time.monotonic()

    def _renew_all(self) -> None:
        """Keep the leases of what still runs; a shard that ended just now needs none."""
        now = self._runtime.clock()
        for future, lease in self._running.items():
            try:
                with self._runtime.catalogue.write_rows() as connection:
                    leases.renew(connection, lease, now, self._ttl)
            except LeaseLostError:
                if not future.done():
                    logger.warning("shard %s is no longer ours", lease.shard_id)
        self._renewed = time.monotonic()

    def _settle(self, lease: Lease, error: BaseException | None) -> None:
        """Look how work ended; what is put around it may wrap its error, or fail by itself."""
        fault = self._faults.pop(lease.shard_id, None)
        error = error or fault
        if error is None:
            return
        if isinstance(fault, LeaseLostError):
            logger.warning("shard %s went to another owner", lease.shard_id)
            return
        kind = type(fault or error).__name__
        if fault is None or _ends_run(fault):
            self._give_back(lease, f"{RUN_ENDED}{kind}")
            raise error
        self._give_back(lease, kind)
        logger.warning("shard %s failed: %s", lease.shard_id, kind)
        if self._is_hopeless(lease):
            raise error

    def _is_hopeless(self, lease: Lease) -> bool:
        """Whether nothing is left to try: the last resort failed, or there is none."""
        if self._work.give_up is None:
            return lease.attempts >= self._runtime.settings.run.attempts
        return self._used_up(lease)

    def _give_back_the_rest(self) -> None:
        """Wait for work in flight; what it did not end is free at once for the same command."""
        wait(self._running)
        for future, lease in self._running.items():
            error = self._faults.get(lease.shard_id) or future.exception()
            if error is not None and not isinstance(error, LeaseLostError):
                self._give_back(lease, f"{RUN_ENDED}{type(error).__name__}")
        self._running.clear()

    def _give_back(self, lease: Lease, outcome: str) -> None:
        try:
            with self._runtime.catalogue.write_rows() as connection:
                leases.give_back(connection, lease, self._runtime.clock(), outcome)
        except LeaseLostError:
            logger.warning("shard %s was taken over before it was given back", lease.shard_id)
        except CatalogueError:
            # A full disk takes no note; the lease then runs out by itself.
            logger.warning("shard %s could not be given back", lease.shard_id)

    def _is_open(self) -> bool:
        with self._runtime.catalogue.read() as connection:
            return leases.is_open(connection, self._run_id, self._work.step, self._last)

    def _pause_for_others(self) -> None:
        """Another owner holds what is left: it ends it, gives it back, or its lease runs out."""
        if self._is_open() and self._stop.wait(0.2):
            raise InterruptedRunError("the run was stopped", next_step="run the same command again")


def _ends_run(error: BaseException) -> bool:
    """Whether an error is no shard's own: refusals, machine trouble, a stop."""
    return isinstance(error, AutoclaveError) and not isinstance(error, OF_ONE_SHARD)


def _ended_with_run(attempt: Attempt) -> bool:
    return attempt.outcome is not None and attempt.outcome.startswith(RUN_ENDED)
