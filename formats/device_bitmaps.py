"""Bitmaps within drawings of Windows: a header, colours, and rows of pixels ([MS-WMF] 2.2.2.9)."""

import struct
from typing import NamedTuple

from formats.faults import MalformedError, TruncatedError

_OLD, _HEADERS = 12, frozenset({12, 40, 52, 56, 64, 108, 124})
_BITS, _MASKED, _MASKS, _SHORT = frozenset({1, 4, 8, 16, 24, 32}), 3, 12, 40
_MOST_COLORS = 1 << 16


class Rows(NamedTuple):
    """Pixels between two offsets; a row of none is packed."""

    start: int
    end: int
    row: int


def rows_of_bitmap(content: bytes, at: int, end: int) -> Rows:
    """Return the pixels of the bitmap that begins at an offset, and ends before another one.

    Raises:
        TruncatedError: there is no room for its header or its pixels.
        MalformedError: no header of a bitmap stands here.
    """
    if at + _SHORT > min(end, len(content)):
        raise TruncatedError("the header of a bitmap is cut", offset=at)
    (header,) = struct.unpack_from("<I", content, at)
    if header not in _HEADERS:
        raise MalformedError("no bitmap stands here", offset=at)
    if header == _OLD:
        width, height, planes, bits = struct.unpack_from("<HHHH", content, at + 4)
        packing = used = 0
    else:
        width, height, planes, bits, packing = struct.unpack_from("<iiHHI", content, at + 4)
        (used,) = struct.unpack_from("<I", content, at + 32)
    if planes != 1 or width <= 0 or height == 0 or (bits not in _BITS and packing in (0, _MASKED)):
        raise MalformedError("a bitmap that cannot be", offset=at)
    start = at + header + (_MASKS if packing == _MASKED and header == _SHORT else 0)
    colors = used or (1 << bits if bits <= 8 else 0)
    start += min(colors, _MOST_COLORS) * (3 if header == _OLD else 4)
    if packing not in (0, _MASKED):
        return Rows(start, end, 0)
    row = (width * bits + 31) // 32 * 4
    if start + row * abs(height) > end:
        raise TruncatedError("pixels of a bitmap are missing", offset=at)
    return Rows(start, start + row * abs(height), row)
