"""Lays blocks out on sheets of A4; lengths are points, from the lower left corner."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from cleanzone.printing.lines import Line, lines_of, natural_width
from cleanzone.printing.page_text import Block, Cell

WIDTH, HEIGHT = 595, 842
MARGIN = 56
FOOT = 64
SIZES = {"h1": 16.0, "h2": 11.5, "p": 9.5, "table": 9.0}
SPACE_BEFORE = {"h1": 0.0, "h2": 12.0, "p": 3.0, "table": 2.0}
LEADING = 1.35
GAP = 10.0
PADDING = 6.0
NARROWEST = 30.0
INSIDE = WIDTH - 2 * MARGIN


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """A line of text with its base line at a place."""

    x: float
    y: float
    size: float
    line: Line


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """A horizontal line over the whole width, or a box around `height` points below it."""

    y: float
    height: float = 0.0


@dataclass(slots=True)
class Sheet:
    """What stands on one sheet."""

    texts: list[Text] = field(default_factory=list)
    rules: list[Rule] = field(default_factory=list)


def sheets_of(blocks: Iterable[Block]) -> list[Sheet]:
    """Return blocks on as many sheets as they need."""
    flow = _Flow()
    for block in blocks:
        flow.add(block)
    return flow.sheets


class _Flow:
    """Fills sheets from the top."""

    def __init__(self) -> None:
        self.sheets = [Sheet()]
        self._y = float(HEIGHT - MARGIN)

    def add(self, block: Block) -> None:
        size = SIZES[block.tag]
        self._y -= SPACE_BEFORE[block.tag]
        if block.tag == "h2":
            # A heading does not stand alone at the foot of a sheet.
            self._make_room(size * LEADING + 3 * SIZES["p"] * LEADING)
        inside = INSIDE - 2 * PADDING if block.boxed else INSIDE
        widths = column_widths(block.rows, size, inside)
        for row in block.rows:
            self._row(row, widths, size, boxed=block.boxed)
            if block.tag in {"h1", "table"}:
                self.sheets[-1].rules.append(Rule(y=self._y - 1))
                self._y -= 3

    def _row(
        self, row: Sequence[Cell], widths: Sequence[float], size: float, *, boxed: bool
    ) -> None:
        cells = [lines_of(cell, size, wide - GAP) for cell, wide in zip(row, widths, strict=False)]
        height = size * LEADING
        rows = max((len(lines) for lines in cells), default=0)
        self._make_room(min(rows * height, HEIGHT - MARGIN - FOOT) + (2 * PADDING if boxed else 0))
        if boxed:
            self.sheets[-1].rules.append(Rule(y=self._y, height=rows * height + 2 * PADDING))
            self._y -= PADDING
        for at in range(rows):
            self._make_room(height)
            self._y -= height
            x = MARGIN + (PADDING if boxed else 0.0)
            for lines, wide in zip(cells, widths, strict=False):
                if at < len(lines):
                    self.sheets[-1].texts.append(
                        Text(x=x, y=self._y + height - size, size=size, line=lines[at])
                    )
                x += wide
        self._y -= 2 * PADDING if boxed else 0.0

    def _make_room(self, height: float) -> None:
        if self._y - height < FOOT:
            self.sheets.append(Sheet())
            self._y = float(HEIGHT - MARGIN)


def column_widths(rows: Sequence[Sequence[Cell]], size: float, inside: float) -> list[float]:
    """Return how wide the columns are: as wide as they like, the widest narrowed until all fit."""
    columns = max((len(row) for row in rows), default=0)
    wanted = [
        max((natural_width(row[at], size) for row in rows if at < len(row)), default=0.0) + GAP
        for at in range(columns)
    ]
    if sum(wanted) > inside:
        wanted = list(_narrowed([max(wide, NARROWEST) for wide in wanted], inside))
    if columns == 1:
        return [inside]
    return wanted


def _narrowed(wanted: Sequence[float], inside: float) -> Iterator[float]:
    """Cut the widest columns down to one width, so that all together are as wide as the sheet."""
    left, open_columns = inside, len(wanted)
    for wide in sorted(wanted):
        if wide > left / open_columns:
            break
        left, open_columns = left - wide, open_columns - 1
    most = left / max(open_columns, 1)
    yield from (min(wide, most) for wide in wanted)
