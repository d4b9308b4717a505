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
from collections.abc import Sequence
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


class Conversation:
    """One exchange of jobs and replies with one process."""

    def __init__(self, connection: socket.socket, jobs: Sequence[SealedJob]) -> None:
        self._connection = connection
        self._jobs = jobs
        random = secrets.token_bytes(wire.TOKEN_BYTES * (len(jobs) + 1))
        size = wire.TOKEN_BYTES
        self._tokens = [random[at : at + size] for at in range(0, len(random), size)]
        self._outgoing = Outgoing(connection)
        self._reader = ReplyReader()
        self._replies: list[Reply] = []
        self._produced: list[Produced] = []
        self._credit = Credit.of(jobs[0].produce_limit)
        self._deadline = 0.0
        self._poll = select.poll()
        self._synced = False

    def hold(self) -> Outcome:
        """Send all jobs and collect the replies; bounded by the jobs' deadlines."""
        for job, token in zip(self._jobs, self._tokens, strict=False):
            self._outgoing.add(job.request(token), job.descriptor)
        self._outgoing.add(wire.encode_sync(self._tokens[-1]))
        self._set_deadline()
        try:
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
        self._outgoing.send()
        wanted = select.POLLIN | (select.POLLOUT if self._outgoing else 0)
        self._poll.register(self._connection, wanted)
        left = self._deadline - time.monotonic()
        events = self._poll.poll(max(0.0, left * 1000))
        if not events:
            return Failure(code=FailureCode.TIMED_OUT)
        if events[0][1] & ~select.POLLOUT and not self._receive():
            return Failure(code=FailureCode.CRASHED)
        return None

    def _receive(self) -> bool:
        try:
            untrusted_bytes = self._connection.recv(RECEIVED)
        except BlockingIOError:
            return True
        except OSError:
            return False
        self._reader.feed(untrusted_bytes)
        while (frame := self._reader.take(self._credit)) is not None:
            self._accept(frame)
        return bool(untrusted_bytes)

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
