"""WebP pictures: chunks in RIFF, one behind the other to the length that it states (RFC 9649).

A whole picture may be one chunk without any sum: in it noise cannot be told from what is packed.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from formats.faults import LimitError, MalformedError, TruncatedError

_FIRST, _HEADER, _FRAME = 12, 8, 16
_PACKED = frozenset({b"VP8 ", b"VP8L", b"ALPH"})
_KNOWN = _PACKED | {b"VP8X", b"ANIM", b"ANMF", b"EXIF", b"XMP ", b"ICCP"}
_KEY_FRAME = b"\x9d\x01\x2a"
_PART_SIZE, _LOSSLESS, _VERSION = 10, 0x2F, 0xE0
_MOST_CHUNKS = 100_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Chunk:
    """One chunk: its name, and where its content lies."""

    name: bytes
    start: int
    end: int

    @property
    def packed(self) -> bool:
        """Whether it holds pixels."""
        return self.name in _PACKED

    @property
    def is_known(self) -> bool:
        """Whether the standard names it."""
        return self.name in _KNOWN


def chunks(content: bytes) -> Iterator[Chunk]:
    """Yield all chunks, those of the frames of an animation one by one.

    Raises:
        TruncatedError: the file goes on beyond its last byte.
        MalformedError: a chunk, or the header of a picture in it, that cannot be.
        LimitError: there are too many.
    """
    end = last_byte(content)
    for number, chunk in enumerate(_walk(content, _FIRST, end)):
        if number > _MOST_CHUNKS:
            raise LimitError("too many chunks", offset=chunk.start)
        yield chunk
        if chunk.name == b"ANMF":
            yield from _walk(content, chunk.start + _FRAME, chunk.end)


def last_byte(content: bytes) -> int:
    """Return where the file ends by its own words, a filling byte included."""
    size = int.from_bytes(content[4:8], "little")
    return _HEADER + size + size % 2


def _walk(content: bytes, at: int, end: int) -> Iterator[Chunk]:
    while at + _HEADER <= min(end, len(content)):
        name = content[at : at + 4]
        start = at + _HEADER
        stop = start + int.from_bytes(content[at + 4 : start], "little")
        if name not in _KNOWN and not (name.isascii() and name.decode().isprintable()):
            raise MalformedError("no chunk starts here", offset=at)
        if stop > end and name not in _KNOWN:
            raise MalformedError("no chunk starts here", offset=at)
        if stop > min(end, len(content)):
            raise TruncatedError("a chunk is cut", offset=len(content))
        chunk = Chunk(name=name, start=start, end=stop)
        _check_picture(content, chunk)
        yield chunk
        at = stop + (stop - start) % 2
    if end > len(content) + 1:
        raise TruncatedError("chunks are missing", offset=len(content))


def _check_picture(content: bytes, chunk: Chunk) -> None:
    """Ask for the mark of a key frame (RFC 6386 9.1) or of a lossless picture (RFC 9649 3.4)."""
    head = content[chunk.start : min(chunk.end, chunk.start + _PART_SIZE)]
    if chunk.name == b"VP8 ":
        first = int.from_bytes(head[:3], "little") >> 5
        fits = chunk.start + _PART_SIZE + first <= chunk.end
        if head[3:6] != _KEY_FRAME or head[0] & 1 or not fits:
            raise MalformedError("no picture starts here", offset=chunk.start)
    elif chunk.name == b"VP8L" and (len(head) < 5 or head[0] != _LOSSLESS or head[4] & _VERSION):
        raise MalformedError("no picture starts here", offset=chunk.start)
