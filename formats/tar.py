"""A strict reader of tar archives: ustar, pax and GNU names; what is no plain file has no content.

POSIX.1-2017 pax, "ustar Interchange Format" and "pax Header Block"; GNU tar's long names. Members
are never written anywhere.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from formats.faults import LimitError, MalformedError, TruncatedError, UnsupportedError

BLOCK = 512
_ZEROS = bytes(BLOCK)
_MOST_HEADER = 1 << 20
_FILE_TYPES = b"0\x007"
_FOLDER = b"5"
_KINDS = {b"1": "hard-link", b"2": "symlink", b"3": "device", b"4": "device", b"6": "fifo"}
_SPARSE = b"S"
_OCTAL = re.compile(rb"[0-7]{1,11}")
_SET_ID = 0o6000
_PAX, _PAX_GLOBAL, _LONG_NAME, _LONG_LINK = b"x", b"g", b"L", b"K"


@dataclass(frozen=True, slots=True, kw_only=True)
class TarMember:
    """One member: its name, where its content lies, and what it is if it is no plain file.

    `changed` is when it was, in seconds since 1970, as its own header says; 0 if that says nothing.
    """

    untrusted_name: bytes
    offset: int
    size: int
    oddity: str = ""
    changed: int = 0


@dataclass(slots=True)
class _Coming:
    """What headers before a member say about it."""

    name: bytes | None = None
    size: int | None = None


def read_members(content: bytes, *, most_members: int) -> Iterator[TarMember]:
    """Yield the members in their order; folders are left out.

    Raises:
        TruncatedError: the archive stops before its end.
        MalformedError: a header is none, or something stands behind the end.
        UnsupportedError: a member is sparse, or of a kind that nobody knows.
        LimitError: there are more members than allowed.
    """
    at, seen, coming = 0, 0, _Coming()
    while True:
        header = content[at : at + BLOCK]
        if len(header) < BLOCK:
            raise TruncatedError("no end of archive", offset=at)
        if header == _ZEROS:
            _check_end(content, at)
            return
        kind, size = header[156:157], _size(header, at)
        seen += 1
        if seen > most_members:
            raise LimitError(f"more than {most_members} members")
        data = at + BLOCK
        if kind in (_PAX, _PAX_GLOBAL, _LONG_NAME, _LONG_LINK):
            _announce(coming, kind, _header_data(content, data, size))
        else:
            size = size if coming.size is None else coming.size
            if data + size > len(content):
                raise TruncatedError("a member ends beyond the archive", offset=data)
            name = coming.name if coming.name is not None else _name(header)
            runs_as_another = _octal(header[100:108], at) & _SET_ID != 0
            for member in _member(name, kind, data, size, set_id=runs_as_another):
                yield replace(member, changed=_moment(header[136:148]))
            coming = _Coming()
        at = data + (size + BLOCK - 1) // BLOCK * BLOCK


def _member(name: bytes, kind: bytes, data: int, size: int, *, set_id: bool) -> Iterator[TarMember]:
    if kind == _FOLDER or (kind in _FILE_TYPES and name.endswith(b"/") and not size):
        return
    if kind == _SPARSE:
        raise UnsupportedError("a sparse member", offset=data)
    if kind not in _FILE_TYPES and kind not in _KINDS:
        raise UnsupportedError("a member of an unknown kind", offset=data)
    oddity = _KINDS.get(kind, "set-id" if set_id else "")
    yield TarMember(untrusted_name=name, offset=data, size=0 if oddity else size, oddity=oddity)


def _size(header: bytes, at: int) -> int:
    """Check a header's sum, and return the size that it gives (POSIX ustar, GNU base 256)."""
    told = _octal(header[148:156], at)
    summed = sum(header[:148]) + 8 * 32 + sum(header[156:])
    if told != summed:
        raise MalformedError("a header with a wrong sum", offset=at)
    field = header[124:136]
    if field[0] & 0x80:
        return int.from_bytes(field[1:], "big")
    return _octal(field, at)


def _moment(field: bytes) -> int:
    text = field.strip(b" \0")
    return int(text, 8) if _OCTAL.fullmatch(text) else 0


def _octal(field: bytes, at: int) -> int:
    text = field.strip(b" \0")
    try:
        return int(text, 8) if text else 0
    except ValueError as error:
        raise MalformedError("a header with a number that is none", offset=at) from error


def _name(header: bytes) -> bytes:
    name = header[:100].split(b"\0", 1)[0]
    prefix = header[345:500].split(b"\0", 1)[0]
    is_ustar = header[257:263] == b"ustar\0"
    return prefix + b"/" + name if is_ustar and prefix else name


def _header_data(content: bytes, data: int, size: int) -> bytes:
    if size > _MOST_HEADER:
        raise LimitError("an extended header that is too long")
    if data + size > len(content):
        raise TruncatedError("an extended header ends beyond the archive", offset=data)
    return content[data : data + size]


def _announce(coming: _Coming, kind: bytes, told: bytes) -> None:
    if kind == _LONG_NAME:
        coming.name = told.split(b"\0", 1)[0]
    if kind == _PAX:
        for key, value in _pax_records(told):
            if key == b"path":
                coming.name = value
            elif key == b"size":
                coming.size = _decimal(value)
            elif key.startswith(b"GNU.sparse"):
                raise UnsupportedError("a sparse member")


def _pax_records(told: bytes) -> Iterator[tuple[bytes, bytes]]:
    r"""Yield the records "length key=value\n" of an extended header."""
    at = 0
    while at < len(told.rstrip(b"\0")):
        digits, _, _ = told[at : at + 20].partition(b" ")
        length = _decimal(digits)
        record = told[at + len(digits) + 1 : at + length]
        key, found, value = record.partition(b"=")
        if length <= len(digits) + 1 or not found or not value.endswith(b"\n"):
            raise MalformedError("an extended header that is none", offset=at)
        yield key, value[:-1]
        at += length


def _decimal(digits: bytes) -> int:
    if not digits.isdigit() or len(digits) > 19:
        raise MalformedError("an extended header with a number that is none")
    return int(digits)


def _check_end(content: bytes, at: int) -> None:
    """Two blocks of zeros end an archive; behind them only more zeros may fill a record."""
    if content[at + BLOCK : at + 2 * BLOCK].strip(b"\0") or content[at:].strip(b"\0"):
        raise MalformedError("something stands behind the end of the archive", offset=at)
