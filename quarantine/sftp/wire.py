"""Packets of SFTP version 3, which every server speaks: draft-ietf-secsh-filexfer-02.

Pure: bytes in, values or a named fault out. Every length that a server names is held against what
is there, and against a bound.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum, unique

from quarantine.sftp.faults import LinkBrokenError

VERSION = 3
# OpenSSH sends no packet that is longer; §3 asks for 34,000 bytes at least.
MOST_PACKET = 256 * 1024
# What every server gives at once (§3).
MOST_READ = 32 * 1024
READ_ONLY = 1  # §6.3, SSH_FXF_READ
_SIZE, _OWNER, _MODE, _TIMES, _MORE = 1, 2, 4, 8, 1 << 31


@unique
class Kind(IntEnum):
    """The packets that are sent or understood (§3)."""

    INIT = 1
    VERSION = 2
    OPEN = 3
    CLOSE = 4
    READ = 5
    LSTAT = 7
    FSTAT = 8
    OPENDIR = 11
    READDIR = 12
    REALPATH = 16
    STATUS = 101
    HANDLE = 102
    DATA = 103
    NAME = 104
    ATTRS = 105
    EXTENDED = 200
    EXTENDED_REPLY = 201


@dataclass(frozen=True, slots=True, kw_only=True)
class Attributes:
    """What a server says of a file (§5); None where it says nothing. Times are whole seconds."""

    size: int | None = None
    mode: int | None = None
    mtime: int | None = None


def text(content: bytes) -> bytes:
    """Return bytes as a string of the protocol."""
    return struct.pack(">I", len(content)) + content


def packet(kind: Kind, body: bytes) -> bytes:
    """Return a packet as it is sent."""
    return struct.pack(">IB", len(body) + 1, kind) + body


class Cursor:
    """Reads the fields of one packet; what is not there breaks the line."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._at = 0

    def number(self) -> int:
        """Return four bytes as a number."""
        return int.from_bytes(self._take(4), "big")

    def long(self) -> int:
        """Return eight bytes as a number."""
        return int.from_bytes(self._take(8), "big")

    def text(self) -> bytes:
        """Return a string."""
        return self._take(self.number())

    def attributes(self) -> Attributes:
        """Return what is said of a file (§5)."""
        flags = self.number()
        size = self.long() if flags & _SIZE else None
        if flags & _OWNER:
            self._take(8)
        mode = self.number() if flags & _MODE else None
        mtime = None
        if flags & _TIMES:
            self._take(4)
            mtime = self.number()
        if flags & _MORE:
            for _ in range(self.number()):
                self.text(), self.text()
        return Attributes(size=size, mode=mode, mtime=mtime)

    def names(self) -> Iterator[tuple[bytes, Attributes]]:
        """Yield names with what is said of each (§7); the line for people between is passed."""
        for _ in range(self.number()):
            name = self.text()
            self.text()
            yield name, self.attributes()

    def extensions(self) -> Iterator[bytes]:
        """Yield the names of what the server can do besides (§4)."""
        while self._at < len(self._content):
            yield self.text()
            self.text()

    def _take(self, count: int) -> bytes:
        end = self._at + count
        if end > len(self._content):
            raise LinkBrokenError("a packet is shorter than it says")
        found = self._content[self._at : end]
        self._at = end
        return found
