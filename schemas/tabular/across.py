"""Rules across the columns of one row, and across the rows of one group."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import assert_never

from schemas.interface import Reason
from schemas.reasons.table import because
from schemas.tabular.arrays import Flags, Integers, np
from schemas.tabular.columns import NONE
from schemas.tabular.contract import Chain, Comparison, Contract, Ranges, Requirement, Rule
from schemas.tabular.shortcuts import EachValue, Looked
from schemas.tabular.values import Parsed, format_of

Against = tuple[int, Reason]
MOST_GROUPS = 2_000_000


@dataclass(frozen=True, slots=True)
class Side:
    """One column of some rows, ready to be compared."""

    way: EachValue
    looked: Looked

    @property
    def texts(self) -> list[str]:
        """The values as they were written."""
        texts = self.way.numbered.texts
        return [texts[number] for number in self.looked.numbers.tolist()]

    @property
    def parsed(self) -> list[Parsed]:
        """The values as they are compared."""
        if self.looked.ticks is None:
            parsed = self.way.numbered.parsed
            return [parsed[number] for number in self.looked.numbers.tolist()]
        width = self.digits
        return [None if t == NONE else f"{t:0{width}d}" for t in self.looked.ticks.tolist()]

    @property
    def digits(self) -> int:
        """How many digits a moment of this column has."""
        given = format_of(self.way.column)
        return 2 * given.count("%") + 2 * given.count("%Y")

    def absent(self) -> Flags:
        """Which rows hold nothing that can be compared."""
        if self.looked.ticks is not None:
            none: Flags = self.looked.ticks == NONE
            return none
        by_number = np.array([parsed is None for parsed in self.way.numbered.parsed])
        absent: Flags = by_number[self.looked.numbers]
        return absent

    def holds(self, values: frozenset[str]) -> Flags:
        """Which rows hold one of some values, as they were written."""
        by_number = np.array([text in values for text in self.way.numbered.texts])
        holds: Flags = by_number[self.looked.numbers]
        return holds


class Across:
    """Judges rows by more than one column; chains remember the last event of each group."""

    def __init__(self, contract: Contract, ways: Sequence[EachValue]) -> None:
        self._contract = contract
        self._ways = ways
        self._last: dict[tuple[int, str], tuple[Parsed, Parsed]] = {}

    def look(self, columns: Sequence[Looked]) -> Iterator[Against]:
        """Yield the rows of a block that contradict themselves or their neighbours."""
        contract = self._contract
        sides = {
            name: Side(way, looked)
            for name, way, looked in zip(contract.heading, self._ways, columns, strict=True)
        }
        for rule in contract.rules:
            yield from _compare(rule, sides[rule.left], sides[rule.right])
        for need in contract.requirements:
            yield from _require(need, sides[need.column], sides[need.required])
        for ranges in contract.ranges:
            names = (ranges.code, ranges.unit, ranges.value)
            yield from _plausible(ranges, *(sides[name] for name in names))
        for number, chain in enumerate(contract.chains):
            names = (chain.group, chain.start, chain.end)
            yield from self._chain(number, chain, *(sides[name] for name in names))

    def _chain(
        self, number: int, chain: Chain, groups: Side, starts: Side, ends: Side
    ) -> Iterator[Against]:
        reason = because("TAB-016", f"columns {chain.start}, {chain.end}")
        if len(self._last) > MOST_GROUPS:
            self._last.clear()
        events = zip(groups.texts, starts.parsed, ends.parsed, strict=True)
        for row, (group, start, end) in enumerate(events):
            before = self._last.get((number, group))
            if before is not None and _overlaps(before, start, end):
                yield row, reason
            self._last[number, group] = (start, end)


def _compare(rule: Rule, left: Side, right: Side) -> Iterator[Against]:
    reason = replace(
        because("TAB-014", f"columns {rule.left}, {rule.right}"), reason_class=rule.reason_class
    )
    if left.looked.ticks is not None and right.looked.ticks is not None:
        for row in np.flatnonzero(~_in_order(rule.comparison, left, right)).tolist():
            yield row, reason
        return
    holds = _holding(rule.comparison)
    for row, (one, other) in enumerate(zip(left.parsed, right.parsed, strict=True)):
        if one is not None and other is not None and not holds(one, other):
            yield row, reason


def _in_order(comparison: Comparison, left: Side, right: Side) -> Flags:
    """Which rows hold two moments that compare so, or less than two; by the digits both have."""
    shared = min(left.digits, right.digits)
    same = left.digits == right.digits
    one, other = _cut(left, shared), _cut(right, shared)
    match comparison:
        case Comparison.EQUAL:
            holds = (one == other) if same else np.zeros(len(one), np.bool_)
        case Comparison.DIFFERENT:
            holds = (one != other) if same else np.ones(len(one), np.bool_)
        case Comparison.BEFORE:
            holds = one < other
        case Comparison.BEFORE_OR_EQUAL:
            holds = one <= other
        case _:
            assert_never(comparison)
    flags: Flags = holds | left.absent() | right.absent()
    return flags


def _cut(side: Side, digits: int) -> Integers:
    ticks = side.looked.ticks
    if ticks is None:
        raise RuntimeError("a column without moments")
    cut: Integers = ticks // 10 ** (side.digits - digits)
    return cut


def _require(rule: Requirement, given: Side, needed: Side) -> Iterator[Against]:
    reason = needed.way.column.tempered(because("TAB-006", f"column {rule.required}"))
    for row in np.flatnonzero(given.holds(rule.values) & needed.absent()).tolist():
        yield row, reason


def _plausible(ranges: Ranges, codes: Side, units: Side, values: Side) -> Iterator[Against]:
    """Yield rows outside of their bounds: most are told apart by floats, the rest exactly."""
    reason = values.way.column.tempered(because("TAB-008", f"column {ranges.value}"))
    bounds = ranges.bounds
    known = codes.holds(frozenset(code for code, _ in bounds))
    rows = np.flatnonzero(known & ~values.absent())
    code_texts, unit_texts = codes.way.numbered.texts, units.way.numbered.texts
    parsed = values.way.numbered.parsed
    triples = np.stack([side.looked.numbers[rows] for side in (codes, units, values)], axis=1)
    sizes = [len(side.way.numbered.texts) for side in (codes, units, values)]
    mixed = (triples[:, 0] * sizes[1] + triples[:, 1]) * sizes[2] + triples[:, 2]
    different, first, which = np.unique(mixed, return_index=True, return_inverse=True)
    outside = np.zeros(len(different), dtype=np.bool_)
    for place, (code, unit, number) in enumerate(triples[first].tolist()):
        bound = bounds.get((code_texts[code], unit_texts[unit]))
        value = parsed[number]
        if bound and isinstance(value, Decimal):
            outside[place] = not bound[0] <= value <= bound[1]
    for row in rows[outside[which]].tolist():
        yield row, reason


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
