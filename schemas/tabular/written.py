"""Rows that are no lines, written down as lines, so that the one judge of tables judges them."""

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from schemas.interface import Extract, NotValidated, Record, Remark, Run, Said, Touched
from schemas.tabular.contract import Contract
from schemas.tabular.schema import Tabular

MOST_WRITTEN = 512 * 1024 * 1024
UNREADABLE = "\x00"  # a control character, which every column refuses
BESIDE = "TAB-021"
_NO_LINE = str.maketrans("\r\n", "  ")


def none_of(contract: Contract) -> str:
    """Return what stands for no value in lines of a contract."""
    return "" if "" in contract.missing else min(contract.missing, default="")


def text_of(value: bytes) -> str:
    """Return a text as a line holds it; bytes that are none are damage, and stay it."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return UNREADABLE
    return text if b"\n" not in value and b"\r" not in value else text.translate(_NO_LINE)


def write_lines(rows: Iterable[Sequence[str]], contract: Contract) -> memoryview | None:
    """Return rows as lines, without a heading; None where they would be too many bytes."""
    written = io.BytesIO()
    text = io.TextIOWrapper(written, encoding="utf-8", errors="replace", newline="")
    dialect = contract.dialect
    writer = csv.writer(
        text, delimiter=dialect.delimiter, quotechar=dialect.quote, lineterminator="\n"
    )
    for row in rows:
        writer.writerow(row)
        if written.tell() > MOST_WRITTEN:
            return None
    text.flush()
    text.detach()
    return written.getbuffer()


def as_written(contract: Contract) -> Contract:
    """Return the contract of lines that are written so."""
    dialect = replace(contract.dialect, encoding="utf-8", heading=False, final_line_end=True)
    return replace(contract, dialect=dialect)


def judged_lines(
    lines: memoryview, contract: Contract, of: Extract, number: int = 0
) -> Iterator[Said]:
    """Yield what a contract says of rows that were written down; `number` came before them.

    `of` is what they stand in; they have no place there that a span of bytes could be.
    """
    extract = replace(of, content=lines, media_type="text/csv", declared="")
    for item in Tabular(contract=as_written(contract)).validate(extract):
        match item:
            case Record():
                yield _alone(replace(item, number=number + item.number, offset=0, size=0))
            case Run():
                yield replace(item, number=number + item.number, offset=0, size=0)
            case Remark() | NotValidated() | Touched():
                yield item


def _alone(record: Record) -> Record | Run:
    """Return a row without what is said of it because of its neighbours: no row is beside one."""
    own = tuple(reason for reason in record.reasons if reason.code != BESIDE)
    if own:
        return replace(record, reasons=own)
    return Run(number=record.number, count=1, offset=0, size=0)
