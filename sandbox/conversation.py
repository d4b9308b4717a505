"""The caller's half of an exchange: sends jobs to one process, believes only proper replies.

Jobs are sent ahead, so that the process never waits for the wire; replies come in the order of the
jobs, so the first job without a reply is the one that was running. A final *sync* shows a second
reply before the process gets other work.
"""

import array
import secrets
import select
import socket
import time
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from custody.box import Answer, Failure, FailureCode, Produced, Reply
from sandbox import wire
from sandbox.sealed_job import SealedJob
from sandbox.wire import Credit, Frame, ReplyKind, ReplyReader, WireError

RECEIVED = 256 * 1024
MOST_BUFFERS = 64
SYNC_SECONDS = 10.0
FORGED = Failure(code=FailureCode.FORGED)


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """The first jobs' replies, the next one's failure, and whether the process still serves."""

    replies: tuple[Reply, ...]
    failure: Failure | None = None
    usable: bool = False


class Outgoing:
    """What is still to be sent; a descriptor travels with the first byte of its own request."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._parts: deque[tuple[memoryview, int | None]] = deque()

    def __bool__(self) -> bool:
        return bool(self._parts)

    def add(self, content: bytes, descriptor: int | None = None) -> None:
        """Queue bytes."""
        self._parts.append((memoryview(content), descriptor))

    def send(self) -> None:
        """Send what the wire takes now; a process that hung up is noticed by reading."""
        try:
            while self._parts:
                self._advance(self._send_some())
        except BlockingIOError:
            return
        except OSError:
            self._parts.clear()

    def _send_some(self) -> int:
        first, descriptor = self._parts[0]
        if descriptor is not None:
            packed = array.array("i", [descriptor])
            sent = self._connection.sendmsg(
                [first], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, packed)]
            )
            self._parts[0] = (first, None)
            return sent
        buffers: list[memoryview] = []
        for part, beside in self._parts:
            if beside is not None or len(buffers) == MOST_BUFFERS:
                break
            buffers.append(part)
        return self._connection.sendmsg(buffers)

    def _advance(self, sent: int) -> None:
        while sent:
            part, descriptor = self._parts[0]
            if sent < len(part):
                self._parts[0] = (part[sent:], descriptor)
                return
            sent -= len(part)
            self._parts.popleft()


class Line:
    """A wire with what is still to be sent on it and what was received; it outlives exchanges."""

    def __init__(self, connection: socket.socket) -> None:
        self.connection = connection
        self.outgoing = Outgoing(connection)
        self.reader = ReplyReader()
        self.poll = select.poll()

    def silent(self) -> bool:
        """Whether nothing waits to be read: who speaks unasked is not trusted again."""
        self.poll.register(self.connection, select.POLLIN)
        return not self.poll.poll(0)


class Conversation:
    """One exchange of jobs and replies with one process; its requests are queued when it is made.

    `ahead` is called when half of the jobs are answered, and says whether it queued the next
    exchange on the same line: a process that always finds a request never waits for its caller.
    """

    def __init__(
        self,
        line: Line,
        jobs: Sequence[SealedJob],
        ahead: Callable[[], bool] = lambda: False,
    ) -> None:
        self._line = line
        self._jobs = jobs
        self._ahead = ahead
        self._followed = False
        random = secrets.token_bytes(wire.TOKEN_BYTES * (len(jobs) + 1))
        size = wire.TOKEN_BYTES
        self._tokens = [random[at : at + size] for at in range(0, len(random), size)]
        self._replies: list[Reply] = []
        self._produced: list[Produced] = []
        self._credit = Credit.of(jobs[0].produce_limit)
        self._deadline = 0.0
        self._synced = False
        for job, token in zip(jobs, self._tokens, strict=False):
            line.outgoing.add(job.request(token), job.descriptor)
        line.outgoing.add(wire.encode_sync(self._tokens[-1]))

    def hold(self) -> Outcome:
        """Send what is queued and collect the replies; bounded by the jobs' deadlines."""
        self._set_deadline()
        try:
            self._read()
            while not self._synced:
                if (failure := self._step()) is not None:
                    return self._broken(len(self._replies), failure)
        except WireError:
            return self._broken(min(len(self._replies), len(self._jobs) - 1), FORGED)
        except LateReplyError as late:
            return self._broken(late.place, FORGED)
        return Outcome(replies=tuple(self._replies), usable=True)

    def _broken(self, place: int, failure: Failure) -> Outcome:
        if place == len(self._jobs):  # all answered; the process is lost for the next ones only
            return Outcome(replies=tuple(self._replies))
        return Outcome(replies=tuple(self._replies[:place]), failure=failure)

    def _set_deadline(self) -> None:
        place = len(self._replies)
        seconds = self._jobs[place].seconds if place < len(self._jobs) else SYNC_SECONDS
        self._deadline = time.monotonic() + seconds

    def _step(self) -> Failure | None:
        """Wait once, within the running job's deadline, then send and read."""
        self._look_ahead()
        outgoing = self._line.outgoing
        outgoing.send()
        wanted = select.POLLIN | (select.POLLOUT if outgoing else 0)
        self._line.poll.register(self._line.connection, wanted)
        left = self._deadline - time.monotonic()
        events = self._line.poll.poll(max(0.0, left * 1000))
        if not events:
            return Failure(code=FailureCode.TIMED_OUT)
        if events[0][1] & ~select.POLLOUT and not self._receive():
            return Failure(code=FailureCode.CRASHED)
        return None

    def _receive(self) -> bool:
        try:
            untrusted_bytes = self._line.connection.recv(RECEIVED)
        except BlockingIOError:
            return True
        except OSError:
            return False
        self._line.reader.feed(untrusted_bytes)
        self._read()
        return bool(untrusted_bytes)

    def _look_ahead(self) -> None:
        if not self._followed and 2 * len(self._replies) >= len(self._jobs):
            self._followed = self._ahead()

    def _read(self) -> None:
        """Accept whole frames; what follows the sync is the next exchange's, if there is one."""
        while not (self._synced and self._followed):
            frame = self._line.reader.take(self._credit)
            if frame is None:
                return
            self._accept(frame)

    def _accept(self, frame: Frame) -> None:
        place = len(self._replies)
        if self._synced or frame.token != self._tokens[place]:
            self._blame(frame.token, place)
        if (frame.kind is ReplyKind.SYNCED) != (place == len(self._jobs)):
            raise WireError("a reply of the wrong kind")
        match frame.kind:
            case ReplyKind.SYNCED:
                self._synced = True
            case ReplyKind.PRODUCED:
                self._keep(wire.decode_produced(frame.payload))
            case ReplyKind.ANSWER:
                value = wire.decode_json(frame.payload)
                self._settle(Answer(untrusted_value=value, produced=tuple(self._produced)))
            case ReplyKind.FAILED:
                code, detail = wire.decode_failed(frame.payload)
                self._settle(Failure(code=code, detail=detail))
            case _:
                raise WireError("a reply of the wrong kind")

    def _blame(self, token: bytes, place: int) -> None:
        """A second reply is the fault of the job that it repeats, not of the one that runs now."""
        if token in self._tokens[:place]:
            raise LateReplyError(self._tokens.index(token))
        raise WireError("a reply to another job")

    def _keep(self, produced: Produced) -> None:
        sizes = len(produced.content), len(produced.untrusted_label.encode())
        if not self._credit.allows(*sizes):
            raise WireError("produced beyond its credit")
        self._credit.charge(*sizes)
        self._produced.append(produced)

    def _settle(self, reply: Reply) -> None:
        self._replies.append(reply)
        self._produced = []
        if len(self._replies) < len(self._jobs):
            self._credit = Credit.of(self._jobs[len(self._replies)].produce_limit)
        self._set_deadline()


class LateReplyError(Exception):
    """A job that was answered is answered again."""

    def __init__(self, place: int) -> None:
        super().__init__()
        self.place = place
