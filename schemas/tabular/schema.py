"""The schema of one contract: every line of a table is one record."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import accumulate

from formats.csv_lines import BYTE_ORDER_MARK, Block, read_blocks, read_heading
from schemas.interface import Extract, NotValidated, Reason, Record, Remark, Run, Said
from schemas.reasons.table import because
from schemas.tabular.across import Across
from schemas.tabular.contract import Contract
from schemas.tabular.keys import Keys, find_repeated
from schemas.tabular.rows import Row, RowReader
from schemas.tabular.values import Values


@dataclass(frozen=True, slots=True, kw_only=True)
class Tabular:
    """A table whose lines follow a contract."""

    contract: Contract
    media_types: frozenset[str] = frozenset({"text/csv", "text/plain"})

    @property
    def name(self) -> str:
        """Return the contract's name."""
        return self.contract.name

    def knows(self, extract: Extract) -> bool:
        """Whether the first line names this contract's columns."""
        return self.contract.dialect.heading and fits(self.contract, read_heading(extract.content))

    def validate(self, extract: Extract) -> Iterator[Said]:
        """Yield every line in the order of its bytes; blank lines at the end are no records."""
        at = 0
        number = 0
        if self.contract.dialect.heading:
            heading = read_heading(extract.content)
            at = heading.size
            yield from heading_remarks(self.contract, heading, extract.content)
            if not fits(self.contract, heading) and _is_readable(self.contract, heading):
                reason = "the heading is not that of the contract"
                yield NotValidated(schema=self.name, reason=reason)
                return
        repeated = find_repeated(self.contract, extract.content, at)
        if any(not keys.whole for keys in repeated):
            yield Remark(reason=because("TAB-022"))
        judge = _Judge(self.contract, repeated, extract.today)
        for block in read_blocks(extract.content, at):
            for item in judge.look(block, number):
                yield item
                number += item.count if isinstance(item, Run) else 1


def fits(contract: Contract, heading: Block) -> bool:
    """Whether a first line names exactly the contract's columns, in their order."""
    return heading_names(contract, heading) == list(contract.heading)


def heading_names(contract: Contract, heading: Block) -> list[str]:
    """Return the names in a first line; empty when it cannot be read."""
    try:
        text = heading.content.removesuffix(b"\r").decode(contract.dialect.encoding)
    except UnicodeDecodeError:
        return []
    quote = contract.dialect.quote
    return [name.strip().strip(quote) for name in text.split(contract.dialect.delimiter)]


def heading_remarks(contract: Contract, heading: Block, content: memoryview) -> Iterator[Remark]:
    """Yield what is to be said of the first line."""
    if heading.size and bytes(content[:3]) == BYTE_ORDER_MARK:
        yield Remark(reason=because("TAB-020"))
    if not fits(contract, heading):
        yield Remark(reason=because("TAB-001", "heading"))


def _is_readable(contract: Contract, heading: Block) -> bool:
    """Whether the first line is text: a garbled one says nothing against the lines below it."""
    names = heading_names(contract, heading)
    return bool(names) and all(name.isprintable() for name in names)


class _Judge:
    """Judges blocks of lines in order; it remembers what the last line of a block was."""

    def __init__(self, contract: Contract, repeated: tuple[Keys, ...], today: date) -> None:
        self._contract = contract
        self._repeated = [keys for keys in repeated if keys.repeated]
        self._reader = RowReader(contract)
        self._values = [
            Values(column, contract.missing, today, compared=column.name in contract.compared)
            for column in contract.columns
        ]
        self._across = Across(contract, self._values)
        self._after_garbled = False

    def look(self, block: Block, number: int) -> Iterator[Record | Run]:
        """Yield the records of a block; `number` is how many came before."""
        fields = None if self._repeated or self._after_garbled else self._reader.fields(block)
        if fields is not None:
            against = self._column_reasons(fields, range(len(fields)))
            count = len(fields)
        else:
            rows = self._reader.read(block)
            against = self._row_reasons(rows)
            count = len(rows)
        if not block.terminated and self._contract.dialect.final_line_end:
            against.setdefault(count - 1, []).append(because("TAB-004"))
        yield from _records(block, against, number, count)

    def _row_reasons(self, rows: Sequence[Row]) -> dict[int, list[Reason]]:
        whole = [place for place, row in enumerate(rows) if row.fields]
        against = self._column_reasons([rows[place].fields for place in whole], whole)
        for place, row in enumerate(rows):
            if row.reasons:
                against[place] = [*row.reasons, *against.get(place, ())]
            elif self._is_beside_garbled(rows, place):
                against.setdefault(place, []).append(because("TAB-021"))
            for keys in self._repeated if row.fields else ():
                against.setdefault(place, []).extend(_repetition(keys, row))
        self._after_garbled = bool(rows) and rows[-1].garbled
        return {place: reasons for place, reasons in against.items() if reasons}

    def _is_beside_garbled(self, rows: Sequence[Row], place: int) -> bool:
        before = rows[place - 1].garbled if place else self._after_garbled
        return before or (place + 1 < len(rows) and rows[place + 1].garbled)

    def _column_reasons(
        self, rows: Sequence[Sequence[str]], places: Sequence[int]
    ) -> dict[int, list[Reason]]:
        against: dict[int, list[Reason]] = {}
        if not rows:
            return against
        columns = list(zip(*rows, strict=True))
        for values, column in zip(self._values, columns, strict=True):
            unfit = values.look(column)
            if unfit:
                for row, value in enumerate(column):
                    if value in unfit:
                        against.setdefault(places[row], []).append(values.against[value])
        for row, reason in self._across.look(columns):
            against.setdefault(places[row], []).append(reason)
        return against


def _repetition(keys: Keys, row: Row) -> Iterator[Reason]:
    found = keys.repeated.get(keys.key_of(row.fields))
    if found:
        yield because("TAB-013" if len(found.contents) == 1 else "TAB-012")


def _records(
    block: Block, against: dict[int, list[Reason]], number: int, count: int
) -> Iterator[Record | Run]:
    """Yield the lines of a block as runs between the records that something is said against."""
    if not against:
        yield Run(number=number + 1, count=count, offset=block.offset, size=block.size)
        return
    sizes = [len(line) + 1 for line in block.content.split(b"\n")]
    offsets = [block.offset, *accumulate(sizes, initial=block.offset)][1:]
    offsets[-1] = block.offset + block.size
    start = 0
    for place in sorted(against):
        if place > start:
            yield _run(number, start, place, offsets)
        yield Record(
            number=number + place + 1,
            offset=offsets[place],
            size=offsets[place + 1] - offsets[place],
            reasons=tuple(dict.fromkeys(against[place])),
        )
        start = place + 1
    if start < count:
        yield _run(number, start, count, offsets)


def _run(number: int, start: int, stop: int, offsets: Sequence[int]) -> Run:
    size = offsets[stop] - offsets[start]
    return Run(number=number + start + 1, count=stop - start, offset=offsets[start], size=size)
