"""Access databases (Jet 3 and 4, ACE): pages of one size, each with its kind in front.

The format is not published; pages, kinds and the header are as programs that read them found out.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, unique

from formats.faults import MalformedError, ProtectedError, TruncatedError, UnsupportedError

_VERSION_AT, _MASKED_AT, _KEY_AT = 0x14, 0x18, 0x3E
_OLD_PAGE, _PAGE = 2048, 4096
_MOST_VERSION, _LAST_KIND = 8, 0x10
_MONEY = b"MSISAM"
# The first pages are masked with a key that is the same in all databases.
_MASK_KEY = bytes.fromhex("c7da396b")
_LONG_VALUES = b"LVAL"
_OFFSET_BITS, _MOST_UNUSED = 0x1FFF, 1 << 16
# Drawings of forms are packed, and stand in long rows of their own.
_LEAST_ROWS, _LONGEST_ROW = 8, 512


@unique
class PageKind(Enum):
    """What a page holds, as far as its checks go."""

    ROWS = "rows"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """One page: what it holds, and where it lies."""

    kind: PageKind
    start: int
    end: int


def pages_of_jet(content: bytes) -> Iterator[Page]:
    """Yield all pages behind the header.

    Raises:
        TruncatedError: the last page is cut, or there is none.
        MalformedError: no page starts where one has to, or its rows do not fit it.
        ProtectedError: it is encrypted by its owner.
        UnsupportedError: a version that is not known.
    """
    size = page_size(content)
    last = len(content.rstrip(b"\x00"))
    for at in range(size, len(content), size):
        kind, mark = (*content[at : at + 2], 0)[:2]
        if not kind and not mark and at >= last:
            _check_unused(content, at)
            return
        if not 0 < kind <= _LAST_KIND or mark != 1:
            raise MalformedError("no page starts here", offset=at)
        if at + size > len(content):
            raise TruncatedError("a page is cut", offset=at)
        yield _page(content, at, size)


def _check_unused(content: bytes, at: int) -> None:
    """Ask that pages that were laid out ahead are few beside those in use."""
    unused = len(content) - at
    if unused > _MOST_UNUSED and unused * 4 > len(content):
        raise MalformedError("pages were never written", offset=at)


def page_size(content: bytes) -> int:
    """Return how long a page is, by the version.

    Raises:
        FormatError: as `pages_of_jet`.
    """
    if len(content) < _OLD_PAGE:
        raise TruncatedError("the header is cut", offset=len(content))
    version = content[_VERSION_AT]
    if content.startswith(_MONEY, 4) or version > _MOST_VERSION or any(content[0x15:0x18]):
        raise UnsupportedError("a database of another version", offset=_VERSION_AT)
    if any(_unmasked(content[_MASKED_AT : _KEY_AT + 4])[_KEY_AT - _MASKED_AT :]):
        raise ProtectedError("the database is encrypted")
    size = _PAGE if version else _OLD_PAGE
    if len(content) < 2 * size:
        raise TruncatedError("pages are missing", offset=len(content))
    return size


def _page(content: bytes, at: int, size: int) -> Page:
    if content[at] != 1:
        return Page(kind=PageKind.OTHER, start=at, end=at + size)
    wide = size == _PAGE
    rows_at = at + (12 if wide else 8)
    (count,) = struct.unpack_from("<H", content, rows_at)
    first = rows_at + 2 + 2 * count
    if first > at + size:
        raise MalformedError("more rows than a page has", offset=rows_at)
    offsets = [o & _OFFSET_BITS for o in struct.unpack_from(f"<{count}H", content, rows_at + 2)]
    ends = (size, *offsets)
    if any(now > before for before, now in zip(ends, offsets, strict=False)):
        raise MalformedError("rows that overlap", offset=rows_at + 2)
    if offsets and at + offsets[-1] < first:
        raise MalformedError("rows amid their own table", offset=rows_at + 2)
    longest = max((before - now for before, now in zip(ends, offsets, strict=False)), default=0)
    is_plain = count >= _LEAST_ROWS and longest < _LONGEST_ROW
    is_plain = is_plain and not content.startswith(_LONG_VALUES, at + 4)
    kind = PageKind.ROWS if is_plain else PageKind.OTHER
    return Page(kind=kind, start=first, end=at + size)


def _unmasked(masked: bytes) -> bytes:
    """Return the header without its mask (RC4)."""
    state = list(range(256))
    j = 0
    for i in range(256):
        j = (j + state[i] + _MASK_KEY[i % len(_MASK_KEY)]) & 255
        state[i], state[j] = state[j], state[i]
    i = j = 0
    plain = bytearray()
    for byte in masked:
        i = (i + 1) & 255
        j = (j + state[i]) & 255
        state[i], state[j] = state[j], state[i]
        plain.append(byte ^ state[(state[i] + state[j]) & 255])
    return bytes(plain)
