"""Where a picture ends: walks over JPEG, PNG, GIF and BMP that look at structure only.

Each walk returns the offset after the last byte that belongs to the picture, so that the caller can
judge what was appended, or raises when the picture goes on beyond the last byte.
"""

import re
import struct
from collections.abc import Callable, Iterator

from formats.faults import LimitError, MalformedError, TruncatedError

_MARKER = re.compile(rb"\xff+([^\x00\xff\xd0-\xd7])")
_SOS, _EOI = 0xDA, 0xD9
_STANDALONE = frozenset({0x01, 0xD8, *range(0xD0, 0xD8)})
_PNG_HEADER = 8
_LEAST_BMP = 26
_SHORT_DIB, _LONG_DIB = 12, 40
# Colours by numbers, and by masks without or with one for transparency (BI_ALPHABITFIELDS).
_UNPACKED = (0, 3, 6)
_MOST_SEGMENTS = 100_000


def end_of_jpeg(content: bytes, start: int = 0) -> int:
    """Follow the segments of the picture at `start` to its end marker (ITU T.81 annex B).

    Raises:
        TruncatedError: there is none.
        MalformedError: a segment does not start with a marker.
        LimitError: there are too many of them.
    """
    at = start + 2
    for _ in range(_MOST_SEGMENTS):
        found = _MARKER.match(content, at)
        if found is None:
            if at >= len(content) - 1:
                raise TruncatedError("no end of image", offset=at)
            raise MalformedError("no marker stands here", offset=at)
        marker, at = found.group(1)[0], found.end()
        if marker == _EOI:
            return at
        if marker in _STANDALONE:
            continue
        if at + 2 > len(content):
            raise TruncatedError("a segment is cut", offset=at)
        at += int(struct.unpack_from(">H", content, at)[0])
        if marker == _SOS:
            following = _MARKER.search(content, at)
            if following is None:
                raise TruncatedError("no end of image", offset=len(content))
            at = following.start()
    raise LimitError("too many segments", offset=at)


def end_of_png(content: bytes, checksum: Callable[[bytes], int]) -> int:
    """Follow the chunks to IEND and compare their CRCs (ISO 15948 clause 5).

    Raises:
        TruncatedError: a chunk goes on beyond the last byte, or IEND is missing.
        MalformedError: a chunk's bytes are not those that its CRC was made of.
    """
    at = _PNG_HEADER
    while at + 12 <= len(content):
        end = at + 12 + int(struct.unpack_from(">I", content, at)[0])
        if end > len(content):
            raise TruncatedError("a chunk is cut", offset=at)
        (claimed,) = struct.unpack_from(">I", content, end - 4)
        if checksum(content[at + 4 : end - 4]) != claimed:
            raise MalformedError("a chunk does not fit its CRC", offset=at)
        if content[at + 4 : at + 8] == b"IEND":
            return end
        at = end
    raise TruncatedError("no end chunk", offset=at)


_GIF_BLOCKS = (b"\x21", b"\x2c", b"\x3b")


def end_of_gif(content: bytes) -> int:
    """Follow the blocks to the trailer (GIF89a clauses 17 to 27).

    Raises:
        TruncatedError: a block goes on beyond the last byte, or the trailer is missing.
        MalformedError: no block starts where one has to.
    """
    if len(content) < 13:
        raise TruncatedError("the header is cut", offset=len(content))
    at = 13 + _color_table(content[10])
    while at < len(content):
        introducer = content[at]
        if introducer == 0x3B:
            return at + 1
        if introducer == 0 and content[at + 1 : at + 2] in _GIF_BLOCKS:
            at += 1  # some writers end the blocks of a picture twice, and readers pass it over
        elif introducer == 0x21:
            at = _sub_blocks(content, at + 2)
        elif introducer == 0x2C:
            if at + 10 > len(content):
                raise TruncatedError("an image block is cut", offset=at)
            at = _sub_blocks(content, at + 11 + _color_table(content[at + 9]))
        else:
            raise MalformedError("no block stands here", offset=at)
    raise TruncatedError("no trailer", offset=at)


def pictures_of_gif(content: bytes) -> Iterator[tuple[int, int, int, bytes]]:
    """Yield each picture of a GIF: its place, pixels, their bits, and the blocks that are there.

    Raises:
        TruncatedError: the blocks of the last one go on beyond the last byte.
    """
    at = after_gif_colors(content)
    while at + 11 <= len(content):
        introducer = content[at]
        if introducer == 0x2C:
            width, height = struct.unpack_from("<HH", content, at + 5)
            start = at + 11 + _color_table(content[at + 9])
            if start > len(content):
                return
            yield start, width * height, content[start - 1], _joined(content, start)
            at = _sub_blocks(content, start)
        elif introducer == 0x21:
            at = _sub_blocks(content, at + 2)
        else:
            at += 1 if introducer == 0 else len(content)


