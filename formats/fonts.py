"""Fonts: the directory of tables of OpenType and TrueType, each table with its checksum, and WOFF.

ISO/IEC 14496-22 clause 4.5 for single fonts, 4.6 for collections; WOFF File Format 1.0 for the web.
"""

import struct
import sys
from array import array
from dataclasses import dataclass

from formats.faults import MalformedError, TruncatedError, UnsupportedError

COLLECTION, WOFF, WOFF2 = b"ttcf", b"wOFF", b"wOF2"
_FLAVORS = frozenset({b"\x00\x01\x00\x00", b"OTTO", b"true", b"typ1"})
_HEADER, _RECORD = 12, 16
_WOFF_HEADER, _WOFF_RECORD = 44, 20
_WOFF2_HEADER, _ANY_TAG, _KNOWN_TAGS = 48, 63, 63
# Tables that are told apart from their plain form by version 0, others by any version (5.1).
_TRANSFORMED, _LONGEST_NUMBER = (10, 11), 5
_MOST_TABLES, _MOST_FONTS = 256, 1024
_HEAD, _ADJUSTMENT = b"head", 8
# Drawings in it are pages of markup, with whatever these may hold.
_DRAWINGS = b"SVG "
_LARGEST = 1 << 28


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table: its name, where its bytes lie, its size when it is unpacked, and its checksum."""

    tag: bytes
    start: int
    end: int
    size: int
    checksum: int

    @property
    def packed(self) -> bool:
        """Whether it is packed, as only WOFF does it."""
        return self.end - self.start < self.size


@dataclass(frozen=True, slots=True, kw_only=True)
class Font:
    """All tables in the order of the file, and where the last byte in use ends.

    `beside` says what is there beside tables; empty when nothing is.
    """

    tables: tuple[Table, ...]
    end: int
    beside: str = ""


def read_font(content: bytes) -> Font:
    """Read the directories of a font, of a collection of fonts, or of a font for the web.

    Raises:
        TruncatedError: a directory or a table lies beyond the last byte.
        MalformedError: what stands at its place is no directory.
    """
    is_woff = content.startswith(WOFF)
    tables, reached = _woff_tables(content) if is_woff else _plain_tables(content)
    tables.sort(key=lambda table: table.start)
    beside = "notes or private bytes" if is_woff and any(content[24:_WOFF_HEADER]) else ""
    for table in tables:
        if table.tag == _DRAWINGS:
            beside = "drawings of markup"
        if content[reached : table.start].strip(b"\x00"):
            beside = beside or "something lies between tables"
        reached = max(reached, table.end)
    if reached > len(content):
        raise TruncatedError("a table is cut", offset=len(content))
    return Font(tables=tuple(tables), end=min((reached + 3) & ~3, len(content)), beside=beside)


def table_sum(table: bytes, tag: bytes) -> int:
    """Return the sum of a table's words; the adjustment in the head counts as zero (4.5.2)."""
    if tag == _HEAD:
        table = table[:_ADJUSTMENT] + bytes(4) + table[_ADJUSTMENT + 4 :]
    words = array("I", table + bytes(-len(table) % 4))
    if sys.byteorder == "little":
        words.byteswap()
    return sum(words) & 0xFFFFFFFF


def _plain_tables(content: bytes) -> tuple[list[Table], int]:
    if not content.startswith(COLLECTION):
        return _directory(content, 0)
    _need(content, _HEADER)
    (count,) = struct.unpack_from(">I", content, 8)
    if not 0 < count <= _MOST_FONTS:
        raise MalformedError("a collection that cannot be", offset=8)
    _need(content, _HEADER + 4 * count)
    found: dict[int, Table] = {}
    ends = [_HEADER + 4 * count]
    for place in struct.unpack_from(f">{count}I", content, _HEADER):
        tables, end = _directory(content, place)
        found |= {table.start: table for table in tables}
        ends.append(end)
    # Signatures and directories may stand anywhere between the tables of a collection.
    return list(found.values()), max(ends)


