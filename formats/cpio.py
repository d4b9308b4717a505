"""A strict reader of cpio archives: the portable ASCII format and the two of SVR4.

POSIX.1-1997 cpio ("odc", 070707), and the "newc" formats of SVR4 without and with a sum (070701,
070702). The binary format is not read. Members are never written anywhere.
"""

import stat
from collections.abc import Iterator
from dataclasses import dataclass

from formats.faults import LimitError, MalformedError, TruncatedError

TRAILER = b"TRAILER!!!"
MOST_NAME = 1 << 16
_NEW, _SUMMED, _OLD = b"070701", b"070702", b"070707"
_KINDS = {
    stat.S_IFLNK: "symlink",
    stat.S_IFCHR: "device",
    stat.S_IFBLK: "device",
    stat.S_IFIFO: "fifo",
    stat.S_IFSOCK: "socket",
}
_SET_ID = stat.S_ISUID | stat.S_ISGID


@dataclass(frozen=True, slots=True, kw_only=True)
class CpioMember:
    """One member: its name, where its content lies, and what it is if it is no plain file.

    `summed` is what its bytes have to add up to, if the format says so.
    """

    untrusted_name: bytes
    offset: int
    size: int
    oddity: str = ""
    summed: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Header:
    """The fields of a header that matter, and where the name and the data begin."""

    mode: int
    links: int
    size: int
    name: bytes
    data: int
    summed: int | None
    align: int

    @property
    def end(self) -> int:
        """Where the next header begins."""
        return _aligned(self.data + self.size, self.align)


def read_members(content: bytes, *, most_members: int) -> Iterator[CpioMember]:
    """Yield the members in their order; folders are left out.

    Raises:
        TruncatedError: the archive stops before its trailer.
        MalformedError: a header is none, or something stands behind the trailer.
        LimitError: there are more members than allowed.
    """
    at = seen = 0
    while True:
        header = _read_header(content, at)
        if header.name == TRAILER:
            _check_end(content, header.end)
            return
        seen += 1
        if seen > most_members:
            raise LimitError(f"more than {most_members} members")
        if header.data + header.size > len(content):
            raise TruncatedError("a member ends beyond the archive", offset=header.data)
        if not stat.S_ISDIR(header.mode):
            yield _member(header)
        at = header.end


def _member(header: _Header) -> CpioMember:
    kind = stat.S_IFMT(header.mode)
    oddity = _KINDS.get(kind, "" if kind == stat.S_IFREG else "unsupported: an unknown kind")
    if not oddity and header.mode & _SET_ID:
        oddity = "set-id"
    if not oddity and header.links > 1 and not header.size:
        oddity = "hard-link"  # SVR4 keeps the content of linked files with the last of them
    return CpioMember(
        untrusted_name=header.name,
        offset=header.data,
        size=header.size,
        oddity=oddity,
        summed=header.summed,
    )


def _read_header(content: bytes, at: int) -> _Header:
    magic = content[at : at + 6]
    if len(magic) < 6:
        raise TruncatedError("no trailer", offset=at)
    if magic == _OLD:
        return _read_old(content, at)
    if magic in (_NEW, _SUMMED):
        return _read_new(content, at)
    raise MalformedError("a header is missing", offset=at)


def _read_old(content: bytes, at: int) -> _Header:
    """Fields: dev 6, ino 6, mode 6, uid 6, gid 6, nlink 6, rdev 6, mtime 11, name 6, size 11."""
    mode, links = _number(content, at + 18, 6, 8), _number(content, at + 36, 6, 8)
    name_size, size = _number(content, at + 59, 6, 8), _number(content, at + 65, 11, 8)
    name = _name(content, at + 76, name_size)
    data = at + 76 + name_size
    return _Header(mode=mode, links=links, size=size, name=name, data=data, summed=None, align=1)


def _read_new(content: bytes, at: int) -> _Header:
    """Thirteen fields of eight hexadecimal digits behind the magic; all is aligned to four."""
    fields = [_number(content, at + 6 + 8 * n, 8, 16) for n in range(13)]
    mode, links, size, name_size, summed = (*(fields[n] for n in (1, 4, 6, 11)), fields[12])
    return _Header(
        mode=mode,
        links=links,
        size=size,
        name=_name(content, at + 110, name_size),
        data=_aligned(at + 110 + name_size, 4),
        summed=summed if content[at : at + 6] == _SUMMED else None,
        align=4,
    )


def _number(content: bytes, at: int, digits: int, base: int) -> int:
    field = content[at : at + digits]
    if len(field) < digits:
        raise TruncatedError("a header is cut", offset=at)
    if not field.isalnum():  # int() would take signs, spaces and underscores
        raise MalformedError("a header with a number that is none", offset=at)
    try:
        return int(field, base)
    except ValueError as error:
        raise MalformedError("a header with a number that is none", offset=at) from error


def _name(content: bytes, at: int, size: int) -> bytes:
    """Return a name, which ends in its only NUL."""
    if size > MOST_NAME:
        raise LimitError("a name that is too long")
    name = content[at : at + size]
    if len(name) < size:
        raise TruncatedError("a name is cut", offset=at)
    if not name or name.find(b"\0") != size - 1:
        raise MalformedError("a name that does not end where it is said to", offset=at)
    return name[:-1]


def _aligned(at: int, to: int) -> int:
    return (at + to - 1) // to * to


def _check_end(content: bytes, at: int) -> None:
    """Behind the trailer only zeros may fill a block: another archive there is another answer."""
    if content[at:].strip(b"\0"):
        raise MalformedError("something stands behind the end of the archive", offset=at)
