"""What may stand in the packed part of a JPEG picture, and where something else stands (ITU T.81).

After a start of scan, every 0xFF is followed by a stuffed zero, a restart mark, or one of the few
markers that begin a further table or scan (B.1.1.5, B.2.1). One in 290 random bytes contradicts it.
"""

import re
import struct
from dataclasses import dataclass

_SCAN = b"\xff\xda"
# Everything but: 00, FF, RST0-7, DHT, EOI, SOS, DQT, DNL, DRI, APP0-15, COM, and SOI.
_FOREIGN = re.compile(rb"\xff[\x01-\xbf\xc0-\xc3\xc5-\xcf\xde\xdf\xf0-\xfd]")
_TABLES = 0xC4
_BEGINS = re.compile(rb"\xff\xd8(?=\xff[\xc4\xdb\xdd])")
_IS_TABLE, _END = (b"\xff\xc4", b"\xff\xdb", b"\xff\xdd"), b"\xff\xd9"
_ZEROS = re.compile(rb"\x00{256,}+")
_MOST_SEGMENTS = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PackedPart:
    """The bytes from the first scan on: how many contradictions, the first one, a run of zeros."""

    start: int
    foreign: int = 0
    first: int = -1
    zeros: int = -1


def packed_part(
    content: bytes, start: int = 0, end: int | None = None, tables: bytes = b""
) -> PackedPart | None:
    """Look at the packed part of the picture that begins at `start`; None when it has none.

    `tables` are those that several pictures share, as a picture of their own without a scan.
    """
    stop = len(content) if end is None else end
    scan, zero_is_flat = _first_scan(content, start, stop)
    if tables and zero_is_flat:
        zero_is_flat = _first_scan(tables + _SCAN + bytes(2), 0, len(tables) + 4)[1]
    if scan < 0:
        return None
    found = [match.start() for match in _FOREIGN.finditer(content, scan, stop)]
    zeros = None if zero_is_flat else _ZEROS.search(content, scan, stop)
    return PackedPart(
        start=scan,
        foreign=len(found),
        first=found[0] if found else -1,
        zeros=zeros.start() if zeros else -1,
    )


def count_foreign(content: bytes, start: int) -> int:
    """Return how many markers stand behind an offset that no packed part has."""
    return sum(1 for _ in _FOREIGN.finditer(content, start))


def _first_scan(content: bytes, start: int, stop: int) -> tuple[int, bool]:
    """Walk the segments to the first scan; tell also whether its codes make flat areas of zeros.

    Bits of nothing but zeros are an even area only if the first code of every table, which is all
    zeros (C.2), means "no difference" and "end of block".
    """
    at = start + 2
    flat: list[bool] = []
    for _ in range(_MOST_SEGMENTS):
        while content[at : at + 2] == b"\xff\xff":
            at += 1
        if at + 4 > stop or content[at] != 0xFF:
            return -1, False
        (size,) = struct.unpack_from(">H", content, at + 2)
        if content[at : at + 2] == _SCAN:
            return at + 2 + size, all(flat)
        if content[at + 1] == _TABLES:
            flat += _first_codes_are_flat(content[at + 4 : at + 2 + size])
        at += 2 + size
    return -1, False


def _first_codes_are_flat(tables: bytes) -> list[bool]:
    """Tell of each Huffman table whether its first symbol is zero."""
    found = []
    at = 0
    while at + 17 < len(tables):
        found.append(tables[at + 17] == 0)
        at += 17 + sum(tables[at + 1 : at + 17])
    return found


def shared_tables(content: bytes) -> bytes:
    """Return the first picture of nothing but tables, without its end mark; empty without any.

    TIFF keeps so what its strips share (Technical Note 2, tag 347).
    """
    for found in _BEGINS.finditer(content):
        at = found.start() + 2
        while content[at : at + 2] in _IS_TABLE:
            at += 2 + int.from_bytes(content[at + 2 : at + 4])
        if content[at : at + 2] == _END:
            return content[found.start() : at]
    return b""
