"""Cuts a block of lines without separators into fields, all at once, by where they stand.

Positions are counted in characters, and here in bytes: a line with letters that take more than one
byte is left to the row reader, like every other line that is not plain.
"""

from formats.csv_lines import LONGEST_LINE, Block
from schemas.tabular.arrays import Bytes, Flags, Integers, np
from schemas.tabular.contract import Contract, Fixed
from schemas.tabular.grid import PAD, Cutter, Grid

_NEWLINE, _RETURN, _SPACE, _DELETE, _ZERO, _NINE = 10, 13, 32, 127, 48, 57
MOST_DIGITS = 6


class FixedCutter:
    """Cuts the blocks of one table of fixed width."""

    def __init__(self, contract: Contract) -> None:
        if contract.fixed is None:
            raise RuntimeError("a contract without places")
        self._fixed: Fixed = contract.fixed
        self._counts = [contract.place(repeat.count) for repeat in contract.fixed.repeats]
        self._plain = Cutter(contract)
        self._is_wide = contract.dialect.encoding == "utf-8"

    def cut(self, block: Block) -> Grid:
        """Return where the fields of a block are."""
        content = block.content
        text = np.frombuffer(content + b"\n" + bytes(PAD), dtype=np.uint8)
        lines = text[: len(content) + 1]
        ends = np.flatnonzero(lines == _NEWLINE)
        line_starts = np.concatenate((np.zeros(1, np.int64), ends + 1))
        starts = line_starts[:-1]
        returned = (ends > starts) & (lines[ends - 1] == _RETURN)
        sizes = ends - starts - returned
        fit = (sizes == self._wanted(lines, starts)) & (sizes <= LONGEST_LINE)
        fit[self._plain.odd_lines(content, lines, line_starts)] = False
        visible = (lines > _SPACE) & (lines < _DELETE)
        fit &= np.add.reduceat(visible, starts, dtype=np.int64) > 0
        if self._is_wide and not content.isascii():
            wide = np.flatnonzero(lines > _DELETE)
            fit[np.searchsorted(line_starts, wide, side="right") - 1] = False
        plain = np.flatnonzero(fit)
        cut_starts, lengths = self._fields(lines, starts[plain])
        return Grid(
            content=content,
            text=text,
            line_starts=line_starts,
            plain=plain,
            odd=np.flatnonzero(~fit),
            starts=cut_starts,
            lengths=lengths,
        )

    def _wanted(self, lines: Bytes, starts: Integers) -> Integers:
        """Return how long each line has to be; -1 where a count is not written in digits alone."""
        wanted = np.full(len(starts), self._fixed.width, dtype=np.int64)
        for repeat, column in zip(self._fixed.repeats, self._counts, strict=True):
            start, length = self._fixed.places[column]
            value = np.zeros(len(starts), dtype=np.int64)
            proper: Flags = np.full(len(starts), length <= MOST_DIGITS)
            for place in range(min(length, MOST_DIGITS)):
                digit = lines[np.minimum(starts + start + place, len(lines) - 1)].astype(np.int64)
                proper &= (digit >= _ZERO) & (digit <= _NINE)
                value = value * 10 + digit - _ZERO
            wanted = np.where(proper & (wanted >= 0), wanted + repeat.length * value, -1)
        return wanted

    def _fields(self, lines: Bytes, starts: Integers) -> tuple[Integers, Integers]:
        """Return where fields begin and how long they are, without the spaces around them."""
        places = np.array(self._fixed.places, dtype=np.int64)
        begun = starts[np.newaxis, :] + places[:, :1]
        lengths = np.broadcast_to(places[:, 1:], begun.shape).copy()
        for row in range(len(places)):
            _trim(lines, begun[row], lengths[row])
        return begun, lengths


def _trim(lines: Bytes, starts: Integers, lengths: Integers) -> None:
    """Take the spaces before and behind the values of one column away, in place."""
    while True:
        behind = (lengths > 0) & (lines[np.maximum(starts + lengths - 1, 0)] == _SPACE)
        if not behind.any():
            break
        lengths -= behind
    while True:
        before = (lengths > 0) & (lines[np.minimum(starts, len(lines) - 1)] == _SPACE)
        if not before.any():
            break
        starts += before
        lengths -= before
