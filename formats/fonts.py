"""Fonts: the directory of tables of OpenType and TrueType, each table with its checksum, and WOFF.

ISO/IEC 14496-22 clause 4.5 for single fonts, 4.6 for collections; WOFF File Format 1.0 for the web.
"""

import struct
import sys
from array import array
from dataclasses import dataclass

from formats.faults import MalformedError, TruncatedError

COLLECTION, WOFF = b"ttcf", b"wOFF"
_FLAVORS = frozenset({b"\x00\x01\x00\x00", b"OTTO", b"true", b"typ1"})
_HEADER, _RECORD = 12, 16
_WOFF_HEADER, _WOFF_RECORD = 44, 20
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
