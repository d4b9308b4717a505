"""Fonts made of tables, with their checksums, plain or packed for the web."""

import struct
import zlib

from formats.fonts import table_sum
from tests.corpus.damaging import noise

GLYPHS = bytes(at // 90 % 120 + grain % 9 for at, grain in enumerate(noise(24_000, 6)))
TABLES = {
    b"OS/2": b"\x00\x03\x02\x58\x01\x90\x00\x05\x00\x00\x02\x8a" * 8,
    b"cmap": b"\x00\x00\x00\x01" + bytes(range(200)),
    b"glyf": GLYPHS,
    b"head": b"\x00\x01\x00\x00" * 2 + b"\x12\x34\x56\x78\x5f\x0f\x3c\xf5" + b"\x00\x0b" * 19,
    b"name": "Rotunda".encode("utf-16-be") * 40,
}


def _records(tables: dict[bytes, bytes], first: int) -> tuple[list[tuple[bytes, int, bytes]], int]:
    placed, at = [], first
    for tag, table in tables.items():
        placed.append((tag, at, table))
        at += (len(table) + 3) // 4 * 4
    return placed, at


def font(tables: dict[bytes, bytes] = TABLES, *, flavor: bytes = b"\x00\x01\x00\x00") -> bytes:
    """Return a font of these tables."""
    return _single(tables, flavor, 0)


def _single(tables: dict[bytes, bytes], flavor: bytes, before: int) -> bytes:
    placed, _ = _records(tables, before + 12 + 16 * len(tables))
    directory = flavor + struct.pack(">4H", len(tables), 64, 2, 16)
    for tag, at, table in placed:
        directory += struct.pack(">4sIII", tag, table_sum(table, tag), at, len(table))
    return directory + b"".join(table + bytes(-len(table) % 4) for _, _, table in placed)


def collection() -> bytes:
    """Return a collection of one font."""
    head = b"ttcf" + struct.pack(">III", 0x10000, 1, 16)
    return head + _single(TABLES, b"OTTO", len(head))


def woff(tables: dict[bytes, bytes] = TABLES, *, notes: int = 0) -> bytes:
    """Return a font for the web, its tables packed where that makes them shorter."""
    packed = {tag: min(zlib.compress(table), table, key=len) for tag, table in tables.items()}
    placed, end = _records(packed, 44 + 20 * len(tables))
    records = b"".join(
        struct.pack(">4s4I", tag, at, len(table), len(tables[tag]), table_sum(tables[tag], tag))
        for tag, at, table in placed
    )
    head = struct.pack(">4s4sIHHI", b"wOFF", bytes([0, 1, 0, 0]), end, len(tables), 0, 40_000)
    body = b"".join(table + bytes(-len(table) % 4) for _, _, table in placed)
    return head + struct.pack(">HH5I", 1, 0, notes, notes, notes, 0, 0) + records + body
