"""Ways to judge columns in which nearly every value differs, without a look at each value.

A way is taken only where it says what `Values` would say: identifiers of a plain pattern by their
shape, free texts by their first letter and length, moments by their day and their time.
"""

import re
from dataclasses import dataclass
from datetime import date

from schemas.tabular.arrays import Integers, np
from schemas.tabular.columns import NONE, SOUND, Numbered
from schemas.tabular.contract import Column, ColumnType, Contract
from schemas.tabular.grid import Grid
from schemas.tabular.values import Values, format_of, moment_pattern

# Patterns that treat all capitals alike, all small letters, and all digits: no letter or digit
# stands in them but as a whole range, and no range can come about by neighbours.
_ALIKE = re.compile(
    r"(?:\[\^?-?(?:A-Z|a-z|0-9|\\d|[_/ :])+-?\]|\\d|[-_/ :,]|\\[.\-/+]|\(\?:|[()|]"
    r"|\{\d{1,4}(?:,\d{0,4})?\}|[*+?.])*"
)
_SIGNS = frozenset(b"=+-@")
_STARTS_TEXT = np.array([32 < byte < 127 and byte not in _SIGNS for byte in range(256)])
_MOMENTS = frozenset({ColumnType.DATE, ColumnType.DATETIME, ColumnType.TIME})


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """The values of one column by their numbers; `ticks` are moments as numbers of their digits.

    Where there is no moment, or none that exists, the tick is `NONE`.
    """

    numbers: Integers
    ticks: Integers | None = None


def is_by_shape(column: Column, missing: frozenset[str]) -> bool:
    """Whether values of one shape are all that a column's rules can tell apart."""
    plain = column.type is ColumnType.STRING and column.pattern and missing == {""}
    told = column.enum or column.identifier or column.minimum or column.maximum
    return bool(plain and not told and _ALIKE.fullmatch(column.pattern))


def is_free_text(column: Column) -> bool:
    """Whether a column holds texts that are only bounded in length and may be no formula."""
    told = column.enum or column.pattern or column.identifier or column.minimum or column.maximum
    return column.type is ColumnType.STRING and not told


class EachValue:
    """Judges each value of a column: the way that is always right."""

    def __init__(self, numbered: Numbered, column: Column) -> None:
        self.column = column
        self.numbered = numbered

    def forget(self) -> None:
        """Make room between two blocks, where too many values are remembered."""
        self.numbered.make_room()

    def look(self, grid: Grid, place: int) -> Looked:
        """Return what the values of a block's plain lines are."""
        numbers = self.numbered.numbers(grid, grid.starts[place], grid.lengths[place])
        return Looked(numbers=numbers, ticks=self.ticks_of(numbers))

    def look_at(self, values: list[str]) -> Looked:
        """Return the same of values that are no part of a grid."""
        numbers = np.array([self.numbered.number(value) for value in values], dtype=np.int64)
        return Looked(numbers=numbers, ticks=self.ticks_of(numbers))

    def ticks_of(self, numbers: Integers) -> Integers | None:
        """Return moments as numbers; None where the column holds none."""
        return self.numbered.ticks[numbers] if self.column.type in _MOMENTS else None


class ByShape(EachValue):
    """Judges one value of each shape: capitals, small letters and digits are drawn alike."""

    def look(self, grid: Grid, place: int) -> Looked:
        """Return what the values of a block's plain lines are."""
        starts, lengths = grid.starts[place], grid.lengths[place]
        return Looked(numbers=self.numbered.numbers(grid, starts, lengths, by_shape=True))


class FreeText(EachValue):
    """Passes texts that begin like a text, are neither short nor long, nor stand for nothing."""

    def __init__(self, numbered: Numbered, column: Column, missing: frozenset[str]) -> None:
        super().__init__(numbered, column)
        longest_missing = max((len(value.encode()) for value in missing), default=0)
        # Lengths here are of bytes: a letter has one to four.
        self._least = max(4 * column.least_length, longest_missing + 1)
        self._most = column.most_length

    def look(self, grid: Grid, place: int) -> Looked:
        """Return what the values of a block's plain lines are."""
        starts, lengths = grid.starts[place], grid.lengths[place]
        sound = (lengths >= self._least) & (lengths <= self._most)
        sound &= _STARTS_TEXT[grid.text[starts]]
        numbers = np.full(len(starts), SOUND, dtype=np.int64)
        rest = np.flatnonzero(~sound)
        numbers[rest] = self.numbered.numbers(grid, starts[rest], lengths[rest])
        return Looked(numbers=numbers)


