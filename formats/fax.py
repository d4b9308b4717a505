"""A walk over the codes of fax pictures (ITU-T T.4 and T.6), which scanners of letters write.

Every line has as many pixels as the page is wide, and most sequences of bits are no code: noise
contradicts itself within a few lines. What it contradicts is all that is asked; nothing is drawn.
"""

from dataclasses import dataclass

from formats.fax_codes import EXTENSION, HORIZONTAL, LONGEST, MODES, PASS, RUNS, Table

_END_OF_LINE = 12
_LEAST_FILL = 11
# Three bytes hold any code, wherever in the first of them it begins.
_FREE, _MASK, _BEHIND = 24 - LONGEST, (1 << LONGEST) - 1, 64
_REVERSED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
# A line that was received badly is found in real faxes; many are not.
_MOST_BAD_LINES = 8
# Some writers leave a few hundred bytes of their buffers behind the end.
_MOST_BEHIND = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """How a picture is written: pixels of a line, lines (0: unknown), and the scheme.

    `scheme` is negative for T.6, 0 for T.4 with lines that stand alone, positive for mixed ones.
    """

    columns: int
    lines: int = 0
    scheme: int = 0
    aligned: bool = False
    swapped: bool = False


class _ContradictionError(Exception):
    """Bits that are no code here, or a line that is too long."""


class _EndError(Exception):
    """The end of the picture, or of the bits."""


class _Bits:
    """A reader of bits; behind the last one zeros follow."""

    def __init__(self, packed: bytes) -> None:
        self._packed = packed + bytes(_BEHIND)
        self.at = 0
        self.size = 8 * len(packed)

    def peek(self, count: int) -> int:
        first = self.at >> 3
        window = int.from_bytes(self._packed[first : first + 3])
        return (window >> 24 - (self.at & 7) - count) & ((1 << count) - 1)

    def peek_behind(self) -> int:
        self.at += _END_OF_LINE
        following = self.peek(_END_OF_LINE)
        self.at -= _END_OF_LINE
        return following

    def code(self, table: Table) -> int:
        at = self.at
        window = int.from_bytes(self._packed[at >> 3 : (at >> 3) + 3])
        length, value = table[window >> _FREE - (at & 7) & _MASK]
        if not length:
            raise _EndError if self.at + LONGEST > self.size else _ContradictionError
        self.at += length
        if self.at > self.size:
            raise _EndError
        return value


def first_contradiction(packed: bytes, page: Page) -> int:
    """Return the byte at which the codes contradict the page first, -1 if they do not."""
    bits = _Bits(packed.translate(_REVERSED) if page.swapped else packed)
    above, line, bad, first_bad = [page.columns] * 3, 0, 0, -1
    try:
        while not page.lines or line < page.lines:
            try:
                above = _line(bits, page, above)
            except _ContradictionError:
                bad += 1
                first_bad = first_bad if bad > 1 else bits.at >> 3
                if page.scheme < 0 or bad > _MOST_BAD_LINES or not _resynchronise(bits):
                    return first_bad
            line += 1
    except _EndError:
        pass
    place = bits.at >> 3
    return place if len(packed[place:].strip(b"\x00")) > _MOST_BEHIND else -1


def _line(bits: _Bits, page: Page, above: list[int]) -> list[int]:
    """Read one line, and return where its colour changes, with three ends."""
    if page.aligned:
        bits.at = (bits.at + 7) & ~7
    if page.scheme < 0:
        if bits.at >= bits.size or (bits.peek(_END_OF_LINE) == 1 and bits.peek_behind() == 1):
            raise _EndError
        return _against(bits, page.columns, above)
    ended = _skip_end_of_line(bits)
    if ended and page.scheme > 0:
        stands_alone = bits.peek(1)
        bits.at += 1
        if not stands_alone:
            return _against(bits, page.columns, above)
    if bits.at >= bits.size:
        raise _EndError
    return _alone(bits, page.columns)


def _skip_end_of_line(bits: _Bits) -> bool:
    """Pass fill and an end of line, if they stand here (T.4 4.1.2); two in a row end the page."""
    if bits.peek(_LEAST_FILL):
        return False
    start = bits.at
    while bits.at < bits.size and not bits.peek(8):
        bits.at += 8
    while bits.at < bits.size and not bits.peek(1):
        bits.at += 1
    if bits.at >= bits.size:
        raise _EndError
    bits.at += 1
    if bits.at - start < _END_OF_LINE:
        bits.at = start
        return False
    if bits.peek(_END_OF_LINE) == 1 or bits.peek(_END_OF_LINE + 1) == (1 << _END_OF_LINE) + 1:
        raise _EndError
    return True


def _resynchronise(bits: _Bits) -> bool:
    """Move to the next end of line; False when there is none."""
    while bits.at + _END_OF_LINE <= bits.size:
        if bits.peek(_END_OF_LINE) == 1:
            return True
        bits.at += 1
    return False


def _run(bits: _Bits, color: int) -> int:
    total = 0
    while True:
        run = bits.code(RUNS[color])
        total += run
        if run < 64:
            return total


def _alone(bits: _Bits, columns: int) -> list[int]:
    """Read runs of both colours in turn until the line is full (T.4 4.1.1)."""
    changes, at, color = list[int](), 0, 0
    while at < columns:
        at += _run(bits, color)
        changes.append(at)
        color ^= 1
    if at > columns:
        raise _ContradictionError
    return [*changes, columns, columns, columns]


def _against(bits: _Bits, columns: int, above: list[int]) -> list[int]:
    """Read a line as it differs from the one above (T.6 2.2)."""
    changes, at, color, index = list[int](), -1, 0, 0
    while at < columns:
        index = max(0, index - 2)
        index += (index ^ color) & 1
        while above[index] <= at:
            index += 2
        mode = bits.code(MODES)
        if mode == PASS:
            at = above[index + 1]
            continue
        if mode == EXTENSION:
            raise _ContradictionError  # uncompressed pixels: no writer is known to have any
        if mode == HORIZONTAL:
            first = max(at, 0) + _run(bits, color)
            at = first + _run(bits, color ^ 1)
            changes += [first, at]
        else:
            before, at = at, above[index] + mode
            if at < max(before, 0):
                raise _ContradictionError
            changes.append(at)
            color ^= 1
        if at > columns:
            raise _ContradictionError
    return [*changes, columns, columns, columns]
