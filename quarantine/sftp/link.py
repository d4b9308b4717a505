"""One line to an SFTP server: many questions on their way at once, each answer to its own."""

import itertools
import os
import select
import struct
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import TimeoutError as WaitedTooLongError
from contextlib import suppress
from dataclasses import dataclass
from typing import BinaryIO

from quarantine.sftp.faults import LinkBrokenError
from quarantine.sftp.wire import MOST_PACKET, VERSION, Cursor, Kind, packet

# Seconds that a server may think about one question; a disk that is gone lets it wait for ever.
PATIENCE = 60.0
# Questions without an answer; sixteen files read ahead have a thousand. Nobody waits for those that
# give a handle back, so a server that never answers them would fill our memory.
MOST_OPEN = 1 << 14


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """A packet of the server without its length, kind and number."""

    kind: int
    body: bytes


class Link:
    """Asks and waits over a pair of pipes; safe for several threads.

    `stop` ends whatever is behind the pipes, so that nobody waits for them any more.
    """

    def __init__(
        self,
        reader: BinaryIO,
        writer: BinaryIO,
        stop: Callable[[], None],
        patience: float = PATIENCE,
    ) -> None:
        self._reader = reader
        self._writer = writer
        os.set_blocking(writer.fileno(), False)  # a server that takes nothing is not waited for
        self._stop = stop
        self._patience = patience
        self._numbers = itertools.count(1)
        self._waiting: dict[int, Future[Reply]] = {}
        self._lock = threading.Lock()
        self._sending = threading.Lock()
        self._broken: str | None = None
        self.extensions: frozenset[bytes] = frozenset()

    @property
    def broken(self) -> bool:
        """Whether nothing can be asked over it any more."""
        return self._broken is not None

    def begin(self) -> None:
        """Agree on the version (§4), then listen.

        Raises:
            LinkBrokenError: nobody answers, or not in this protocol.
        """
        first: Future[Reply] = Future()
        self._waiting[0] = first
        threading.Thread(target=self._listen, name="sftp", daemon=True).start()
        self._send(packet(Kind.INIT, struct.pack(">I", VERSION)))
        try:
            self._agree(self.wait(first))
        except LinkBrokenError:
            self.close()
            raise

    def ask(self, kind: Kind, body: bytes) -> "Future[Reply]":
        """Send a question; its answer comes by `wait`.

        Raises:
            LinkBrokenError: the line is gone, or too much was asked that was never answered.
        """
        found: Future[Reply] = Future()
        with self._lock:
            self._check()
            number = next(self._numbers) & 0xFFFFFFFF
            self._waiting[number] = found
            crowded = len(self._waiting) > MOST_OPEN
        if crowded:
            self._break("the server leaves too many questions open")
        self._send(packet(kind, struct.pack(">I", number) + body))
        return found

    def wait(self, asked: "Future[Reply]") -> Reply:
        """Return an answer.

        Raises:
            LinkBrokenError: the line is gone, or the server let us wait for too long.
        """
        try:
            return asked.result(self._patience)
        except WaitedTooLongError as error:
            self._break("no answer came")
            raise LinkBrokenError("no answer came") from error

    def close(self) -> None:
        """Give the line up."""
        self._break("it was closed")

    def _agree(self, reply: Reply) -> None:
        cursor = Cursor(reply.body)
        if reply.kind != Kind.VERSION or cursor.number() < VERSION:
            raise LinkBrokenError("the server speaks another version")
        self.extensions = frozenset(cursor.extensions())

    def _check(self) -> None:
        if self._broken is not None:
            raise LinkBrokenError(self._broken)

    def _send(self, content: bytes) -> None:
        try:
            with self._sending:
                self._check()
                self._put(memoryview(content))
        except (OSError, ValueError) as error:  # a closed file raises the latter
            self._break("nobody takes what is sent")
            raise LinkBrokenError("nobody takes what is sent") from error

    def _put(self, left: memoryview) -> None:
        """Write all of it; TimeoutError, an OSError, where nobody takes it."""
        end = time.monotonic() + self._patience
        taker = select.poll()
        taker.register(self._writer, select.POLLOUT)
        while left:
            if not taker.poll(max(0.0, end - time.monotonic()) * 1000):
                raise TimeoutError
            with suppress(BlockingIOError):
                left = left[os.write(self._writer.fileno(), left) :]

    def _listen(self) -> None:
        try:
            while True:
                self._hear(*self._packet())
        except LinkBrokenError as error:
            self._break(error.reason.rpartition(": ")[2])
        except (OSError, ValueError):
            self._break("it was closed")
        finally:
            self._reader.close()

    def _packet(self) -> tuple[int, bytes]:
        size = int.from_bytes(self._exactly(4), "big")
        if not 1 < size <= MOST_PACKET:
            raise LinkBrokenError("a packet is longer than any may be")
        content = self._exactly(size)
        return content[0], content[1:]

    def _exactly(self, count: int) -> bytes:
        found = self._reader.read(count)
        if len(found) < count:
            raise LinkBrokenError("the server hung up")
        return found

    def _hear(self, kind: int, body: bytes) -> None:
        # The answer to INIT has no number, and comes once.
        opening = kind == Kind.VERSION
        number = 0 if opening else Cursor(body).number()
        with self._lock:
            found = self._waiting.pop(number, None)
        if found is None:
            raise LinkBrokenError("the server answers what nobody asked")
        found.set_result(Reply(kind=kind, body=body if opening else body[4:]))

    def _break(self, why: str) -> None:
        with self._lock:
            first, self._broken = self._broken is None, self._broken or why
            left = list(self._waiting.values())
            self._waiting.clear()
        for each in left:
            each.set_exception(LinkBrokenError(why))
        if first:
            self._stop()
            # Who is sending ends first: its number could be another file's once this one is closed.
            with self._sending, suppress(OSError):
                self._writer.close()
