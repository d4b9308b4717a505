"""A strict reader of what Microsoft Publisher (2000 and later) keeps in its compound files.

The format is published nowhere. What is asked for is what every document has: `Contents` is a head,
chunks that follow one another without a gap, and a directory that says where each begins; the text
lies in `CONTENTS` of Quill, whose chunks are listed at its beginning; pictures and shapes are
records of [MS-ODRAW].
"""

import struct
from collections.abc import Iterator

from formats.faults import LimitError, MalformedError, TruncatedError, UnsupportedError

_HEAD, _LATER = 32, b"\xe8\xac\x2c\x00"
_SIZE_AT, _DIRECTORY_AT = 8, 26
_FIELDS = 4  # bytes of a length
# Bytes of a block by its kind without the three lowest bits; from 0x80 on the block says so itself.
_LENGTHS = {
    **dict.fromkeys((0x00, 0x08, 0x78), 0),
    **dict.fromkeys((0x10, 0x18), 2),
    **dict.fromkeys((0x20, 0x50, 0x58, 0x60, 0x68, 0x70, 0xB8), 4),
    0x28: 8,
    0x30: 16,
    0x38: 16,
    0x40: 24,
    0x48: 24,
}
_ODD_LENGTHS = {0x05: 0, 0x07: 2}
_LISTS = frozenset({0x80, 0x88, 0x90, 0x98, 0xA0})
_DIRECTORY, _REFERENCE, _PLACE = 0x90, 0x88, 4
_MOST_BLOCKS, _DEEPEST = 1 << 20, 32
_QUILL, _LISTED, _NO_MORE = b"CHNKINK ", 24, 0xFFFFFFFF
_COUNT_AT, _MOST_LISTS = 24, 4096
_CONTAINERS, _GROUPS, _TAIL = 15, frozenset({0xF000, 0xF002}), 4


def check_contents(stream: bytes) -> int:
    """Follow the directory, its chunks and their blocks; return how many chunks there are.

    Raises:
        TruncatedError: the stream is shorter than it says.
        MalformedError: a block, a chunk or the directory is not where it has to be.
        UnsupportedError: a document of Publisher 98 or before.
        LimitError: there are too many blocks, or they are nested too deeply.
    """
    if len(stream) < _HEAD:
        raise TruncatedError("the head is cut", offset=len(stream))
    if not stream.startswith(_LATER):
        if stream[:2] == _LATER[:2]:
            raise UnsupportedError("a document of Publisher 98 or before")
        raise MalformedError("no publication begins here", offset=0)
    (size,) = struct.unpack_from("<I", stream, _SIZE_AT)
    (at,) = struct.unpack_from("<I", stream, _DIRECTORY_AT)
    if size > len(stream) or at + _FIELDS > size:
        raise TruncatedError("the contents are cut", offset=len(stream))
    blocks = _Blocks(stream)
    places = sorted(_places(blocks, at))
    if not places or places[0] < _HEAD:
        raise MalformedError("a directory without chunks", offset=at)
    for place, following in zip(places, [*places[1:], at], strict=True):
        if blocks.end_of(place) != following:
            raise MalformedError("a chunk does not end where the next one begins", offset=place)
        blocks.check(place + _FIELDS, following)
    if blocks.end_of(at) != size:
        raise MalformedError("the directory does not end where the contents do", offset=at)
    return len(places)


def _places(blocks: "_Blocks", at: int) -> Iterator[int]:
    """Yield where the chunks begin."""
    for _, kind, start, end in blocks.each(at + _FIELDS, blocks.end_of(at)):
        if kind != _DIRECTORY:
            continue
        for _, inner, first, last in blocks.each(start, end):
            if inner == _REFERENCE:
                yield from blocks.values(first, last, _PLACE)


