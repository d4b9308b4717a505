"""Rules across the columns of one row, and across the rows of one group."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal

from schemas.interface import Reason
from schemas.reasons.table import because
from schemas.tabular.contract import Chain, Comparison, Contract, Ranges, Requirement, Rule
from schemas.tabular.values import Parsed, Values

Columns = Sequence[Sequence[str]]
Against = tuple[int, Reason]
MOST_GROUPS = 2_000_000


class Across:
    """Judges rows by more than one column; chains remember the last event of each group."""

    def __init__(self, contract: Contract, values: Sequence[Values]) -> None:
        self._contract = contract
        self._values = values
        self._last: dict[tuple[int, str], tuple[Parsed, Parsed]] = {}

    def look(self, columns: Columns) -> Iterator[Against]:
        """Yield the rows of a block that contradict themselves or their neighbours."""
        contract = self._contract
        for rule in contract.rules:
            yield from self._compare(rule, columns)
        for requirement in contract.requirements:
            yield from self._require(requirement, columns)
        for ranges in contract.ranges:
            yield from self._plausible(ranges, columns)
        for number, chain in enumerate(contract.chains):
            yield from self._chain(number, chain, columns)

    def _column(self, name: str, columns: Columns) -> tuple[Sequence[str], Mapping[str, Parsed]]:
        place = self._contract.place(name)
        return columns[place], self._values[place].parsed

    def _compare(self, rule: Rule, columns: Columns) -> Iterator[Against]:
        left, left_parsed = self._column(rule.left, columns)
        right, right_parsed = self._column(rule.right, columns)
        reason = replace(
            because("TAB-014", f"columns {rule.left}, {rule.right}"), reason_class=rule.reason_class
        )
        ones, others = map(left_parsed.__getitem__, left), map(right_parsed.__getitem__, right)
        holds = _holding(rule.comparison)
        for row, (one, other) in enumerate(zip(ones, others, strict=True)):
            if one is not None and other is not None and not holds(one, other):
                yield row, reason

    def _require(self, rule: Requirement, columns: Columns) -> Iterator[Against]:
        given, _ = self._column(rule.column, columns)
        needed, parsed = self._column(rule.required, columns)
        reason = because("TAB-006", f"column {rule.required}")
        for row, (value, other) in enumerate(zip(given, needed, strict=True)):
            if value in rule.values and parsed[other] is None:
                yield row, reason

    def _plausible(self, ranges: Ranges, columns: Columns) -> Iterator[Against]:
        codes, _ = self._column(ranges.code, columns)
        units, _ = self._column(ranges.unit, columns)
        values, parsed = self._column(ranges.value, columns)
        reason = because("TAB-008", f"column {ranges.value}")
        bounds = ranges.bounds
        for row, key in enumerate(zip(codes, units, strict=True)):
            bound = bounds.get(key)
            value = parsed[values[row]] if bound else None
            if bound and isinstance(value, Decimal) and not bound[0] <= value <= bound[1]:
                yield row, reason

    def _chain(self, number: int, chain: Chain, columns: Columns) -> Iterator[Against]:
        groups, _ = self._column(chain.group, columns)
        starts, start_parsed = self._column(chain.start, columns)
        ends, end_parsed = self._column(chain.end, columns)
        reason = because("TAB-016", f"columns {chain.start}, {chain.end}")
        if len(self._last) > MOST_GROUPS:
            self._last.clear()
        for row, group in enumerate(groups):
            start, end = start_parsed[starts[row]], end_parsed[ends[row]]
            before = self._last.get((number, group))
            if before is not None and _overlaps(before, start, end):
                yield row, reason
            self._last[number, group] = (start, end)


def _overlaps(before: tuple[Parsed, Parsed], start: Parsed, end: Parsed) -> bool:
    """Whether an event meets the one before it in the file, whichever of them came first."""
    first_start, first_end = before
    if not isinstance(start, str) or not isinstance(first_start, str):
        return False
    if first_end is None:
        return end is None or str(end) > first_start
    return start < str(first_end) and (end is None or first_start < str(end))


def _less(one: Parsed, other: Parsed) -> bool:
    """Whether a value comes before another; dates compare by what both have."""
    if isinstance(one, str) and isinstance(other, str):
        if len(one) == len(other):
            return one < other
        shared = min(len(one), len(other))
        return one[:shared] < other[:shared]
    return isinstance(one, Decimal) and isinstance(other, Decimal) and one < other


def _holding(comparison: Comparison) -> Callable[[Parsed, Parsed], bool]:
    """Return what says whether a comparison holds; values of two types never do."""
    match comparison:
        case Comparison.EQUAL:
            return lambda one, other: type(one) is type(other) and one == other
        case Comparison.DIFFERENT:
            return lambda one, other: type(one) is type(other) and one != other
        case Comparison.BEFORE:
            return _less
        case Comparison.BEFORE_OR_EQUAL:
            return lambda one, other: type(one) is type(other) and not _less(other, one)
