"""Icons, cursors and portable bitmaps: small headers, and pictures that nothing packs.

Every byte belongs to a header or to a picture: pictures lie one behind the other, and each is as
long as its own header says.
"""

import re
import struct
from dataclasses import dataclass

from formats.faults import LimitError, MalformedError, TruncatedError, UnsupportedError

_HEADER, _ENTRY = 6, 16
_LEAST_DIB, _LONGEST_DIB = 40, 124
_BITFIELDS, _MASKS = 3, 12
_FEW_COLORS = 8
PNG = b"\x89PNG\r\n\x1a\n"
_LONGEST_REMARK = 1024
_BETWEEN = rb"(?:\s|#[^\n]{0,%d}\n)+" % _LONGEST_REMARK
ANYMAP = re.compile(rb"P([456])" + (_BETWEEN + rb"(\d{1,9})") * 2)
_PLAIN_ANYMAP = re.compile(rb"P([123])" + (_BETWEEN + rb"(\d{1,6})") * 2 + rb"\s")
_REMARK, _COLORS = re.compile(rb"#[^\n]*"), 3
_DEPTH = re.compile(_BETWEEN + rb"(\d{1,5})")
_MOST_PICTURES = 4096
_FILLING = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Raster:
    """Pixels between two offsets: bytes in a row, and in a pixel; 0 when they are packed.

    Pixels that share a byte count as one byte. A table of colours of four bytes each ends where
    they start, and begins at `table`.
    """

    table: int
    start: int
    end: int
    row: int
    pixel: int


def pictures_of_icon(content: bytes) -> list[Raster]:
    """Return the pictures that the entries of an icon or a cursor lead to, in their order.

    Raises:
        TruncatedError: entries or pictures lie beyond the last byte.
        MalformedError: an entry leads to no picture.
        UnsupportedError: something lies between two pictures, or behind the pixels of one.
    """
    if len(content) < _HEADER:
        raise TruncatedError("the header is cut", offset=len(content))
    (count,) = struct.unpack_from("<H", content, 4)
    first = _HEADER + count * _ENTRY
    if first > len(content):
        raise TruncatedError("the entries are cut", offset=len(content))
    spans = set()
    for at in range(_HEADER, first, _ENTRY):
        size, start = struct.unpack_from("<II", content, at + 8)
        if start < first or size < _LEAST_DIB:
            raise MalformedError("an entry that cannot be", offset=at)
        spans.add((start, start + size))
    reached, found = first, []
    for start, end in sorted(spans):
        if start < reached or content[reached:start].strip(b"\x00"):
            raise UnsupportedError("something lies between pictures", offset=reached)
        found.append(_picture(content, start, end))
        reached = end
    return found


def _picture(content: bytes, start: int, end: int) -> Raster:
    """Read the header of one picture: a PNG, or a bitmap with its mask (BITMAPINFOHEADER)."""
    if start + _LEAST_DIB > len(content):
        raise TruncatedError("pictures are missing", offset=len(content))
    if content.startswith(PNG, start):
        if end > len(content):
            raise TruncatedError("pictures are missing", offset=len(content))
        return Raster(table=start, start=start, end=end, row=0, pixel=0)
    header, width, height, planes, bits, packing = struct.unpack_from("<IiiHHI", content, start)
    (colors,) = struct.unpack_from("<I", content, start + 32)
    if not _LEAST_DIB <= header <= _LONGEST_DIB or planes > 1 or width <= 0 or height == 0:
        raise MalformedError("no picture stands here", offset=start)
    if packing not in (0, _BITFIELDS) or bits > 32 or colors > 1 << 8:
        raise MalformedError("a picture that cannot be", offset=start)
    if end > len(content):
        raise TruncatedError("pictures are missing", offset=len(content))
    table = 4 * (colors or 1 << bits) if bits <= _FEW_COLORS else 4 * colors
    pixels = start + header + table + (_MASKS if packing == _BITFIELDS else 0)
    row, mask = (width * bits + 31) // 32 * 4, (width + 31) // 32 * 4
    tall = abs(height) // 2
    if pixels + row * tall > end:
        raise MalformedError("pixels are missing", offset=end)
    rest = content[pixels + (row + mask) * tall : end]
    if len(rest) > _FILLING and rest.strip(b"\x00"):
        raise UnsupportedError("something lies behind the pixels", offset=end - len(rest))
    return Raster(table=pixels - table, start=pixels, end=end, row=row, pixel=max(1, bits // 8))


def pictures_of_anymap(content: bytes) -> list[Raster]:
    """Return the pictures of a binary portable bitmap, which may stand one behind the other.

    Raises:
        TruncatedError: there are fewer pixels than a header claims.
        UnsupportedError: the header is none that is known.
        LimitError: there are too many pictures.
    """
    found: list[Raster] = []
    at = 0
    while header := ANYMAP.match(content, at):
        if len(found) == _MOST_PICTURES:
            raise LimitError("too many pictures")
        kind, width, height = (int(header.group(n)) for n in (1, 2, 3))
        at, row, pixel = header.end(), (width + 7) // 8, 1
        if kind > 4:
            depth = _DEPTH.match(content, at)
            if depth is None:
                raise TruncatedError("the header is cut", offset=at)
            at = depth.end()
            pixel = (3 if kind == 6 else 1) * (2 if int(depth.group(1)) > 255 else 1)
            row = width * pixel
        end = at + 1 + row * height
        found.append(Raster(table=at + 1, start=at + 1, end=end, row=row, pixel=pixel))
        at = found[-1].end
        if at > len(content):
            raise TruncatedError("pixels are missing", offset=len(content))
    if not found:
        raise UnsupportedError("a header with longer remarks than are read")
    return found


def missing_values(content: bytes) -> int:
    """Return how many values a bitmap lacks that is written as a text, 0 for any other content.

    Its kinds are P1 to P3: one value a pixel, or three, behind sizes and the greatest value.
    """
    found = _PLAIN_ANYMAP.match(content)
    if found is None:
        return 0
    kind, width, height = (int(number) for number in found.groups())
    values = _REMARK.sub(b"", content[found.end() :])
    if values.translate(None, b"0123456789 \t\r\n"):
        return 0  # words that begin like the header of one
    needed = width * height * (3 if kind == _COLORS else 1)
    if kind == 1:
        return max(0, needed - values.count(b"0") - values.count(b"1"))
    return max(0, needed + 1 - len(values.split()))