class DayAndTime(EachValue):
    """Judges moments by their two halves: there are few days, and few times of the day.

    A moment with both halves sound is sound; whatever else stands there is judged as a whole.
    """

    def __init__(
        self, numbered: Numbered, column: Column, halves: tuple[Numbered, Numbered], place: int
    ) -> None:
        super().__init__(numbered, column)
        given = format_of(column)
        self._days, self._times = halves
        self._width, self._cut = _width(given), _width(given[:place])
        self._time_digits = 2 * given[place:].count("%")

    def forget(self) -> None:
        """Make room between two blocks, where too many values are remembered."""
        super().forget()
        self._days.make_room()
        self._times.make_room()

    def look(self, grid: Grid, place: int) -> Looked:
        """Return what the values of a block's plain lines are."""
        starts, lengths = grid.starts[place], grid.lengths[place]
        numbers = np.full(len(starts), SOUND, dtype=np.int64)
        fitting = np.flatnonzero(lengths == self._width)
        ticks = np.full(len(starts), NONE, dtype=np.int64)
        ticks[fitting] = self._ticks(grid, starts[fitting])
        rest = np.flatnonzero(ticks == NONE)
        numbers[rest] = self.numbered.numbers(grid, starts[rest], lengths[rest])
        found = self.ticks_of(numbers[rest])
        if found is not None:
            ticks[rest] = found
        return Looked(numbers=numbers, ticks=ticks)

    def _ticks(self, grid: Grid, starts: Integers) -> Integers:
        cut, size = self._cut, len(starts)
        days = self._days.numbers(grid, starts, np.full(size, cut, np.int64))
        times = self._times.numbers(
            grid, starts + cut, np.full(size, self._width - cut, dtype=np.int64)
        )
        day, time = self._days.ticks[days], self._times.ticks[times]
        ticks: Integers = np.where(
            (day == NONE) | (time == NONE), NONE, day * 10**self._time_digits + time
        )
        return ticks


def _width(given: str) -> int:
    """Return how many characters a moment of this format has: four for a year, else two."""
    return len(given) + given.count("%Y") * 2


def _place_of_time(given: str) -> int:
    """Return where the time begins in a format that has its day first; -1 in any other."""
    _, order = moment_pattern(given)
    days = len(order.rstrip("HMS"))
    if set(order[:days]) != set("Ymd") or set(order[days:]) not in ({"H", "M"}, {"H", "M", "S"}):
        return -1
    return given.index("%H") if order[days] == "H" else -1


def _halved(column: Column, missing: frozenset[str]) -> int:
    """Return where the format of a column's moments is cut in two; -1 when it cannot be."""
    told = column.enum or column.pattern or column.identifier or column.minimum or column.maximum
    if column.type is not ColumnType.DATETIME or told or not format_of(column).isascii():
        return -1
    given = format_of(column)
    width, place = _width(given), _place_of_time(given)
    bounded = not column.least_length <= width <= column.most_length
    if bounded or any(len(value) == width for value in missing):
        return -1
    return place


def _halves(column: Column, today: date, encoding: str, place: int) -> tuple[Numbered, Numbered]:
    given = format_of(column)
    name, future = column.name, column.future
    halves = (
        Column(name=name, type=ColumnType.DATE, format=given[:place], future=future),
        Column(name=name, type=ColumnType.TIME, format=given[place:]),
    )
    one, other = (
        Numbered(Values(h, frozenset(), today).judge, encoding, moments=True) for h in halves
    )
    return one, other


def way_of(contract: Contract, column: Column, today: date) -> EachValue:
    """Return how a column is judged; what other columns are compared with is known exactly."""
    missing, encoding = contract.missing, contract.dialect.encoding
    moments = column.type in _MOMENTS
    numbered = Numbered(Values(column, missing, today).judge, encoding, moments=moments)
    if column.name in contract.read_as_text:
        return EachValue(numbered, column)
    place = _halved(column, missing)
    if place > 0:
        halves = _halves(column, today, encoding, place)
        return DayAndTime(numbered, column, halves, place)
    if column.name in contract.compared:
        return EachValue(numbered, column)
    if is_by_shape(column, missing):
        return ByShape(numbered, column)
    if is_free_text(column):
        return FreeText(numbered, column, missing)
    return EachValue(numbered, column)
