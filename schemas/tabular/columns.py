"""One column of many rows: each value that is new is judged once, and known again by a number.

A column of a million rows rarely holds a million values, so that check digits and dates cost once
and not once a row. Where all values differ, most can be told to be sound without a look at each:
see `schemas.tabular.shortcuts`.
"""

from array import array
from collections.abc import Callable

from schemas.interface import Reason
from schemas.tabular.arrays import Integers, np
from schemas.tabular.grid import Grid
from schemas.tabular.memo import LONGEST, Memo, words_at, words_of
from schemas.tabular.values import Parsed

FIRST_LEARNED = 512
MOST_REMEMBERED = 200_000
Judge = Callable[[str], tuple[Parsed, Reason | None]]
NONE = -1  # no moment, or none that exists
SOUND = 0  # the number of values that nothing is said against, and that nothing is compared with


class Numbered:
    """Gives the values of one column numbers, and knows what each number stands for."""

    def __init__(self, judge: Judge, encoding: str, *, moments: bool = False) -> None:
        self._judge = judge
        self._moments = moments
        self._encoding = encoding
        self._memo = Memo()
        self.forget()

    def forget(self) -> None:
        """Forget all values; numbers that were given mean nothing any more."""
        self._memo.forget()
        self._numbers: dict[str, int] = {}
        self.texts: list[str] = [""]
        self.parsed: list[Parsed] = [None]
        self.reasons: list[Reason | None] = [None]
        self._shapes: dict[bytes, int] = {}
        self._spoken = bytearray(1)
        self._ticks = array("q", [NONE])

    def make_room(self) -> None:
        """Forget all values when there are too many; not between two looks at one block."""
        if len(self.texts) > MOST_REMEMBERED:
            self.forget()

    def number(self, value: str) -> int:
        """Return the number of one value."""
        found = self._numbers.get(value)
        if found is None:
            found = self._numbers[value] = len(self.texts)
            parsed, reason = self._judge(value)
            self.texts.append(value)
            self.parsed.append(parsed)
            self.reasons.append(reason)
            self._spoken.append(reason is not None)
            self._ticks.append(int(parsed) if self._moments and parsed is not None else NONE)
        return found

    @property
    def ticks(self) -> Integers:
        """Moments as numbers of their digits, by the number of their value."""
        return np.array(self._ticks, dtype=np.int64)

    def numbers(
        self, grid: Grid, starts: Integers, lengths: Integers, *, by_shape: bool = False
    ) -> Integers:
        """Return the numbers of some values of a block; those of one shape may share one."""
        if not len(starts):
            return np.zeros(0, np.int64)
        most = min(int(lengths.max()), LONGEST)
        text = grid.shapes if by_shape else grid.text
        keys = words_of(words_at(text), starts, lengths, most)
        known, numbers = self._memo.look(keys, lengths)
        if known.all():
            return numbers
        new = np.flatnonzero(~known)
        learn = self._learn_shapes if by_shape else self._learn
        if len(new) > FIRST_LEARNED:
            # A column of few values is known whole after some of its rows.
            first = new[:FIRST_LEARNED]
            numbers[first] = learn(grid, starts[first], lengths[first])
            self._memo.put([key[first] for key in keys], lengths[first], numbers[first])
            rest = new[FIRST_LEARNED:]
            found, numbers[rest] = self._memo.look([key[rest] for key in keys], lengths[rest])
            new = rest[~found]
        numbers[new] = learn(grid, starts[new], lengths[new])
        self._memo.put([key[new] for key in keys], lengths[new], numbers[new])
        return numbers

    def _learn(self, grid: Grid, starts: Integers, lengths: Integers) -> list[int]:
        """Judge values; where one is half a field, a letter that is cut in two is replaced."""
        number, encoding, content = self.number, self._encoding, grid.content
        places = zip(starts.tolist(), (starts + lengths).tolist(), strict=True)
        return [number(content[start:end].decode(encoding, "replace")) for start, end in places]

    def _learn_shapes(self, grid: Grid, starts: Integers, lengths: Integers) -> list[int]:
        """Judge one value of each shape."""
        shapes, known = grid.shapes.tobytes(), self._shapes
        ends = (starts + lengths).tolist()
        drawn = [shapes[start:end] for start, end in zip(starts.tolist(), ends, strict=True)]
        for row, shape in enumerate(drawn):
            if shape not in known:
                known[shape] = self._learn(grid, starts[row : row + 1], lengths[row : row + 1])[0]
        return [known[shape] for shape in drawn]

    def against(self, numbers: Integers) -> list[tuple[int, Reason]]:
        """Return the rows that something is said against, and what."""
        spoken = np.frombuffer(bytes(self._spoken), dtype=np.bool_)
        rows = np.flatnonzero(spoken[numbers])
        reasons = [self.reasons[number] for number in numbers[rows].tolist()]
        said = zip(rows.tolist(), reasons, strict=True)
        return [(row, reason) for row, reason in said if reason is not None]
