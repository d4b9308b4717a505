"""The box for callers: runs jobs in locked processes, from any thread; replies come in order."""

import os
import threading
from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from contextlib import ExitStack
from types import TracebackType
from typing import ClassVar, Self

from custody.box import Failure, FailureCode, Job, Lane, Program, Reply
from sandbox.forked import ForkedLane
from sandbox.lane_thread import CLOSED, Chunk, LaneThread, Work
from sandbox.lockdown import Confinement
from sandbox.resident import ResidentLane
from sandbox.sealed_job import SealedJob, seal_job
from sandbox.seccomp import Variant
from sandbox.worker import Setup

GIBIBYTE = 1024**3
MOST_CHUNK_JOBS = {Lane.RESIDENT: 48, Lane.FORKED: 4}
# How far jobs are pulled ahead of the replies: the lanes and workers stay busy side by side, and
# neither memory nor descriptors pile up.
CHUNKS_AHEAD = 2  # a worker, whatever they weigh
MOST_AHEAD_JOBS = 512
MOST_AHEAD_BYTES = 16 * 1024 * 1024
MOST_CHUNK_BYTES = 4 * 1024 * 1024
START_SECONDS = 600.0


class Pool:
    """Runs programs over hostile bytes; safe to call from several threads.

    Jobs are pulled ahead of the replies, and what a job's descriptor points at is taken when
    the job is pulled: a caller may close it as soon as it is asked for the next job.
    """

    sandboxed: ClassVar[bool] = True

    def __init__(
        self,
        programs: Iterable[Program],
        *,
        workers: int = 2,
        resident_memory: int = 2 * GIBIBYTE,
        forked_memory: int = 1 * GIBIBYTE,
    ) -> None:
        made = tuple(programs)
        self._lanes = {program.name: program.lane for program in made}
        if not made or len(self._lanes) != len(made) or workers < 1:
            raise RuntimeError("a box needs a worker, and programs with names of their own")
        self._programs = made
        self._workers = workers
        self._memory = {Lane.RESIDENT: resident_memory, Lane.FORKED: forked_memory}
        self._work: dict[Lane, Work] = {lane: Work() for lane in Lane}
        self._threads: list[LaneThread] = []
        self._guard = threading.Lock()
        self._open = False

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start and prepare all processes, side by side.

        Raises:
            AutoclaveError: a factory's own error.
            SandboxError: this machine cannot lock a process, or processes die while they prepare.
        """
        if self._threads:
            raise RuntimeError("a box is started once")
        self._open = True
        self._threads = [*self._resident_threads(), *self._forked_threads()]
        with ExitStack() as unready:
            unready.callback(self.close)
            for thread in self._threads:
                thread.ready.result(START_SECONDS)
            unready.pop_all()

    def _resident_threads(self) -> Iterator[LaneThread]:
        setup = self._setup(Lane.RESIDENT)
        for place in range(self._workers if setup.programs else 0):
            yield LaneThread(f"box-{place}", ResidentLane(setup), self._work[Lane.RESIDENT])

    def _forked_threads(self) -> Iterator[LaneThread]:
        setup = self._setup(Lane.FORKED)
        lane = ForkedLane(setup)
        for place in range(self._workers if setup.programs else 0):
            yield LaneThread(f"box-fork-{place}", lane, self._work[Lane.FORKED])

    def _setup(self, lane: Lane) -> Setup:
        return Setup(
            lane=lane,
            programs=tuple(p for p in self._programs if p.lane is lane),
            confinement=Confinement(
                variant=Variant.RESIDENT if lane is Lane.RESIDENT else Variant.FORKED,
                memory=self._memory[lane],
                parent=os.getpid(),
                locked=self.sandboxed,
            ),
        )

    def close(self) -> None:
        """End all processes; jobs that still run elsewhere fail as the machine's trouble."""
        with self._guard:
            was_open, self._open = self._open, False
        if not was_open:
            return
        for work in self._work.values():
            _empty(work)
            for _ in range(self._workers):
                work.put(None)
        for thread in self._threads:
            thread.interrupt()
        for thread in self._threads:
            thread.join()

    def run(self, jobs: Iterable[Job]) -> Iterator[Reply]:
        """Yield one reply a job, in order. A failing job costs its own reply and nothing else.

        Raises:
            RuntimeError: the box is not open, or has no such program.
            SandboxError: a process could not be replaced.
        """
        if not self._open:
            raise RuntimeError("the box is not open")
        return self._run(jobs)

    def _run(self, jobs: Iterable[Job]) -> Iterator[Reply]:
        ahead: deque[Chunk | Failure] = deque()
        try:
            for made in self._chunks(jobs):
                ahead.append(made)
                while ahead and (_answered(ahead[0]) or self._too_far(ahead)):
                    yield from _replies(ahead.popleft())
            while ahead:
                yield from _replies(ahead.popleft())
        finally:
            for left in ahead:
                if isinstance(left, Chunk):
                    left.replies.cancel()

    def _too_far(self, ahead: Iterable[Chunk | Failure]) -> bool:
        chunks = [made for made in ahead if isinstance(made, Chunk)]
        jobs = sum(len(chunk.jobs) for chunk in chunks)
        weight = sum(chunk.weight for chunk in chunks)
        many = jobs > MOST_AHEAD_JOBS or weight > MOST_AHEAD_BYTES
        return many and len(chunks) > CHUNKS_AHEAD * self._workers

    def _chunks(self, jobs: Iterable[Job]) -> Iterator[Chunk | Failure]:
        """Submit jobs in chunks of one lane, bounded in number and weight."""
        gathered = Gathered()
        try:
            for job in jobs:
                lane = self._lane_of(job)
                if not gathered.takes(lane):
                    yield self._submit(gathered)
                try:
                    gathered.add(lane, seal_job(job))
                except OSError as error:
                    if gathered.jobs:
                        yield self._submit(gathered)
                    detail = f"the content cannot be handed over: {error.strerror or error}"
                    yield Failure(code=FailureCode.MACHINE, detail=detail)
            if gathered.jobs:
                yield self._submit(gathered)
        finally:
            gathered.close()

    def _lane_of(self, job: Job) -> Lane:
        lane = self._lanes.get(job.program)
        if lane is None:
            raise RuntimeError(f"the box has no program {job.program}")
        return lane

    def _submit(self, gathered: "Gathered") -> Chunk:
        with self._guard:
            if not self._open:
                raise RuntimeError(CLOSED)
            chunk, lane = gathered.take()
            self._work[lane].put(chunk)
        return chunk


