"""Rows of a block: decoded, cut into fields, and judged for whatever no column can say."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from formats.csv_lines import LONGEST_LINE, Block
from schemas.hygiene import text_reasons
from schemas.interface import Reason
from schemas.reasons.table import because
from schemas.tabular.contract import Contract

csv.field_size_limit(LONGEST_LINE)


@dataclass(frozen=True, slots=True)
class Row:
    """One line: its fields when it has as many as the contract, and what is wrong with the line.

    `garbled` tells that bytes of this line are no text, so that its neighbours may be cut.
    """

    fields: Sequence[str]
    reasons: tuple[Reason, ...] = ()
    garbled: bool = False


class RowReader:
    """Cuts blocks into rows; a line end without its carriage return is told."""

    def __init__(self, contract: Contract) -> None:
        self._dialect = contract.dialect
        self._width = len(contract.columns)

    def read(self, block: Block) -> list[Row]:
        """Return one row a line, in order."""
        plain = self._plain(block)
        return plain if plain is not None else [self._row(line) for line in _lines(block)]

    def fields(self, block: Block) -> list[list[str]] | None:
        """Return the fields of all lines at once; None unless every line is plain and whole."""
        try:
            text = block.content.decode(self._dialect.encoding)
        except UnicodeDecodeError:
            return None
        if self._dialect.quote in text or not _is_clean(text):
            return None
        delimiter, width = self._dialect.delimiter, self._width
        lines = text.split("\n")
        if "\r" in text:
            lines = [line.removesuffix("\r") for line in lines]
        rows = [line.split(delimiter) for line in lines]
        return rows if set(map(len, rows)) == {width} and "\r" not in "".join(lines) else None

    def columns(self, block: Block, places: Iterable[int]) -> dict[int, list[str]]:
        """Return some columns of a block; rows that are broken may be among them.

        A plain block is not cut further than the last column that is asked for.
        """
        wanted, delimiter = sorted(places), self._dialect.delimiter
        try:
            text = block.content.decode(self._dialect.encoding)
        except UnicodeDecodeError:
            text = self._dialect.quote
        if self._dialect.quote in text:
            whole = [row.fields for row in self.read(block) if row.fields]
            return {place: [fields[place] for fields in whole] for place in wanted}
        most = wanted[-1] + 1
        cut = [line.split(delimiter, most) for line in text.split("\n")]
        cut = [fields for fields in cut if len(fields) >= most]
        return {place: [fields[place] for fields in cut] for place in wanted}

    def _plain(self, block: Block) -> list[Row] | None:
        rows = self.fields(block)
        return None if rows is None else [Row(fields) for fields in rows]

    def _row(self, line: bytes) -> Row:
        if len(line) > LONGEST_LINE:
            return Row((), (because("GEN-011"),), garbled=True)
        try:
            text = line.removesuffix(b"\r").decode(self._dialect.encoding)
        except UnicodeDecodeError:
            return Row((), (because("GEN-003"),), garbled=True)
        if not text.strip():
            return Row((), (because("TAB-017"),))
        return self._cut(text, text_reasons(text))

    def _cut(self, text: str, found: tuple[Reason, ...]) -> Row:
        if any(reason.code == "GEN-004" for reason in found):
            return Row((), found, garbled=True)
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


def _lines(block: Block) -> Iterator[bytes]:
    yield from block.content.split(b"\n")


def _is_clean(text: str) -> bool:
    """Whether a whole block needs no look at its lines; most need none."""
    plain = text.replace("\n", "").replace("\r", "").replace("\t", "")
    return plain.isprintable() and (plain.isascii() or not text_reasons(plain))
