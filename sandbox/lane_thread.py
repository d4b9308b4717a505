"""A thread that starts a lane's processes, which live no longer than it does, and feeds them."""

import queue
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import Protocol

from custody.box import Reply
from sandbox.boundary import attempt
from sandbox.sealed_job import SealedJob

JOIN_SECONDS = 15.0
CLOSED = "the box was closed while jobs were running"


Following = Callable[[], Sequence[SealedJob] | None]


class LaneOfJobs(Protocol):
    """What answers jobs: a resident process, or a zygote and its children."""

    def start(self) -> None:
        """Have it ready."""
        ...

    def answer(self, jobs: Sequence[SealedJob], following: Following) -> list[Reply]:
        """Return one reply a job, in order.

        `following` takes the jobs of the next call, for a lane that sends them ahead.
        """
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
        self._following: Chunk | None = None
        self._thread = threading.Thread(target=self._live, name=name, daemon=True)
        self._thread.start()

    def interrupt(self) -> None:
        """End what the lane runs."""
        self._lane.interrupt()

    def join(self) -> None:
        """Wait until the thread has ended its processes."""
        self._thread.join(JOIN_SECONDS)

    def _live(self) -> None:
        failed = attempt(self._lane.start)
        if failed is None:
            self.ready.set_result(None)
            while (chunk := self._next()) is not None:
                self._answer(chunk)
        else:  # raised again in the thread that waits
            self.ready.set_exception(failed)
        self._lane.stop()

    def _next(self) -> Chunk | None:
        """Return the next chunk that is still wanted; None when the box is closed."""
        following, self._following = self._following, None
        while following is None:
            chunk = self._work.get()
            if chunk is None:
                return None
            following = _wanted(chunk)
        return following

    def _take_following(self) -> Sequence[SealedJob] | None:
        """Take the next chunk if there is one; the lane may send its jobs ahead."""
        if self._following is not None:  # its jobs were sent to a process that is lost
            return self._following.jobs
        try:
            chunk = self._work.get_nowait()
        except queue.Empty:
            return None
        if chunk is None:
            self._work.put(None)  # the end is for `_next` to see
            return None
        self._following = _wanted(chunk)
        return self._following.jobs if self._following else None

    def _answer(self, chunk: Chunk) -> None:
        replies = attempt(lambda: self._lane.answer(chunk.jobs, self._take_following))
        chunk.close()  # before anybody can see the replies, and count descriptors
        if isinstance(replies, BaseException):  # raised again in the thread that waits
            chunk.replies.set_exception(replies)
        else:
            chunk.replies.set_result(replies)


def _wanted(chunk: Chunk) -> Chunk | None:
    """Return the chunk, or close it when its caller gave up."""
    if chunk.replies.set_running_or_notify_cancel():
        return chunk
    chunk.close()
    return None
