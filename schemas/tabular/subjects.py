"""Counts the records of each patient in a table, by the columns that name one."""

from collections.abc import Iterator

from schemas.interface import Reason, Touched
from schemas.tabular.arrays import Flags, Integers, np
from schemas.tabular.block import Lines
from schemas.tabular.columns import MOST_REMEMBERED, Numbered
from schemas.tabular.contract import Contract
from schemas.tabular.shortcuts import EachValue
from schemas.tabular.values import Parsed


class SubjectColumn:
    """One column: each different value has a number, and two counts by that number."""

    def __init__(self, contract: Contract, place: int, system: str, *, first: bool) -> None:
        self._first = first
        self._place = place
        self._system = system
        self._missing = contract.missing
        numbered = Numbered(_nothing, contract.dialect.encoding)
        self._way = EachValue(numbered, contract.columns[place])
        self._start()

    def take(self, lines: Lines, refused: Flags) -> Iterator[Touched]:
        """Count a block's lines; yield when too many values are remembered.

        `refused` says of each line of the block whether it is refused. A line without all of its
        fields is about nobody: nobody can say which of them would be the patient.
        """
        numbers = self._way.look(lines.grid, self._place).numbers
        if lines.whole:
            others = [lines.odd[number].fields[self._place] for number in lines.whole]
            numbers = np.concatenate((numbers, self._way.look_at(others).numbers))[lines.order]
        bad = refused[lines.places]
        self._nameless += len(lines) - len(numbers)
        self._add(0, numbers[~bad])
        self._add(1, numbers[bad])
        if len(self._way.numbered.texts) > MOST_REMEMBERED:
            yield self.told()

    def told(self) -> Touched:
        """Return what was counted, and begin again."""
        texts, counts = self._way.numbered.texts, self._counts
        held = np.flatnonzero(counts[0] + counts[1])
        found = []
        for number, good, bad in zip(
            held.tolist(), counts[0][held].tolist(), counts[1][held].tolist(), strict=True
        ):
            text = texts[number].strip()
            if text in self._missing:
                self._nameless += good + bad
            else:
                found.append((text, good, bad))
        # Of several columns the first is the one that every row should have.
        nameless = self._nameless if self._first else 0
        touched = Touched(system=self._system, values=found, nameless=nameless)
        self._way.numbered.forget()
        self._start()
        return touched

    def _start(self) -> None:
        self._counts = [np.zeros(0, np.int64), np.zeros(0, np.int64)]
        self._nameless = 0

    def _add(self, which: int, numbers: Integers) -> None:
        counted = np.bincount(numbers, minlength=len(self._way.numbered.texts))
        before = self._counts[which]
        counted[: len(before)] += before
        self._counts[which] = counted
        other = 1 - which
        if len(self._counts[other]) < len(counted):
            grown = np.zeros(len(counted), np.int64)
            grown[: len(self._counts[other])] = self._counts[other]
            self._counts[other] = grown


def subject_columns(contract: Contract) -> list[SubjectColumn]:
    """Return a counter for each column that names a patient."""
    return [
        SubjectColumn(contract, place, system, first=not n)
        for n, (place, system) in enumerate(contract.subject_columns)
    ]


def _nothing(value: str) -> tuple[Parsed, Reason | None]:
    """Judge nothing: the column's own rules do."""
    del value
    return None, None