class _Blocks:
    """The blocks of a stream: each has a number, a kind, and as many bytes as its kind says."""

    def __init__(self, stream: bytes) -> None:
        self._stream = stream
        self._left = _MOST_BLOCKS

    def end_of(self, at: int) -> int:
        """Return where what begins with its own length ends."""
        if at + _FIELDS > len(self._stream):
            raise TruncatedError("a length is cut", offset=at)
        return at + int(struct.unpack_from("<I", self._stream, at)[0])

    def each(self, at: int, end: int) -> Iterator[tuple[int, int, int, int]]:
        """Yield number, kind, and where the inside of each block starts and ends."""
        if end > len(self._stream):
            raise TruncatedError("blocks go on beyond the contents", offset=at)
        while at < end:
            self._left -= 1
            if self._left < 0:
                raise LimitError("too many blocks")
            number, kind, start = self._stream[at], self._stream[min(at + 1, end - 1)], at + 2
            size = _ODD_LENGTHS.get(kind, _LENGTHS.get(kind & 0xF8))
            if size is None:
                if kind < 0x80:
                    raise MalformedError("a block of no known kind", offset=at)
                size = self.end_of(start) - start
                start, inside = start + _FIELDS, size - _FIELDS
            else:
                inside = size
            if inside < 0 or start + inside > end:
                raise MalformedError("a block goes on beyond its chunk", offset=at)
            yield number, kind, start, start + inside
            at = start + inside

    def values(self, at: int, end: int, wanted: int) -> Iterator[int]:
        """Yield the numbers that stand in the blocks of one number."""
        for number, kind, start, last in self.each(at, end):
            if number == wanted and kind & 0xF8 in _LENGTHS:
                yield int.from_bytes(self._stream[start:last], "little")

    def check(self, at: int, end: int, depth: int = 0) -> None:
        """Walk blocks and those inside of them."""
        if depth > _DEEPEST:
            raise LimitError("blocks are nested too deeply")
        for _, kind, start, last in self.each(at, end):
            if kind & 0xF8 in _LISTS:
                self.check(start, last, depth + 1)


def check_quill(stream: bytes) -> None:
    """Follow the lists of chunks, each of which lies within the stream.

    Raises:
        TruncatedError: a list or a chunk goes on beyond the stream.
        MalformedError: no list stands where one has to.
    """
    if not stream.startswith(_QUILL):
        raise MalformedError("no text begins here", offset=0)
    at, seen = _COUNT_AT, 0
    while at != _NO_MORE:
        seen += 1
        if at + 8 > len(stream):
            raise TruncatedError("a list is cut", offset=len(stream))
        if seen > _MOST_LISTS:
            raise MalformedError("lists go in circles", offset=at)
        room, count, following = struct.unpack_from("<HHI", stream, at)
        if count > max(room, 32) or at + 8 + count * _LISTED > len(stream):
            raise MalformedError("no list of chunks stands here", offset=at)
        for entry in range(at + 8, at + 8 + count * _LISTED, _LISTED):
            _check_listed(stream, entry)
        at = following


def _check_listed(stream: bytes, at: int) -> None:
    size, name = struct.unpack_from("<H4s", stream, at)
    start, length = struct.unpack_from("<II", stream, at + 16)
    if size != _LISTED or not name.rstrip(b" \x00").isalnum():
        raise MalformedError("no chunk is listed here", offset=at)
    if start + length > len(stream):
        raise TruncatedError("a chunk goes on beyond the text", offset=len(stream))


def check_shapes(stream: bytes) -> None:
    """Walk the records of all shapes; behind the groups at the top stand four bytes of their own.

    Raises:
        TruncatedError: a record goes on beyond the stream.
    """
    at = 0
    while at + 8 <= len(stream):
        kind, size = struct.unpack_from("<HI", stream, at + 2)
        _check_records(stream, at, at + 8 + size)
        at += 8 + size + (_TAIL if kind in _GROUPS else 0)


def _check_records(stream: bytes, at: int, end: int) -> None:
    if end > len(stream):
        raise TruncatedError("a record is cut", offset=at)
    while at + 8 <= end:
        version, kind, size = struct.unpack_from("<HHI", stream, at)
        if not 0xF000 <= kind <= 0xFFFF or at + 8 + size > end:
            raise MalformedError("no record stands here", offset=at)
        at += 8 if version & 0xF == _CONTAINERS else 8 + size
