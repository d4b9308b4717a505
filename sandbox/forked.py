"""The forked lane: a child for each job, forked from a warm zygote that never reads a sample."""

import array
import math
import select
import socket
import threading
from collections.abc import Sequence

from custody.box import Failure, FailureCode, Reply
from sandbox import process
from sandbox.conversation import Conversation, Line, Outcome
from sandbox.lane_thread import CLOSED, Following
from sandbox.process import BoxProcess
from sandbox.sealed_job import SealedJob
from sandbox.worker import Setup
from sandbox.zygote import NOT_FORKED, ORDER, STATUS

SPARE_CPU_SECONDS = 2
STATUS_SECONDS = 5.0
CRASH_SECONDS = 0.5
ATTEMPTS = 2


class ZygoteLostError(Exception):
    """The zygote ended; no sample can be blamed for that."""


class ForkedLane:
    """Answers jobs with a child each; used by several threads, which share the zygote."""

    def __init__(self, setup: Setup) -> None:
        self._setup = setup
        self._guard = threading.Lock()
        self._zygote: BoxProcess | None = None
        self._ended = False

    def start(self) -> None:
        """Have the zygote ready.

        Raises:
            AutoclaveError: it cannot be prepared or locked.
        """
        self._ready()

    def _ready(self) -> BoxProcess:
        with self._guard:
            if self._ended:
                raise RuntimeError(CLOSED)
            if self._zygote is None:
                self._zygote = process.start(self._setup)
            return self._zygote

    def answer(self, jobs: Sequence[SealedJob], _following: Following) -> list[Reply]:
        """Return one reply a job, in order.

        Raises:
            SandboxError: the zygote could not be replaced.
        """
        return [self._answer_one(job) for job in jobs]

    def _answer_one(self, job: SealedJob) -> Reply:
        for _ in range(ATTEMPTS):
            zygote = self._ready()
            try:
                return self._converse(zygote, job)
            except ZygoteLostError:
                self._discard(zygote)
        return Failure(code=FailureCode.MACHINE, detail="the zygote was lost")

    def _converse(self, zygote: BoxProcess, job: SealedJob) -> Reply:
        wire, their_wire = socket.socketpair()
        status, their_status = socket.socketpair()
        with wire, status:
            with their_wire, their_status:
                cpu_seconds = math.ceil(job.seconds) + SPARE_CPU_SECONDS
                self._order(zygote, cpu_seconds, their_wire.fileno(), their_status.fileno())
            wire.setblocking(False)
            outcome = Conversation(Line(wire), [job]).hold()
            if self._ended:
                raise RuntimeError(CLOSED)
            return _reply_of(outcome, status)

    def _order(self, zygote: BoxProcess, cpu_seconds: int, *descriptors: int) -> None:
        packed = array.array("i", descriptors)
        beside = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, packed)]
        try:
            with self._guard:
                zygote.wire.settimeout(STATUS_SECONDS)
                zygote.wire.sendmsg([ORDER.pack(cpu_seconds)], beside)
        except OSError as error:
            raise ZygoteLostError from error

    def _discard(self, lost: BoxProcess) -> None:
        """End a zygote, unless another thread has replaced it already."""
        with self._guard:
            if self._zygote is lost:
                self._zygote = None
                lost.end()

    def stop(self) -> None:
        """End the zygote, which ends its children first."""
        zygote = self._zygote
        if zygote is not None:
            self._discard(zygote)

    def interrupt(self) -> None:
        """End all children from another thread; the threads that wait for them see their end."""
        self._ended = True
        self.stop()


def _reply_of(outcome: Outcome, status: socket.socket) -> Reply:
    if outcome.failure is None:
        return outcome.replies[0]
    crashed = outcome.failure.code is FailureCode.CRASHED
    code = _end_child(status, patience=CRASH_SECONDS if crashed else 0.0)
    if not crashed:
        return outcome.failure
    if code == NOT_FORKED:
        return Failure(code=FailureCode.MACHINE, detail="no child could be forked")
    return Failure(code=process.failure_code(code), detail=process.describe_exit(code))


def _end_child(status: socket.socket, *, patience: float) -> int:
    """Have the child killed if it still runs, and return its exit code.

    A child that crashed gets some patience: its own signal says more than ours.

    Raises:
        ZygoteLostError: nobody is there to tell.
    """
    try:
        told = _listen(status, patience)
        if not told:
            status.shutdown(socket.SHUT_WR)
            told = _listen(status, STATUS_SECONDS)
    except OSError as error:
        raise ZygoteLostError from error
    if len(told) < STATUS.size:
        raise ZygoteLostError
    (code,) = STATUS.unpack(told)
    return int(code)


def _listen(status: socket.socket, seconds: float) -> bytes:
    poll = select.poll()
    poll.register(status, select.POLLIN)
    return status.recv(STATUS.size) if poll.poll(seconds * 1000) else b""
