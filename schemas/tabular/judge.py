"""Judges the lines of a table block by block, and says where each record is."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date

from formats.csv_lines import Block
from schemas.interface import Reason, ReasonClass, Record, Run, Touched
from schemas.reasons.table import because
from schemas.tabular.across import Across
from schemas.tabular.arrays import Flags, np
from schemas.tabular.block import LineReader, Lines
from schemas.tabular.contract import Contract
from schemas.tabular.groups import Groups, Repeats
from schemas.tabular.keys import Keys
from schemas.tabular.shortcuts import way_of
from schemas.tabular.subjects import SubjectColumn

Against = dict[int, list[Reason]]


class LineJudge:
    """Judges blocks of lines in order; it remembers what the last line of a block was."""

    def __init__(
        self,
        contract: Contract,
        repeated: Sequence[Keys],
        today: date,
        groups: Sequence[Groups] = (),
        watch: Callable[[Lines], None] | None = None,
        *,
        subjects: Sequence[SubjectColumn] = (),
        accepts: frozenset[str] = frozenset(),
    ) -> None:
        self._contract = contract
        self._accepts = accepts
        self._subjects = subjects
        self._groups = groups
        self._repeats = Repeats(contract)
        self._repeated = [keys for keys in repeated if keys.repeated]
        self._reader = LineReader(contract)
        self._ways = [way_of(contract, column, today) for column in contract.columns]
        self._across = Across(contract, self._ways)
        self._after_garbled = False
        self._watch = watch

    def judge(self, blocks: Iterable[Block]) -> Iterator[Record | Run | Touched]:
        """Yield the records of a table; a block is judged when the one behind it was read."""
        number = 0
        before: tuple[Block, Lines] | None = None
        for block in blocks:
            lines = self._reader.read(block)
            if self._watch is not None:
                self._watch(lines)
            if before is not None:
                yield from self._look(*before, number, before_garbled=lines.is_garbled(0))
                number += len(before[1])
            before = block, lines
        if before is not None:
            yield from self._look(*before, number, before_garbled=False)
        yield from (column.told() for column in self._subjects)

    def _look(
        self, block: Block, lines: Lines, number: int, *, before_garbled: bool
    ) -> Iterator[Record | Run | Touched]:
        """Yield the records of a block; `number` is how many came before."""
        against: Against = {place: list(row.reasons) for place, row in lines.odd.items()}
        self._judge_columns(lines, against)
        self._judge_neighbours(lines, against, before_garbled=before_garbled)
        for keys in self._repeated:
            for place, found in keys.found_in(lines):
                code = "TAB-013" if len(found.contents) == 1 else "TAB-012"
                against.setdefault(place, []).append(because(code))
        self._judge_groups(lines, against)
        if not block.terminated and self._contract.dialect.final_line_end:
            against.setdefault(len(lines) - 1, []).append(because("TAB-004"))
        against = {place: reasons for place, reasons in against.items() if reasons}
        yield from _records(block, lines, against, number)
        for column in self._subjects:
            yield from column.take(lines, _refused(lines, against, self._accepts))

    def _judge_columns(self, lines: Lines, against: Against) -> None:
        if not len(lines.places):
            return
        places = lines.places
        columns = []
        for place, way in enumerate(self._ways):
            way.forget()
            looked = lines.look(way, place)
            columns.append(looked)
            for row, reason in way.numbered.against(looked.numbers):
                against.setdefault(int(places[row]), []).append(reason)
        for row, reason in self._across.look(columns):
            against.setdefault(int(places[row]), []).append(reason)

    def _judge_groups(self, lines: Lines, against: Against) -> None:
        for groups in self._groups:
            for place, reason in groups.against(lines):
                against.setdefault(place, []).append(reason)
        if self._repeats.is_needed:
            for place, reason in self._repeats.against(lines):
                against.setdefault(place, []).append(reason)

    def _judge_neighbours(self, lines: Lines, against: Against, *, before_garbled: bool) -> None:
        """Refuse what stands beside garbled bytes, unless the line itself says more."""
        garbled = {place for place, row in lines.odd.items() if row.garbled}
        beside = {place + step for place in garbled for step in (-1, 1)}
        if self._after_garbled:
            beside.add(0)
        if before_garbled:
            beside.add(len(lines) - 1)
        for place in sorted(beside):
            own = lines.odd.get(place)
            if 0 <= place < len(lines) and not (own and own.reasons):
                against.setdefault(place, []).append(because("TAB-021"))
        self._after_garbled = lines.is_garbled(len(lines) - 1)


def _refused(lines: Lines, against: Against, accepts: frozenset[str]) -> Flags:
    """Return of each line whether anything refuses it that its owner does not accept."""
    refused = np.zeros(len(lines), dtype=np.bool_)
    for place, reasons in against.items():
        refused[place] = any(
            r.reason_class is ReasonClass.INTEGRITY and r.code not in accepts for r in reasons
        )
    return refused


def _records(block: Block, lines: Lines, against: Against, number: int) -> Iterator[Record | Run]:
    """Yield the lines of a block as runs between the records that something is said against."""
    if not against:
        yield Run(number=number + 1, count=len(lines), offset=block.offset, size=block.size)
        return
    offsets = (lines.grid.line_starts + block.offset).tolist()
    offsets[-1] = block.offset + block.size
    start = 0
    for place in sorted(against):
        if place > start:
            yield _run(number, start, place, offsets)
        yield Record(
            number=number + place + 1,
            offset=offsets[place],
            size=offsets[place + 1] - offsets[place],
            reasons=_once(against[place]),
        )
        start = place + 1
    if start < len(lines):
        yield _run(number, start, len(lines), offsets)


def _once(reasons: Sequence[Reason]) -> tuple[Reason, ...]:
    return tuple(reasons) if len(reasons) == 1 else tuple(dict.fromkeys(reasons))


def _run(number: int, start: int, stop: int, offsets: Sequence[int]) -> Run:
    size = offsets[stop] - offsets[start]
    return Run(number=number + start + 1, count=stop - start, offset=offsets[start], size=size)