class Gathered:
    """Jobs on their way into a chunk."""

    def __init__(self) -> None:
        self.jobs: list[SealedJob] = []
        self._lane = Lane.RESIDENT
        self._weight = 0

    def takes(self, lane: Lane) -> bool:
        """Whether a job of this lane may be added."""
        full = len(self.jobs) >= MOST_CHUNK_JOBS[lane] or self._weight >= MOST_CHUNK_BYTES
        return not self.jobs or (lane is self._lane and not full)

    def add(self, lane: Lane, job: SealedJob) -> None:
        """Add a job."""
        self._lane = lane
        self._weight += job.weight
        self.jobs.append(job)

    def take(self) -> tuple[Chunk, Lane]:
        """Return the jobs as a chunk, and start anew."""
        chunk = Chunk(tuple(self.jobs))
        self.jobs, self._weight = [], 0
        return chunk, self._lane

    def close(self) -> None:
        """Drop jobs that were never submitted."""
        for job in self.jobs:
            job.close()


def _answered(made: Chunk | Failure) -> bool:
    return isinstance(made, Failure) or made.replies.done()


def _replies(made: Chunk | Failure) -> Sequence[Reply]:
    return (made,) if isinstance(made, Failure) else made.replies.result()


def _empty(work: Work) -> None:
    while not work.empty():
        chunk = work.get()
        if chunk is not None:
            chunk.close()
            if chunk.replies.set_running_or_notify_cancel():
                chunk.replies.set_exception(RuntimeError(CLOSED))
