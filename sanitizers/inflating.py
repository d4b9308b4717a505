"""Native decompression with a count of every byte that comes out; for the forked lane only."""

import zlib

from formats.faults import MalformedError, TruncatedError

_STEP = 1 << 20
_RAW = -15
_ZLIB = 15
_FLUSHED = b"\x00\x00\xff\xff"


def inflate_raw(packed: bytes, most: int) -> bytes:
    """Inflate a ZIP member's bytes, at most `most` of them.

    Raises:
        MalformedError: the bytes are no Deflate stream.
        TruncatedError: the stream stops before its end.
    """
    return _inflate(packed, most, _RAW)


def inflate_zlib(packed: bytes, most: int) -> bytes:
    """Inflate a PDF stream's bytes, at most `most` of them.

    Raises:
        MalformedError: the bytes are no zlib stream.
        TruncatedError: the stream stops before its end.
    """
    return _inflate(packed, most, _ZLIB)


def checksum(content: bytes) -> int:
    """Return the CRC-32 that ZIP and PNG use."""
    return zlib.crc32(content)


def _inflate(packed: bytes, most: int, window: int) -> bytes:
    """Grow the output step by step: a bomb costs no more than the bound."""
    stream = zlib.decompressobj(window)
    pieces: list[bytes] = []
    held = 0
    rest = packed
    try:
        while held < most and not stream.eof:
            piece = stream.decompress(rest, min(_STEP, most - held))
            rest = stream.unconsumed_tail
            if not piece and not rest:
                break
            pieces.append(piece)
            held += len(piece)
    except zlib.error as error:
        raise MalformedError("no Deflate stream") from error
    # A writer that flushes without closing its stream ends it in this mark (RFC 1951 3.2.4).
    if held < most and not stream.eof and not packed.endswith(_FLUSHED):
        raise TruncatedError("a Deflate stream stops early")
    return b"".join(pieces)
