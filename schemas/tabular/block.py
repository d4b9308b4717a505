"""A block of lines as rows: the plain ones cut all at once, the others read one by one."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from formats.csv_lines import Block
from schemas.tabular.arrays import Integers, np
from schemas.tabular.contract import Contract
from schemas.tabular.fixed import FixedCutter
from schemas.tabular.grid import Cutter, Grid
from schemas.tabular.rows import Row, RowReader
from schemas.tabular.shortcuts import EachValue, Looked


@dataclass(frozen=True, slots=True, kw_only=True)
class Lines:
    """The lines of a block: `odd` are those that are not plain, by their number.

    `places` are the numbers of all whole lines, in order; first come those of the grid, then the
    odd ones that have all their fields, and `order` puts both in one order.
    """

    grid: Grid
    odd: Mapping[int, Row]
    whole: Sequence[int]
    places: Integers
    order: Integers
    encoding: str

    def __len__(self) -> int:
        """Return how many lines there are."""
        return len(self.grid.line_starts) - 1

    def is_garbled(self, number: int) -> bool:
        """Whether bytes of a line are no text, so that its neighbours may be cut."""
        row = self.odd.get(number)
        return row is not None and row.garbled

    def look(self, way: EachValue, place: int) -> Looked:
        """Return what the values of one column are, for all whole lines in their order."""
        plain = way.look(self.grid, place)
        if not self.whole:
            return plain
        others = way.look_at([self.odd[number].fields[place] for number in self.whole])
        numbers = np.concatenate((plain.numbers, others.numbers))[self.order]
        if plain.ticks is None or others.ticks is None:
            return Looked(numbers=numbers)
        return Looked(
            numbers=numbers, ticks=np.concatenate((plain.ticks, others.ticks))[self.order]
        )


class LineReader:
    """Makes rows of the blocks of one table."""

    def __init__(self, contract: Contract) -> None:
        self._cutter = FixedCutter(contract) if contract.fixed else Cutter(contract)
        self._rows = RowReader(contract)
        self._encoding = contract.dialect.encoding

    def read(self, block: Block) -> Lines:
        """Return the lines of a block."""
        grid = self._cutter.cut(block)
        odd = {number: self._rows.row(grid.line(number)) for number in grid.odd.tolist()}
        whole = [number for number, row in odd.items() if row.fields]
        places = np.concatenate((grid.plain, np.array(whole, dtype=np.int64)))
        order = np.argsort(places, kind="stable") if whole else np.arange(len(places))
        return Lines(
            grid=grid,
            odd=odd,
            whole=whole,
            places=places[order],
            order=order,
            encoding=self._encoding,
        )