def _directory(content: bytes, at: int) -> tuple[list[Table], int]:
    _need(content, at + _HEADER)
    flavor, count = struct.unpack_from(">4sH", content, at)
    if flavor not in _FLAVORS or not 0 < count <= _MOST_TABLES:
        raise MalformedError("no directory stands here", offset=at)
    end = at + _HEADER + _RECORD * count
    _need(content, end)
    tables = []
    for record in range(at + _HEADER, end, _RECORD):
        tag, checksum, start, size = struct.unpack_from(">4sIII", content, record)
        _check_tag(tag, record)
        table = Table(tag=tag, start=start, end=start + size, size=size, checksum=checksum)
        tables.append(table)
    return tables, end


def _woff_tables(content: bytes) -> tuple[list[Table], int]:
    _need(content, _WOFF_HEADER)
    count, _ = struct.unpack_from(">HH", content, 12)
    if not 0 < count <= _MOST_TABLES:
        raise MalformedError("no directory stands here", offset=12)
    end = _WOFF_HEADER + _WOFF_RECORD * count
    _need(content, end)
    tables = []
    for record in range(_WOFF_HEADER, end, _WOFF_RECORD):
        tag, start, packed, size, checksum = struct.unpack_from(">4s4I", content, record)
        _check_tag(tag, record)
        if packed > size or size > _LARGEST:
            raise MalformedError("a table that cannot be", offset=record)
        table = Table(tag=tag, start=start, end=start + packed, size=size, checksum=checksum)
        tables.append(table)
    return tables, end


def _check_tag(tag: bytes, at: int) -> None:
    if not (tag.isascii() and tag.decode("ascii").isprintable()):
        raise MalformedError("no table has such a name", offset=at)


def _need(content: bytes, end: int) -> None:
    if end > len(content):
        raise TruncatedError("a directory is cut", offset=len(content))


def span_of_woff2(content: bytes) -> tuple[int, int]:
    """Return where the packed tables of a font lie that Brotli packs (WOFF File Format 2.0).

    Raises:
        TruncatedError: the directory or the tables lie beyond the last byte.
        MalformedError: what stands at their place is no directory.
        UnsupportedError: it is a collection, or holds something beside tables.
    """
    _need(content, _WOFF2_HEADER)
    flavor, length, count, reserved = struct.unpack_from(">4sIHH", content, 4)
    size, packed = struct.unpack_from(">II", content, 16)
    if reserved or not 0 < count <= _MOST_TABLES or packed > length or size > _LARGEST:
        raise MalformedError("no directory stands here", offset=12)
    if length > len(content):
        raise TruncatedError("tables are missing", offset=len(content))
    at = _WOFF2_HEADER
    for _ in range(count):
        at = _after_record(content, at)
    if flavor == COLLECTION or any(content[28:_WOFF2_HEADER]):
        raise UnsupportedError("a collection, notes or private bytes", offset=4)
    if at + packed > length or length - at - packed > 3:
        raise MalformedError("tables that do not fill the file", offset=20)
    return at, at + packed


def _after_record(content: bytes, at: int) -> int:
    _need(content, at + 1)
    flags = content[at]
    at += 1
    if flags & _KNOWN_TAGS == _ANY_TAG:
        _need(content, at + 4)
        _check_tag(content[at : at + 4], at)
        at += 4
    is_plain = flags >> 6 == (3 if flags & _KNOWN_TAGS in _TRANSFORMED else 0)
    for _ in range(1 if is_plain else 2):
        at = _after_number(content, at)
    return at


def _after_number(content: bytes, at: int) -> int:
    """Return where a number ends whose bytes but the last have their upper bit (4.1)."""
    for length in range(1, _LONGEST_NUMBER + 1):
        _need(content, at + length)
        if content[at + length - 1] < 0x80:
            return at + length
    raise MalformedError("a number that does not end", offset=at)
