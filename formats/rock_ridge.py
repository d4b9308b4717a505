"""The fields that Rock Ridge adds to directory records (IEEE P1281 SUSP, P1282 RRIP)."""

import stat
from collections.abc import Iterator
from dataclasses import dataclass, field

from formats.faults import MalformedError, TruncatedError

SECTOR = 2048
_MOST_CONTINUED = 32
_SET_ID = stat.S_ISUID | stat.S_ISGID
_KINDS = {
    stat.S_IFLNK: "symlink",
    stat.S_IFCHR: "device",
    stat.S_IFBLK: "device",
    stat.S_IFIFO: "fifo",
    stat.S_IFSOCK: "socket",
}
# A field whose presence makes a file something else: a link, a device, sparse, packed.
_ODDITIES = {
    b"SL": "symlink",
    b"PN": "device",
    b"SF": "unsupported: a sparse file",
    b"ZF": "unsupported: a packed file",
}


@dataclass(slots=True)
class SystemUse:
    """What the fields of one record say; `continued` are the places where they go on.

    A folder that lies too deep for ECMA-119 is kept elsewhere (RRIP 4.1.5): `moved_to` is the
    sector at which it begins, -1 for all others, and where it is kept `is_moved` tells so.
    """

    name: bytes = b""
    oddity: str = ""
    moved_to: int = -1
    is_moved: bool = False
    continued: list[tuple[int, int]] = field(default_factory=list)


def first_skip(use: bytes) -> int:
    """Return how many bytes stand before the fields, as the root's record says; -1 without any."""
    for at in (0, 14):  # CD-ROM XA puts its own field first
        if use[at : at + 2] == b"SP" and use[at + 4 : at + 6] == b"\xbe\xef":
            return use[at + 6] if len(use) > at + 6 else 0
    return -1


def read(content: bytes, use: bytes) -> SystemUse:
    """Return what the fields say, also those that lie elsewhere in the image.

    Raises:
        FormatError: they cannot be read.
    """
    found = SystemUse()
    for mark, told in _fields(content, use, found):
        if mark == b"NM":
            found.name += told[1:]
        elif mark in _ODDITIES:
            found.oddity = found.oddity or _ODDITIES[mark]
        elif mark == b"CL":
            found.moved_to = int.from_bytes(told[:4], "little")
        elif mark == b"RE":
            found.is_moved = True
        elif mark == b"PX":
            found.oddity = found.oddity or _of_mode(int.from_bytes(told[:4], "little"))
    return found


def _of_mode(mode: int) -> str:
    kind = _KINDS.get(stat.S_IFMT(mode), "")
    return kind or ("set-id" if mode & _SET_ID and stat.S_ISREG(mode) else "")


def _fields(content: bytes, use: bytes, found: SystemUse) -> Iterator[tuple[bytes, bytes]]:
    for _ in range(_MOST_CONTINUED):
        following = b""
        for mark, told in _entries(use):
            if mark == b"CE":
                following = _continued(content, told, found)
            else:
                yield mark, told
        if not following:
            return
        use = following
    raise MalformedError("fields of a record that go on and on")


def _entries(use: bytes) -> Iterator[tuple[bytes, bytes]]:
    at = 0
    while at + 4 <= len(use):
        mark, length = use[at : at + 2], use[at + 2]
        if mark == b"ST" or not mark.strip(b"\0"):
            return
        if length < 4 or at + length > len(use):
            raise MalformedError("a field of a record that cannot be")
        yield mark, use[at + 4 : at + length]
        at += length


def _continued(content: bytes, told: bytes, found: SystemUse) -> bytes:
    sector, offset, size = (int.from_bytes(told[n : n + 4], "little") for n in (0, 8, 16))
    at = sector * SECTOR + offset
    if at + size > len(content):
        raise TruncatedError("fields of a record lie beyond the image", offset=at)
    found.continued.append((at, size))
    return content[at : at + size]
