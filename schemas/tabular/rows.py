"""Rows of a block: decoded, cut into fields, and judged for whatever no column can say."""

import csv
from collections.abc import Sequence
from dataclasses import dataclass

from formats.csv_lines import LONGEST_LINE, Block
from schemas.hygiene import text_reasons
from schemas.interface import Reason
from schemas.reasons.table import because
from schemas.tabular.contract import Contract, Fixed

csv.field_size_limit(LONGEST_LINE)


@dataclass(frozen=True, slots=True)
class Row:
    """One line: its fields when it has as many as the contract, and what is wrong with the line.

    `garbled` tells that bytes of this line are no text, so that its neighbours may be cut.
    """

    fields: Sequence[str]
    reasons: tuple[Reason, ...] = ()
    garbled: bool = False


def cut_fixed(text: str, fixed: Fixed, counts: Sequence[int]) -> list[str] | None:
    """Return the fields of a line without separators; None when it has another length.

    `counts` are the columns that tell how many parts follow the fixed one, of each repeat.
    """
    fields = [text[start : start + length].strip(" ") for start, length in fixed.places]
    wanted = fixed.width
    for repeat, column in zip(fixed.repeats, counts, strict=True):
        told = fields[column] or "0"
        if not (told.isascii() and told.isdecimal()):
            return None
        wanted += repeat.length * int(told)
    return fields if len(text) == wanted else None


class RowReader:
    """Reads the lines that need a look of their own."""

    def __init__(self, contract: Contract) -> None:
        self._dialect = contract.dialect
        self._width = len(contract.columns)
        self._fixed = contract.fixed
        repeats = contract.fixed.repeats if contract.fixed else ()
        self._counts = [contract.place(repeat.count) for repeat in repeats]

    def read(self, block: Block) -> list[Row]:
        """Return one row a line, in order."""
        return [self.row(line) for line in block.content.split(b"\n")]

    def row(self, line: bytes) -> Row:
        """Return what one line holds, without its line end."""
        if len(line) > LONGEST_LINE:
            return Row((), (because("GEN-011"),), garbled=True)
        line = line.removesuffix(b"\r")
        if b"\r" in line:
            # Spreadsheets and readers begin another row there, which nobody has looked at.
            return Row((), (because("GEN-004"),))
        try:
            text = line.decode(self._dialect.encoding)
        except UnicodeDecodeError:
            return Row((), (because("GEN-003"),), garbled=True)
        if not text.strip():
            return Row((), (because("TAB-017"),))
        return self._cut(text, text_reasons(text))

    def _cut(self, text: str, found: tuple[Reason, ...]) -> Row:
        if any(reason.code == "GEN-004" for reason in found):
            return Row((), found, garbled=True)
        if self._fixed is not None:
            own = cut_fixed(text, self._fixed, self._counts)
            return Row((), (*found, because("TAB-023"))) if own is None else Row(own, found)
        fields = self._split(text)
        if fields is None:
            return Row((), (*found, because("TAB-003")))
        if len(fields) != self._width:
            return Row((), (*found, because("TAB-002")))
        return Row(fields, found)

    def _split(self, text: str) -> list[str] | None:
        dialect = self._dialect
        if dialect.quote not in text:
            return text.split(dialect.delimiter)
        try:
            rows = list(
                csv.reader(
                    [text], delimiter=dialect.delimiter, quotechar=dialect.quote, strict=True
                )
            )
        except csv.Error:
            return None
        return rows[0] if len(rows) == 1 else None
