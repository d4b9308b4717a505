"""The resident lane: one long-lived process, replaced when a sample breaks it."""

import os
import time
from collections.abc import Sequence
from dataclasses import replace

from custody.box import Failure, FailureCode, Reply
from sandbox import process
from sandbox.conversation import Conversation, Line
from sandbox.lane_thread import CLOSED, Following
from sandbox.limits import RESIDENT_CPU_SECONDS
from sandbox.process import BoxProcess
from sandbox.sealed_job import SealedJob
from sandbox.worker import Setup

MOST_CORES = 64
MOST_AGE = RESIDENT_CPU_SECONDS / (os.cpu_count() or MOST_CORES)
MOST_EXIT_WAIT = 1.0


class ResidentLane:
    """Answers jobs with one process; used by one thread."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._process: BoxProcess | None = None
        self._line: Line | None = None
        self._talk_ahead: Conversation | None = None
        self._born = 0.0
        self._used = False
        self._ended = False

    def start(self) -> None:
        """Have a fresh process ready.

        Raises:
            AutoclaveError: it cannot be prepared or locked.
        """
        self.stop()
        if self._ended:
            raise RuntimeError(CLOSED)
        self._process = process.start(self._setup)
        self._line = Line(self._process.wire)
        self._born = time.monotonic()
        self._used = False

    def answer(self, jobs: Sequence[SealedJob], following: Following) -> list[Reply]:
        """Return one reply a job, in order; what waited behind a guilty job is sent again.

        Raises:
            SandboxError: the process could not be replaced.
        """
        replies: list[Reply] = []
        while len(replies) < len(jobs):
            replies += self._answer_some(jobs[len(replies) :], following)
        return replies

    def _answer_some(self, jobs: Sequence[SealedJob], following: Following) -> list[Reply]:
        running, talk = self._begin(jobs, following)
        outcome = talk.hold()
        if self._ended:
            raise RuntimeError(CLOSED)
        answered = list(outcome.replies)
        spent = _first_out_of_memory(answered)
        if spent is not None:
            # An earlier sample may have left the memory full: only a fresh process is believed.
            fresh = spent == 0 and not self._used
            self.stop()
            return answered[: spent + 1] if fresh else answered[:spent]
        self._used = True
        if outcome.failure is not None:
            answered.append(self._end(running, outcome.failure))
        elif not outcome.usable:
            self.stop()
        return answered

    def _begin(
        self, jobs: Sequence[SealedJob], following: Following
    ) -> tuple[BoxProcess, Conversation]:
        """Go on with what was sent ahead, or begin anew with a process that can be trusted."""
        talk, self._talk_ahead = self._talk_ahead, None
        if self._process is not None and talk is not None:
            return self._process, talk
        too_old = time.monotonic() - self._born > MOST_AGE
        if self._process is None or self._line is None or too_old or not self._line.silent():
            self.start()
        if self._process is None or self._line is None:
            raise RuntimeError("a started lane has a process")
        return self._process, self._talk(self._line, jobs, following)

    def _talk(self, line: Line, jobs: Sequence[SealedJob], following: Following) -> Conversation:
        def ahead() -> bool:
            more = following()
            if more is not None:
                self._talk_ahead = self._talk(line, more, following)
            return more is not None

        return Conversation(line, jobs, ahead)

    def _end(self, running: BoxProcess, failure: Failure) -> Failure:
        self._process = self._talk_ahead = None
        if failure.code is not FailureCode.CRASHED:
            running.kill()
            return failure
        code = running.end(MOST_EXIT_WAIT)
        return replace(failure, code=process.failure_code(code), detail=process.describe_exit(code))

    def stop(self) -> None:
        """End the process."""
        running, self._process = self._process, None
        self._talk_ahead = None
        if running is not None:
            running.kill()

    def interrupt(self) -> None:
        """Kill the process from another thread; the thread that waits for it sees its end."""
        self._ended = True
        running = self._process
        if running is not None:
            running.signal_kill()


def _first_out_of_memory(replies: Sequence[Reply]) -> int | None:
    for place, reply in enumerate(replies):
        if isinstance(reply, Failure) and reply.code is FailureCode.OUT_OF_MEMORY:
            return place
    return None
