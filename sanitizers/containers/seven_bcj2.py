"""BCJ2 of 7z: addresses of calls and jumps in programs for x86, put back from streams of their own.

Four streams go in: the program with its addresses left out, those of calls, those of jumps, and the
bits of a range coder that say after which opcodes an address was left out.
"""

import re
import struct
from collections.abc import Iterator

from formats.faults import MalformedError, TruncatedError
from sanitizers.containers.flowing import Reading

STREAMS = 4
_CALL, _JUMP, _TWO_BYTES = 0xE8, 0xE9, 0x0F
_OPCODE = re.compile(rb"[\xe8\xe9]|\x0f[\x80-\x8f]")
_TOP, _BITS, _SHIFT = 1 << 24, 11, 5
_WHOLE, _HALF = 1 << _BITS, 1 << (_BITS - 1)
_ADDRESS = 4


class _Bits:
    """The range coder of LZMA, with one probability for each kind of opcode."""

    def __init__(self, source: Reading) -> None:
        self._source = source
        first = source.take(5)
        if first[0]:
            raise MalformedError("bits of BCJ2 that begin otherwise")
        self._code = int.from_bytes(first[1:], "big")
        self._range = 0xFFFFFFFF
        self._chances = [_HALF] * 258

    def next(self, kind: int) -> bool:
        """Return the next bit for a kind of opcode.

        Raises:
            TruncatedError: there are no more.
        """
        if self._range < _TOP:
            self._range <<= 8
            self._code = (self._code << 8 | self._source.take(1)[0]) & 0xFFFFFFFF
        chance = self._chances[kind]
        bound = (self._range >> _BITS) * chance
        if self._code < bound:
            self._range = bound
            self._chances[kind] = chance + ((_WHOLE - chance) >> _SHIFT)
            return False
        self._range -= bound
        self._code -= bound
        self._chances[kind] = chance - (chance >> _SHIFT)
        return True


def merged(streams: list[Iterator[bytes]], size: int) -> Iterator[bytes]:
    """Yield the program, exactly so many bytes of it.

    Raises:
        TruncatedError: a stream stops early.
        MalformedError: one goes on, or none of this is BCJ2.
    """
    main, calls, jumps, bits = streams
    merging = _Merging(Reading(calls), Reading(jumps), Reading(bits))
    yield from merging.pieces(main, size)
    if merging.at != size:
        raise TruncatedError("a stream stops early")
    for rest in (main, calls, jumps):
        if next(rest, b""):
            raise MalformedError("a stream goes on beyond its size")


class _Merging:
    """Puts addresses behind the opcodes; `at` counts the bytes that came out."""

    def __init__(self, calls: Reading, jumps: Reading, bits: Reading) -> None:
        self._calls = calls
        self._jumps = jumps
        self._bits = _Bits(bits)
        self._before = 0
        self.at = 0

    def pieces(self, main: Iterator[bytes], size: int) -> Iterator[bytes]:
        """Yield what a stream of the program without addresses comes to.

        Raises:
            MalformedError: it is more than so many bytes.
        """
        for piece in main:
            yield self._piece(piece)
            if self.at > size:
                raise MalformedError("a stream goes on beyond its size")

    def _piece(self, piece: bytes) -> bytes:
        out = bytearray()
        start, taken = self.at, 0
        while taken < len(piece):
            end = self._opcode_end(piece, taken)
            out += piece[taken:end]
            opcode_before = piece[end - 2] if end - taken > 1 else self._before
            taken, self._before = end, piece[end - 1]
            if _is_opcode(opcode_before, self._before):
                out += self._address(opcode_before, self._before, start + len(out))
        self.at = start + len(out)
        return bytes(out)

    def _opcode_end(self, piece: bytes, start: int) -> int:
        """Return where the next opcode ends; the end of the piece if there is none."""
        if _is_opcode(self._before, piece[start]):
            return start + 1
        found = _OPCODE.search(piece, start)
        return found.end() if found else len(piece)

    def _address(self, before: int, opcode: int, at: int) -> bytes:
        """Return the address that was left out behind an opcode; nothing if none was."""
        kind = before if opcode == _CALL else 256 if opcode == _JUMP else 257
        if not self._bits.next(kind):
            return b""
        source = self._calls if opcode == _CALL else self._jumps
        target = int.from_bytes(source.take(_ADDRESS), "big")
        address = struct.pack("<I", (target - at - _ADDRESS) & 0xFFFFFFFF)
        self._before = address[-1]
        return address


def _is_opcode(before: int, byte: int) -> bool:
    return byte & 0xFE == _CALL or (before == _TWO_BYTES and byte & 0xF0 == 0x80)
