"""What groups of lines tell of themselves: how many they are, and codes behind the fixed part.

A stay of PMSI is as many lines as it has units; each of them tells how many. Whoever takes one away
leaves the others telling so: none of them is proven then.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from formats.csv_lines import read_blocks
from schemas.identifiers.registry import fault_of
from schemas.interface import Reason
from schemas.reasons.table import because
from schemas.redaction import shape
from schemas.tabular.block import LineReader, Lines
from schemas.tabular.contract import Contract
from schemas.tabular.keys import fields_of

MOST_GROUPS = 20_000_000


@dataclass(slots=True)
class Groups:
    """How many whole lines each group of a column has, by a hash of its name."""

    group: int
    count: int
    found: Counter[int] = field(default_factory=Counter)
    whole: bool = True

    def take(self, lines: Lines) -> None:
        """Count the lines of a block."""
        if len(self.found) > MOST_GROUPS:
            self.whole = False
            return
        self.found.update(
            hash(fields_of(lines, number)[self.group]) for number in lines.places.tolist()
        )

    def against(self, lines: Lines) -> Iterator[tuple[int, Reason]]:
        """Yield the lines of a block whose group is not as large as they tell."""
        for number in lines.places.tolist() if self.whole else ():
            fields = fields_of(lines, number)
            told = fields[self.count].decode("ascii", "replace")
            if told.isdecimal() and int(told[:9]) != self.found[hash(fields[self.group])]:
                yield number, because("TAB-024")


def count_groups(contract: Contract, content: memoryview, at: int) -> tuple[Groups, ...]:
    """Return how large the groups of a table are."""
    found = tuple(
        Groups(contract.place(rule.group), contract.place(rule.count)) for rule in contract.counts
    )
    if found:
        reader = LineReader(contract)
        for block in read_blocks(content, at):
            lines = reader.read(block)
            for groups in found:
                groups.take(lines)
    return found


class Repeats:
    """Looks at the parts that stand behind the fixed part of a line, whose form is known."""

    def __init__(self, contract: Contract) -> None:
        self._fixed = contract.fixed
        self._encoding = contract.dialect.encoding
        repeats = contract.fixed.repeats if contract.fixed else ()
        self._counts = [contract.place(repeat.count) for repeat in repeats]
        self.is_needed = any(repeat.identifier for repeat in repeats)

    def against(self, lines: Lines) -> Iterator[tuple[int, Reason]]:
        """Yield the lines of a block with a part that is none, and why."""
        for number in lines.places.tolist():
            fields = fields_of(lines, number)
            counts = [int(fields[column] or b"0") for column in self._counts]
            line = lines.grid.line(number).removesuffix(b"\r").decode(self._encoding, "replace")
            yield from ((number, reason) for reason in self._parts(line, counts))

    def _parts(self, line: str, counts: Sequence[int]) -> Iterator[Reason]:
        if self._fixed is None:
            return
        at = self._fixed.width
        for repeat, count in zip(self._fixed.repeats, counts, strict=True):
            end = at + count * repeat.length
            for start in range(at, end, repeat.length) if repeat.identifier else ():
                value = line[start : start + repeat.length].strip(" ")
                code = fault_of(repeat.identifier, value)
                if code is not None:
                    yield because(code, f"parts of {repeat.count}", shape(value))
            at = end
