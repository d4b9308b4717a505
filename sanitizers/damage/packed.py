"""How a Deflate stream ends: the difference between a cut, a bit that flipped and an overwriting.

A stream that was cut runs out of bytes. One in which few bits changed finds its way back: its codes
fall into step, and its end stands where it should, with another checksum. One in which a stretch
was overwritten meets a block that cannot be, or ends where it should not.
"""

import zlib
from dataclasses import dataclass
from enum import Enum, unique

_STEP = 1 << 20
_RAW = -15
_FLUSHED = b"\x00\x00\xff\xff"


@unique
class End(Enum):
    """How a stream ended."""

    WHOLE = "whole"
    RUNS_OUT = "runs out"
    BREAKS = "breaks"
    WRONG_SUM = "has another checksum"
    TOO_LONG = "too long"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deflation:
    """A stream inflated as far as it goes: how many bytes went in and came out, and their CRC."""

    end: End
    taken: int
    given: int
    crc: int
    start: bytes


def deflation(packed: bytes, *, most: int, window: int = _RAW) -> Deflation:
    """Inflate a raw Deflate stream (`window` 15 for zlib) and keep no more than its first bytes.

    `taken` is exact where the stream ends by itself, and within a step of the fault elsewhere.
    """
    stream = zlib.decompressobj(window)
    given = crc = 0
    rest, start = packed, b""
    end = End.WHOLE
    try:
        while not stream.eof:
            piece = stream.decompress(rest, _STEP)
            rest = stream.unconsumed_tail
            start = start or piece[:64]
            given += len(piece)
            crc = zlib.crc32(piece, crc)
            if given > most:
                end = End.TOO_LONG
                break
            if not piece and not rest and not stream.eof:
                # A writer that flushes without closing ends in this mark (RFC 1951 3.2.4).
                end = End.WHOLE if packed.endswith(_FLUSHED) else End.RUNS_OUT
                break
    except zlib.error as error:
        wrong_sum = "incorrect data check" in str(error)
        end = End.WRONG_SUM if wrong_sum else End.BREAKS
    taken = len(packed) - len(rest if end is End.BREAKS else stream.unused_data)
    return Deflation(end=end, taken=taken, given=given, crc=crc, start=start)
