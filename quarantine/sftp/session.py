"""The questions that are asked of an SFTP server, each with the one kind of answer it may get."""

import errno
import struct
from collections.abc import Callable, Generator
from concurrent.futures import Future
from contextlib import suppress
from typing import Protocol, TypeVar

from quarantine.sftp.faults import END, OK, LinkBrokenError, refused
from quarantine.sftp.link import Link, Reply
from quarantine.sftp.wire import READ_ONLY, Attributes, Cursor, Kind, text

# An extension of OpenSSH (its PROTOCOL file); the ninth number is the id of the file system.
_STATVFS = b"statvfs@openssh.com"
_STATVFS_ID = 8
_MOST_HANDLE = 256
# Of one folder, honest or not, and their bytes: a server can go on for ever, with one name too.
MOST_NAMES, MOST_NAME_BYTES = 2_000_000, 256 * 1024 * 1024

_T = TypeVar("_T")


class Session:
    """Speaks over one link; safe for several threads.

    Each method raises OSError where the server refuses, and LinkBrokenError where the line is gone.
    """

    def __init__(self, link: Link, fingerprint: str) -> None:
        self._link = link
        self.fingerprint = fingerprint

    @property
    def broken(self) -> bool:
        """Whether another session is needed."""
        return self._link.broken

    def close(self) -> None:
        """Give the line up."""
        self._link.close()

    def real(self, path: bytes) -> bytes:
        """Return a path without links in it, as far as the server resolves them."""
        return self.real_told(self.ask_real(path))

    def ask_real(self, path: bytes) -> "Future[Reply]":
        """Ask for a path without links in it."""
        return self._link.ask(Kind.REALPATH, text(path))

    def real_told(self, asked: "Future[Reply]") -> bytes:
        """Return the path that was asked for."""
        for name, _ in self._answer(asked, Kind.NAME).names():
            return name
        raise LinkBrokenError("a path has no name")

    def look(self, path: bytes) -> Attributes:
        """Return what stands at a path; a link is not followed."""
        return self._answer(self._link.ask(Kind.LSTAT, text(path)), Kind.ATTRS).attributes()

    def look_at(self, handle: bytes) -> Attributes:
        """Return what an open file is now."""
        return self._answer(self._link.ask(Kind.FSTAT, text(handle)), Kind.ATTRS).attributes()

    def filesystem(self, path: bytes) -> int:
        """Return the id of the file system at a path; 0 where the server tells none."""
        if _STATVFS not in self._link.extensions:
            return 0
        asked = self._link.ask(Kind.EXTENDED, text(_STATVFS) + text(path))
        cursor = self._answer(asked, Kind.EXTENDED_REPLY)
        return [cursor.long() for _ in range(_STATVFS_ID + 1)][_STATVFS_ID]

    def open(self, path: bytes) -> bytes:
        """Open a file for reading and return its handle."""
        body = text(path) + struct.pack(">II", READ_ONLY, 0)
        return self._handle(self._link.ask(Kind.OPEN, body))

    def names(self, path: bytes) -> Generator[tuple[bytes, Attributes]]:
        """Yield the names in a folder, in no order, with what is said of each.

        Raises:
            OSError: EOVERFLOW, it has more than any folder may have; and what the server refuses.
        """
        told = size = 0
        handle = self._handle(self._link.ask(Kind.OPENDIR, text(path)))
        try:
            while page := self._page(handle):
                for name, facts in page:
                    told, size = told + 1, size + len(name)
                    if told > MOST_NAMES or size > MOST_NAME_BYTES:
                        raise OSError(errno.EOVERFLOW, "the folder has no end")
                    yield name, facts
        finally:
            self.give_back(handle)

    def _page(self, handle: bytes) -> list[tuple[bytes, Attributes]]:
        """Return the next names; none are the end, as to OpenSSH's own client."""
        reply = self._link.wait(self._link.ask(Kind.READDIR, text(handle)))
        return [] if _status(reply) == END else list(_expect(reply, Kind.NAME).names())

    def ask_content(self, handle: bytes, position: int, size: int) -> "Future[Reply]":
        """Ask for a part of an open file."""
        return self._link.ask(Kind.READ, text(handle) + struct.pack(">QI", position, size))

    def content(self, asked: "Future[Reply]", size: int) -> bytes:
        """Return the part that was asked for; it may be less, and is nothing at the end."""
        reply = self._link.wait(asked)
        if _status(reply) == END:
            return b""
        content = _expect(reply, Kind.DATA).text()
        if not 0 < len(content) <= size:
            raise LinkBrokenError("the server sends another size than was asked for")
        return content

    def give_back(self, handle: bytes) -> None:
        """Close a handle; nobody waits for that."""
        with suppress(LinkBrokenError):
            self._link.ask(Kind.CLOSE, text(handle))

    def _handle(self, asked: "Future[Reply]") -> bytes:
        handle = self._answer(asked, Kind.HANDLE).text()
        if len(handle) > _MOST_HANDLE:  # §6.3
            raise LinkBrokenError("a handle is too long")
        return handle

    def _answer(self, asked: "Future[Reply]", kind: Kind) -> Cursor:
        return _expect(self._link.wait(asked), kind)


class Within(Protocol):
    """Runs an act in a session."""

    def __call__(self, act: Callable[[Session], _T]) -> _T:
        """Return what the act returns; whether it is repeated when the line breaks is its own."""
        ...


def _status(reply: Reply) -> int | None:
    return Cursor(reply.body).number() if reply.kind == Kind.STATUS else None


def _expect(reply: Reply, kind: Kind) -> Cursor:
    """Return an answer of the kind that fits the question.

    A status of success is none to a question that asks for something.
    """
    code = _status(reply)
    if code not in {None, OK}:
        raise refused(code or 0)
    if reply.kind != kind:
        raise LinkBrokenError("an answer does not fit its question")
    return Cursor(reply.body)
