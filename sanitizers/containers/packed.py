"""The one content of a packed stream: gzip, bzip2, xz, zstd; counted byte by byte as it grows."""

import bz2
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import Protocol

from formats.faults import LimitError, MalformedError, TruncatedError
from formats.zstd import decompressor
from sanitizers.containers.flowing import BROKEN
from sanitizers.containers.unpacked import Unpacked
from sanitizers.limits import Limits

_STEP = 1 << 20
_GZIP_WINDOW = 31
# Behind a stream tapes leave zeros (gzip manual, "Tapes"); xz pads by four (xz format 2.2).
_PADDING = b"\0"
_SKIPPABLE, _MOST_NOTE = b"\x2a\x4d\x18", 16  # frames 0x184D2A50 to 5F


class Stream(Protocol):
    """A decompressor of one stream."""

    @property
    def eof(self) -> bool:
        """Whether the stream has ended."""
        ...

    @property
    def unused_data(self) -> bytes:
        """What stands behind the end."""
        ...

    def decompress(self, packed: bytes, most: int, /) -> bytes:
        """Return at most so many bytes."""
        ...


class Gzip:
    """RFC 1952 through zlib, which checks the CRC and the length of each member."""

    def __init__(self) -> None:
        self._stream = zlib.decompressobj(_GZIP_WINDOW)

    @property
    def eof(self) -> bool:
        """Whether the member has ended."""
        return self._stream.eof

    @property
    def unused_data(self) -> bytes:
        """What stands behind the end."""
        return self._stream.unused_data

    def decompress(self, packed: bytes, most: int, /) -> bytes:
        """Return at most so many bytes; the rest of the input waits."""
        return self._stream.decompress(self._stream.unconsumed_tail + packed, most)


class Zstd:
    """RFC 8878 through libzstd, which checks a frame's sum where it has one.

    A frame that readers skip may hold anything: parallel writers note a size in it, and no more.
    """

    def __init__(self) -> None:
        self._stream = decompressor()
        self._begun = False

    @property
    def eof(self) -> bool:
        """Whether the frame has ended."""
        return self._stream.eof

    @property
    def unused_data(self) -> bytes:
        """What stands behind the end."""
        return self._stream.unused_data

    def decompress(self, packed: bytes, most: int, /) -> bytes:
        """Return at most so many bytes.

        Raises:
            MalformedError: the frame is one that readers skip, with more than a note in it.
        """
        if not self._begun:
            self._begun = True
            mark, size = packed[:4], int.from_bytes(packed[4:8], "little")
            if mark[1:] == _SKIPPABLE and mark[0] >> 4 == 5 and size > _MOST_NOTE:
                raise MalformedError("a frame that readers skip holds something")
        return self._stream.decompress(packed, most)


def unpack_gzip(content: bytes, limits: Limits) -> Iterator[Unpacked]:
    """Yield what a gzip file holds; several members are one content (RFC 1952 section 2.2)."""
    yield _one(content, limits, Gzip)


def unpack_bzip2(content: bytes, limits: Limits) -> Iterator[Unpacked]:
    """Yield what a bzip2 file holds."""
    yield _one(content, limits, bz2.BZ2Decompressor)


def unpack_xz(content: bytes, limits: Limits) -> Iterator[Unpacked]:
    """Yield what an xz file holds; its checks are verified (The .xz File Format 2.1.1.2)."""
    yield _one(content, limits, lambda: lzma.LZMADecompressor(format=lzma.FORMAT_XZ))


def unpack_zstd(content: bytes, limits: Limits) -> Iterator[Unpacked]:
    """Yield what a zstd file holds; several frames are one content (RFC 8878 section 3.1)."""
    yield _one(content, limits, Zstd)


def _one(content: bytes, limits: Limits, begin: Callable[[], Stream]) -> Unpacked:
    most = max(limits.free_ratio_bytes, len(content) * limits.most_ratio)
    most = min(most, limits.most_content_bytes)
    plain = bytearray()
    rest = content
    try:
        while rest:
            rest = _stream(rest, begin(), plain, most)
            if not rest.strip(_PADDING):
                break
    except BROKEN as error:
        raise MalformedError("the stream is damaged, or something stands behind it") from error
    return Unpacked(content=bytes(plain))


def _stream(packed: bytes, stream: Stream, plain: bytearray, most: int) -> bytes:
    """Append one stream's content, and return what stands behind it."""
    given = packed
    while not stream.eof:
        piece = stream.decompress(given, _STEP)
        if not piece and not given:
            raise TruncatedError("the stream stops early")
        given = b""
        plain += piece
        if len(plain) > most:
            raise LimitError(f"it unpacks to more than {most} bytes")
    return stream.unused_data