def _joined(content: bytes, at: int) -> bytes:
    blocks = []
    while at < len(content) and (size := content[at]):
        blocks.append(content[at + 1 : at + 1 + size])
        at += 1 + size
    return b"".join(blocks)


def _color_table(packed: int) -> int:
    return 3 << (packed & 7) + 1 if packed & 0x80 else 0


def _sub_blocks(content: bytes, at: int) -> int:
    while at < len(content):
        size = content[at]
        at += 1 + size
        if size == 0:
            return at
    raise TruncatedError("a block is cut", offset=len(content))


def end_of_bmp(content: bytes) -> int:
    """Compare an uncompressed bitmap's dimensions with its size.

    Raises:
        TruncatedError: there are fewer pixels than the header claims.
    """
    if len(content) < _LEAST_BMP:
        raise TruncatedError("the header is cut", offset=len(content))
    (dib,) = struct.unpack_from("<I", content, 14)
    claimed, _, offset = struct.unpack_from("<III", content, 2)
    if dib < _LONG_DIB or len(content) < 54:
        return _end_of_old_bmp(content)
    width, height, _, depth, packing, size = struct.unpack_from("<iiHHII", content, 18)
    pixels = (abs(width) * depth + 31) // 32 * 4 * abs(height) if packing in (0, 3) else size
    end = int(offset + pixels)
    if end > len(content):
        raise TruncatedError("pixels are missing", offset=len(content))
    return max(end, min(int(claimed), len(content)))


def _end_of_old_bmp(content: bytes) -> int:
    """Return where the pixels of a bitmap of OS/2 end, whose header is shorter.

    Raises:
        TruncatedError: there are fewer pixels than the header claims.
    """
    (offset,) = struct.unpack_from("<I", content, 10)
    row, height = _old_rows(content)
    end = int(offset) + row * height
    if end > len(content):
        raise TruncatedError("pixels are missing", offset=len(content))
    return max(end, _LEAST_BMP)


def _old_rows(content: bytes) -> tuple[int, int]:
    """Return the bytes in a row and the number of rows, whose header has 12 or 16 bytes."""
    if content[14] == _SHORT_DIB:
        width, height, _, depth = struct.unpack_from("<HHHH", content, 18)
    elif len(content) >= _LEAST_BMP + 4:
        width, height, _, depth = struct.unpack_from("<IIHH", content, 18)
    else:
        return 0, 0
    return (width * depth + 31) // 32 * 4, height


def rows_of_bmp(content: bytes) -> tuple[int, int]:
    """Return the bytes in a row of an uncompressed bitmap, 0 for a packed one, and its start."""
    (offset,) = struct.unpack_from("<I", content, 10)
    (dib,) = struct.unpack_from("<I", content, 14)
    if dib < _LONG_DIB or len(content) < 54:
        return _old_rows(content)[0], int(offset)
    width, _, _, depth, packing = struct.unpack_from("<iiHHI", content, 18)
    return (abs(width) * depth + 31) // 32 * 4 if packing in _UNPACKED else 0, int(offset)


def after_gif_colors(content: bytes) -> int:
    """Return where the blocks of a GIF picture begin: colours may be zeros in any number."""
    return 13 + _color_table(content[10]) if len(content) > 10 else len(content)


def gif_blocks_are_uneven(content: bytes) -> bool:
    """Tell whether the blocks of one picture differ in size before its last one.

    Every writer fills its blocks (255 bytes, some 254), so that only the last one is shorter: a
    walk that meets others has left the blocks behind (GIF89a clause 15).
    """
    at = after_gif_colors(content)
    while at < len(content):
        introducer = content[at]
        if introducer == 0x2C and at + 11 <= len(content):
            at, sizes = _block_sizes(content, at + 11 + _color_table(content[at + 9]))
            if len(set(sizes[:-1])) > 1:
                return True
        elif introducer == 0x21:
            at, _ = _block_sizes(content, at + 2)
        else:
            return False
    return False


def _block_sizes(content: bytes, at: int) -> tuple[int, list[int]]:
    sizes: list[int] = []
    while at < len(content):
        size = content[at]
        at += 1 + size
        if size == 0:
            break
        sizes.append(size)
    return at, sizes
