"""Where a JPEG 2000 picture ends: boxes around a codestream, and the parts of its tiles.

ITU T.800 annex A (codestream) and annex I (boxes).
"""

import struct
from collections.abc import Iterator

from formats.codestreams import foreign_in_jpeg_2000
from formats.faults import LimitError, MalformedError, TruncatedError, UnsupportedError

_START = b"\xff\x4f\xff\x51"
_CODESTREAM = b"jp2c"
_BOXES = frozenset(
    {
        *(b"jP  ", b"ftyp", b"jp2h", b"jp2c", b"uuid", b"xml ", b"uinf", b"res ", b"jp2i"),
        *(b"rreq", b"jpch", b"jplh", b"free"),
    }
)
_TILE, _DATA, _END = 0xFF90, 0xFF93, 0xFFD9
_END_MARK = b"\xff\xd9"
# Markers without any segment (A.1): 0xFF30 to 0xFF3F.
_ALONE = 0xFF3
_TILE_HEADER, _LEAST_TILE = 12, 14
_MOST_TILES = 200_000


def codestreams(content: bytes) -> Iterator[tuple[int, int]]:
    """Yield where codestreams lie: one alone is a file too; the last box may have no length.

    Raises:
        TruncatedError: a box goes on beyond the last byte, or there is no codestream.
        MalformedError: no box starts where one has to.
        UnsupportedError: a box that a picture has no need of.
    """
    if content.startswith(_START):
        yield 0, len(content)
        return
    at, found = 0, False
    while at + 8 <= len(content):
        name, start, end = _box(content, at)
        if found and name not in _BOXES:
            return
        _check_box(content, name, at, end)
        if name == _CODESTREAM:
            found = True
            yield start, end
        at = max(end, start)
    if not found:
        raise TruncatedError("no codestream", offset=len(content))


def _box(content: bytes, at: int) -> tuple[bytes, int, int]:
    """Return the name of a box, where its content starts and where it ends (I.4)."""
    size, name = struct.unpack_from(">I4s", content, at)
    if size == 1:
        return name, at + 16, at + int.from_bytes(content[at + 8 : at + 16], "big")
    return name, at + 8, at + size if size else len(content)


def _check_box(content: bytes, name: bytes, at: int, end: int) -> None:
    if name not in _BOXES:
        if name.isascii() and name.decode("ascii").isprintable():
            raise UnsupportedError("a box that a picture has no need of", offset=at)
        raise MalformedError("no box starts here", offset=at)
    if end < at + 8:
        raise MalformedError("a box that cannot be", offset=at)
    if end > len(content):
        raise TruncatedError("a box is cut", offset=len(content))


def end_of_codestream(content: bytes, start: int, end: int) -> int:
    """Follow header and tile parts to the end mark, and return where it ends.

    Raises:
        TruncatedError: a part goes on beyond the end, or the end mark is missing.
        MalformedError: no marker where one has to be, or bytes that no packed part has.
        LimitError: there are too many parts.
    """
    at = _behind_segments(content, start + 2, end, _TILE)
    for _ in range(_MOST_TILES):
        if at + 2 > end:
            raise TruncatedError("no end of codestream", offset=end)
        (marker,) = struct.unpack_from(">H", content, at)
        if marker == _END:
            return at + 2
        if marker != _TILE:
            raise MalformedError("no part of a tile starts here", offset=at)
        if at + _TILE_HEADER > end:
            raise TruncatedError("a part of a tile is cut", offset=at)
        (size,) = struct.unpack_from(">I", content, at + 6)
        last = at + size if size else end
        if last > end or 0 < size < _LEAST_TILE:
            raise TruncatedError("a part of a tile is cut", offset=end)
        data = _behind_segments(content, at + _TILE_HEADER, last, _DATA)
        mark = content.find(_END_MARK, data, last)
        if size == 0:  # the last part, up to the end mark, which no packed part has in it
            last = mark
        if last < 0:
            raise TruncatedError("no end of codestream", offset=end)
        foreign = foreign_in_jpeg_2000(content, data, last)
        foreign = mark if foreign < 0 <= mark < last else foreign
        if foreign >= 0:
            raise MalformedError("an impossible marker", offset=foreign)
        at = last
    raise LimitError("too many parts of tiles", offset=at)


def _behind_segments(content: bytes, at: int, end: int, stop: int) -> int:
    """Follow marker segments to a marker, and return where it stands."""
    while at + 4 <= end:
        marker, size = struct.unpack_from(">HH", content, at)
        if marker == stop:
            return at
        if marker >> 4 == _ALONE:
            at += 2
            continue
        if marker < 0xFF01 or size < 2:
            raise MalformedError("no marker stands here", offset=at)
        at += 2 + size
    raise TruncatedError("a header is cut", offset=end)
