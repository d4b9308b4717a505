"""Pieces of bytes on their way through native decompressors: counted, never held whole."""

import lzma
import zlib
from collections.abc import Iterator
from typing import Protocol

from formats.faults import LimitError, MalformedError, TruncatedError
from formats.zstd import ZstdError

STEP = 1 << 20
LEFT_OVER = "bytes behind the end of a packed stream"
_RAW_DEFLATE = -15
BROKEN = (zlib.error, OSError, EOFError, lzma.LZMAError, ZstdError, ValueError)


class Stream(Protocol):
    """A decompressor of one stream."""

    @property
    def eof(self) -> bool:
        """Whether the stream has ended."""
        ...

    def decompress(self, packed: bytes, most: int, /) -> bytes:
        """Return at most so many bytes; the rest of the input waits."""
        ...


class Deflate:
    """Raw Deflate (RFC 1951) as a stream."""

    def __init__(self, dictionary: bytes = b"") -> None:
        self._stream = zlib.decompressobj(_RAW_DEFLATE, zdict=dictionary)

    @property
    def eof(self) -> bool:
        """Whether the last block has ended."""
        return self._stream.eof

    @property
    def unused_data(self) -> bytes:
        """What was given behind the last block."""
        return self._stream.unused_data

    def decompress(self, packed: bytes, most: int, /) -> bytes:
        """Return at most so many bytes; the rest of the input waits."""
        return self._stream.decompress(self._stream.unconsumed_tail + packed, most)


def pieces(content: bytes, start: int, size: int) -> Iterator[bytes]:
    """Yield a part of some bytes piece by piece."""
    for at in range(start, start + size, STEP):
        yield content[at : min(at + STEP, start + size)]


def unpacked(
    source: Iterator[bytes], stream: Stream, size: int, *, ends: bool = True
) -> Iterator[bytes]:
    """Yield exactly so many bytes of a stream.

    One that does not say where it `ends` gives bytes of no meaning when it is asked for more.

    Raises:
        TruncatedError: the stream ends early.
        MalformedError: it is none, or it goes on.
        LimitError: it needs more memory than a reader gives.
    """
    left, given = size, b""
    try:
        while left:
            piece = stream.decompress(given, min(STEP, left))
            given = b""
            left -= len(piece)
            if piece:
                yield piece
            elif stream.eof or not (given := next(source, b"")):
                raise TruncatedError("a stream stops early")
        if ends and not stream.eof and stream.decompress(b"", 1):
            raise MalformedError("a stream goes on beyond its size")
    except MemoryError as error:
        raise LimitError("it needs too much memory") from error
    except BROKEN as error:
        raise MalformedError("a stream is damaged") from error


class EndingStream(Stream, Protocol):
    """A decompressor of a stream that says itself where it ends."""

    @property
    def unused_data(self) -> bytes:
        """What was given behind the end of the stream."""
        ...


def unpacked_whole(source: Iterator[bytes], stream: EndingStream, size: int) -> Iterator[bytes]:
    """Yield exactly so many bytes of a stream that fills its source to the last byte.

    Raises:
        MalformedError: it goes on, or other bytes stand behind its end.
        FormatError: it cannot be unpacked.
    """
    yield from unpacked(source, stream, size)
    given = b""
    try:
        ended = stream.eof
        while not ended:
            if stream.decompress(given, 1):
                raise MalformedError("a stream goes on beyond its size")
            ended = stream.eof
            given = b"" if ended else next(source, b"")
            if not ended and not given:
                return
    except BROKEN as error:
        raise MalformedError("a stream is damaged") from error
    if stream.unused_data or next(source, b""):
        raise MalformedError(LEFT_OVER)


def bounded(source: Iterator[bytes], size: int) -> Iterator[bytes]:
    """Yield exactly so many bytes as they come; a source that checks its end does so.

    Raises:
        TruncatedError: there are fewer.
    """
    left = size
    for piece in source:
        taken = piece[:left]
        left -= len(taken)
        if taken:
            yield taken
        if not left:
            next(source, b"")
            return
    if left:
        raise TruncatedError("a stream stops early")


class Reading:
    """Reads pieces in portions of known sizes."""

    def __init__(self, source: Iterator[bytes]) -> None:
        self._source = source
        self._piece = b""

    def take(self, size: int) -> bytes:
        """Return the next so many bytes.

        Raises:
            TruncatedError: there are fewer.
            FormatError: the source says so.
        """
        taken = bytearray()
        for piece in self._next(size):
            taken += piece
        return bytes(taken)

    def skip(self, size: int) -> None:
        """Pass over so many bytes.

        Raises:
            TruncatedError: there are fewer.
            FormatError: the source says so.
        """
        for _ in self._next(size):
            pass

    def finish(self) -> None:
        """Ask that nothing follows what was taken.

        Raises:
            MalformedError: something does.
            FormatError: the source says so.
        """
        if self._piece or next(self._source, b""):
            raise MalformedError(LEFT_OVER)

    def _next(self, size: int) -> Iterator[bytes]:
        left = size
        while left:
            if not self._piece:
                self._piece = next(self._source, b"")
            if not self._piece:
                raise TruncatedError("a stream stops early")
            taken, self._piece = self._piece[:left], self._piece[left:]
            left -= len(taken)
            yield taken
