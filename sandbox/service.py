"""Inside the locked process: takes requests, runs programs, and answers; the boundary of trust.

Whatever a program raises ends here, as a code and the name of a type: a message could hold content.
"""

import array
import json
import os
import socket
from collections import deque
from collections.abc import Mapping

from custody.box import FailureCode, Json, RunProgram, Sample
from sandbox import wire
from sandbox.boundary import attempt
from sandbox.sample import InlineSample, open_descriptor
from sandbox.wire import Credit, ReplyKind, Request, RequestKind

RECEIVED = 128 * 1024
ANCILLARY = socket.CMSG_SPACE(4 * array.array("i").itemsize)


class TooMuchOutputError(Exception):
    """A program emitted more than its job allows."""


class Inbox:
    """Reads requests from the wire; descriptors arrive beside the bytes, in order."""

    def __init__(self, connection: socket.socket) -> None:
        self._connection = connection
        self._buffer = bytearray()
        self._descriptors: deque[int] = deque()

    def head(self) -> Request | None:
        """Return the next request; None when the caller is gone."""
        packed = self.read(wire.REQUEST.size)
        if packed is None:
            return None
        number, token, size, offset, length, limit = wire.REQUEST.unpack(packed)
        parameters = self.read(size)
        if parameters is None:
            return None
        return Request(
            kind=RequestKind(number),
            token=token,
            parameters=parameters,
            offset=offset,
            length=length,
            produce_limit=limit,
        )

    def descriptor(self) -> int:
        """Return the descriptor that came with the current request."""
        return self._descriptors.popleft()

    def read(self, size: int) -> bytes | None:
        """Return exactly so many bytes; None when the caller is gone."""
        while len(self._buffer) < size:
            if not self._receive():
                return None
        taken = bytes(memoryview(self._buffer)[:size])
        del self._buffer[:size]
        return taken

    def _receive(self) -> bool:
        received, ancillary, _, _ = self._connection.recvmsg(RECEIVED, ANCILLARY)
        for _, _, packed in ancillary:
            descriptors = array.array("i")
            descriptors.frombytes(packed[: len(packed) - len(packed) % descriptors.itemsize])
            self._descriptors.extend(descriptors)
        self._buffer += received
        return bool(received)


class Outlet:
    """Sends what one job emits, and keeps its credit even when the program ignores the refusal."""

    def __init__(self, descriptor: int, token: bytes, produce_limit: int) -> None:
        self._descriptor = descriptor
        self._token = token
        self._credit = Credit.of(produce_limit)
        self.overdrawn = False

    def emit(self, label: str, content: bytes) -> None:
        """Send one stream.

        Raises:
            TooMuchOutputError: the job's credit does not cover it.
        """
        name = label.encode("utf-8", "replace")
        if self.overdrawn or not self._credit.allows(len(content), len(name)):
            self.overdrawn = True
            raise TooMuchOutputError
        if len(name) > wire.LONGEST_LABEL:
            raise ValueError("a label is too long")
        self._credit.charge(len(content), len(name))
        for part in wire.encode_produced(self._token, name, content):
            write_all(self._descriptor, part)


def write_all(descriptor: int, content: bytes) -> None:
    """Write all of it; a caller that is gone ends this process."""
    view = memoryview(content)
    while view:
        try:
            view = view[os.write(descriptor, view) :]
        except OSError:
            os._exit(0)


class Service:
    """Answers requests with prepared programs until the caller is gone."""

    def __init__(self, connection: socket.socket, programs: Mapping[str, RunProgram]) -> None:
        self._inbox = Inbox(connection)
        self._descriptor = connection.fileno()
        self._programs = programs

    def serve(self) -> None:
        """Answer every request in order."""
        while (request := self._inbox.head()) is not None:
            if request.kind is RequestKind.SYNC:
                self._send(ReplyKind.SYNCED, request.token)
                continue
            kind, payload = self._answer(request)
            self._send(kind, request.token, payload)

    def _send(self, kind: ReplyKind, token: bytes, payload: bytes = b"") -> None:
        write_all(self._descriptor, wire.encode_reply(kind, token, payload))

    def _answer(self, request: Request) -> tuple[ReplyKind, bytes]:
        outlet = Outlet(self._descriptor, request.token, request.produce_limit)
        payload = attempt(lambda: wire.encode_json(self._run(request, outlet)))
        if isinstance(payload, BaseException):
            return _failure_of(payload)
        if outlet.overdrawn or len(payload) > wire.MOST_ANSWER:
            return _failed(FailureCode.TOO_MUCH_OUTPUT)
        return ReplyKind.ANSWER, payload

    def _run(self, request: Request, outlet: Outlet) -> Json:
        sample = self._open(request)
        asked = json.loads(request.parameters)
        return self._programs[asked["program"]](sample, asked["params"], outlet.emit)

    def _open(self, request: Request) -> Sample:
        if request.kind is RequestKind.DESCRIPTOR:
            return open_descriptor(self._inbox.descriptor(), request.offset, request.length)
        content = self._inbox.read(request.length)
        if content is None:
            os._exit(0)
        return InlineSample(content)


def _failure_of(error: BaseException) -> tuple[ReplyKind, bytes]:
    match error:
        case MemoryError():
            return _failed(FailureCode.OUT_OF_MEMORY)
        case TooMuchOutputError():
            return _failed(FailureCode.TOO_MUCH_OUTPUT)
        case _:
            return _failed(FailureCode.RAISED, type(error).__name__)


def _failed(code: FailureCode, detail: str = "") -> tuple[ReplyKind, bytes]:
    return ReplyKind.FAILED, wire.encode_failed(code, detail)
