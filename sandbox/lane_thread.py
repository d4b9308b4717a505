"""A thread that starts a lane's processes, which live no longer than it does, and feeds them."""

import queue
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from typing import Protocol

from custody.box import Reply
from sandbox.sealed_job import SealedJob

JOIN_SECONDS = 15.0
CLOSED = "the box was closed while jobs were running"


class LaneOfJobs(Protocol):
    """What answers jobs: a resident process, or a zygote and its children."""

    def start(self) -> None:
        """Have it ready."""
        ...

    def answer(self, jobs: Sequence[SealedJob]) -> list[Reply]:
        """Return one reply a job, in order."""
        ...

    def stop(self) -> None:
        """End its processes."""
        ...

    def interrupt(self) -> None:
        """End what runs, from another thread."""
        ...


class Chunk:
    """A few jobs that are sent together, and the promise of their replies."""

    def __init__(self, jobs: Sequence[SealedJob]) -> None:
        self.jobs = jobs
        self.weight = sum(job.weight for job in jobs)
        self.replies: Future[list[Reply]] = Future()

    def close(self) -> None:
        """Close the jobs' descriptors."""
        for job in self.jobs:
            job.close()


Work = queue.SimpleQueue[Chunk | None]


class LaneThread:
    """One thread, one lane, a queue that it shares with the other threads of its kind."""

    def __init__(self, name: str, lane: LaneOfJobs, work: Work) -> None:
        self._lane = lane
        self._work = work
        self.ready: Future[None] = Future()
        self._thread = threading.Thread(target=self._live, name=name, daemon=True)
        self._thread.start()

    def interrupt(self) -> None:
        """End what the lane runs."""
        self._lane.interrupt()

    def join(self) -> None:
        """Wait until the thread has ended its processes."""
        self._thread.join(JOIN_SECONDS)

    def _live(self) -> None:
        try:
            self._lane.start()
        except BaseException as error:  # noqa: BLE001  it is raised again in the thread that waits
            self.ready.set_exception(error)
        else:
            self.ready.set_result(None)
            while (chunk := self._work.get()) is not None:
                self._answer(chunk)
        self._lane.stop()

    def _answer(self, chunk: Chunk) -> None:
        if not chunk.replies.set_running_or_notify_cancel():
            chunk.close()
            return
        try:
            replies = self._lane.answer(chunk.jobs)
        except BaseException as error:  # noqa: BLE001  it is raised again in the thread that waits
            chunk.close()
            chunk.replies.set_exception(error)
        else:
            chunk.close()  # before anybody can see the replies, and count descriptors
            chunk.replies.set_result(replies)
