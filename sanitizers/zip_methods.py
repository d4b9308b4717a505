"""Newer packing methods of ZIP (APPNOTE 4.4.5): Deflate64, bzip2, LZMA, Zstandard and xz.

For the forked lane only. Every function returns at most so many bytes, whatever a header claims.
"""

import bz2
import lzma
import struct
from collections.abc import Mapping
from typing import Protocol

from formats.faults import LimitError, MalformedError, TruncatedError, UnsupportedError
from formats.zip import Inflate
from formats.zstd import ZstdError, decompressor
from sanitizers.deflate64 import inflate_64

DEFLATE64, BZIP2, LZMA, ZSTD, XZ = 9, 12, 14, 93, 95
_PROPERTIES = struct.Struct("<2xHBI")
_LZMA_PROPERTIES = 5
_MOST_DICTIONARY = 256 << 20
_STEP = 1 << 20
_BROKEN = (OSError, EOFError, lzma.LZMAError, ZstdError, ValueError)


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


def _unpack(packed: bytes, stream: Stream, most: int, *, ends: bool = True) -> bytes:
    """Grow the output step by step: a bomb costs no more than the bound."""
    plain, given = bytearray(), packed
    try:
        while not stream.eof and len(plain) < most:
            piece = stream.decompress(given, min(_STEP, most - len(plain)))
            if not piece and not given and not stream.eof:
                if ends:
                    raise TruncatedError("a member stops early")
                break
            given = b""
            plain += piece
        if stream.eof and stream.unused_data:
            raise MalformedError("something stands behind a member's stream")
    except MemoryError as error:
        raise LimitError("a member needs too much memory") from error
    except _BROKEN as error:
        raise MalformedError("a member is damaged") from error
    return bytes(plain)


def _bzip2(packed: bytes, most: int) -> bytes:
    return _unpack(packed, bz2.BZ2Decompressor(), most)


def _zstd(packed: bytes, most: int) -> bytes:
    return _unpack(packed, decompressor(), most)


def _xz(packed: bytes, most: int) -> bytes:
    return _unpack(packed, lzma.LZMADecompressor(format=lzma.FORMAT_XZ), most)


def _lzma(packed: bytes, most: int) -> bytes:
    """Read the properties in front of the stream (APPNOTE 5.8.8), then the stream."""
    if len(packed) < _PROPERTIES.size:
        raise TruncatedError("a member stops early")
    size, packing, dictionary = _PROPERTIES.unpack_from(packed)
    if size != _LZMA_PROPERTIES or packing >= 9 * 5 * 5:
        raise MalformedError("properties that cannot be")
    if dictionary > _MOST_DICTIONARY:
        raise UnsupportedError("a dictionary of more than 256 MiB")
    chain = {
        "id": lzma.FILTER_LZMA1,
        "dict_size": max(dictionary, 4096),
        "lc": packing % 9,
        "lp": packing // 9 % 5,
        "pb": packing // 45,
    }
    try:
        stream = lzma.LZMADecompressor(format=lzma.FORMAT_RAW, filters=[chain])
    except _BROKEN as error:
        raise MalformedError("properties that cannot be") from error
    # Without a mark at its end the stream ends where the member has its size.
    return _unpack(packed[_PROPERTIES.size :], stream, most, ends=False)


OTHER_METHODS: Mapping[int, Inflate] = {
    DEFLATE64: inflate_64,
    BZIP2: _bzip2,
    LZMA: _lzma,
    ZSTD: _zstd,
    XZ: _xz,
}
