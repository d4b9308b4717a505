"""How a Deflate stream ends: the difference between a cut, a bit that flipped and an overwriting.

A stream that was cut runs out of bytes. One in which few bits changed finds its way back: its codes
fall into step, and its end stands where it should, with another checksum. One in which a stretch
was overwritten meets a block that cannot be, or ends where it should not.
"""

import zlib
from dataclasses import dataclass
from enum import Enum, unique

_STEP = 1 << 20
_KEPT = 1 << 18
_SLICE = 1024
_LEAST_KEPT = 8 * _SLICE
_GARBLED = 0.3
_RAW = -15
_FLUSHED = b"\x00\x00\xff\xff"


def is_garbled(output: bytes) -> bool:
    """Compare the last slice of an output with earlier ones: how much of it is new?

    Only sequences of three bytes count that stand nowhere in the first half of what was kept.
    """
    if len(output) < _LEAST_KEPT:
        return False
    middle = len(output) // 2
    known = _threes(output[:middle])
    slices = range(middle, middle + middle // 2 - _SLICE, max(_SLICE, middle // 8))
    usual = max(_novelty(output[at : at + _SLICE], known) for at in slices)
    return _novelty(output[-_SLICE:], known) > max(2 * usual, _GARBLED)


def _threes(output: bytes) -> set[bytes]:
    return {output[at : at + 3] for at in range(len(output) - 2)}


def _novelty(output: bytes, known: set[bytes]) -> float:
    found = _threes(output)
    return len(found - known) / max(1, len(found))


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
    last: bytes

    @property
    def garbled(self) -> bool:
        """Whether what came out last has little in common with what came out before.

        Noise decodes as well as any bits, for a while, and to words that were never written.
        """
        return is_garbled(self.last)


def deflation(packed: bytes, *, most: int, window: int = _RAW) -> Deflation:
    """Inflate a raw Deflate stream (`window` 15 for zlib) and keep no more than its last bytes.

    `taken` is exact where the stream ends by itself, and within a step of the fault elsewhere.
    """
    stream = zlib.decompressobj(window)
    given = crc = 0
    rest, last = packed, b""
    end = End.WHOLE
    try:
        while not stream.eof:
            piece = stream.decompress(rest, _STEP)
            rest = stream.unconsumed_tail
            last = (last + piece)[-_KEPT:]
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
    return Deflation(end=end, taken=taken, given=given, crc=crc, last=last)
