"""One table of an SQLite file: by the contract of its name, or by what its columns say."""

import re
import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from formats.sqlite_engine import Text, quoted, rows_of
from schemas.dumps.columns import Column, Kind
from schemas.dumps.values import value_reasons
from schemas.interface import (
    Extract,
    NotValidated,
    Reason,
    ReasonClass,
    Record,
    Run,
    Said,
)
from schemas.reasons.table import because
from schemas.tabular.contract import Contract
from schemas.tabular.written import (
    MOST_WRITTEN,
    UNREADABLE,
    judged_lines,
    none_of,
    text_of,
    write_lines,
)

_WORD = re.compile(r"[\w.-]{1,60}\Z", re.ASCII)
_DAYS = {"DATE": Kind.DAY, "DATETIME": Kind.MOMENT, "TIMESTAMP": Kind.MOMENT}
# SQLite keeps dates in whatever form it is given, and texts with whatever is in them.
_NEVER, _HABITS = frozenset({"DMP-002"}), frozenset({"GEN-004"})
_TEXT = Column(name=b"")
Value = None | int | float | bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table by its name, with its columns in their order."""

    name: bytes
    columns: tuple[Column, ...]

    @property
    def key(self) -> str:
        """Return the name that a contract of this table has."""
        return self.name.decode("utf-8", "replace").lower().replace("_", "-")

    def follows(self, contract: Contract) -> bool:
        """Whether a contract of this name has exactly these columns."""
        names = sorted(column.name.decode("utf-8", "replace") for column in self.columns)
        fits = names == sorted(contract.heading) and contract.fixed is None
        return fits and contract.name.lower().replace("_", "-") == self.key


def table_of(connection: sqlite3.Connection, name: bytes) -> Table:
    """Return a table with what it says of its columns.

    Raises:
        UnsupportedError: its name is no text.
    """
    asked = connection.execute(f"PRAGMA table_info({quoted(name)})")
    told = {bytes(row[1]): (row[2], bool(row[3])) for row in asked}
    # Columns that are computed stand in rows, and not in what the table tells of itself.
    names = [text.encode() for text, *_ in rows_of(connection, name).description]
    return Table(name=name, columns=tuple(_column(n, *told.get(n, (b"", False))) for n in names))


def _column(name: bytes, declared: bytes, required: bool) -> Column:  # noqa: FBT001 - as it is told
    word = declared.decode("ascii", "replace").partition("(")[0].strip().upper()
    return Column(name=name, kind=_DAYS.get(word, Kind.OTHER), required=required)


def judged_by_columns(
    connection: sqlite3.Connection, table: Table, number: int
) -> Iterator[Record | Run]:
    """Yield the rows of a table that no contract knows; `number` is how many came before."""
    where = table.key if _WORD.match(table.key) else "a table"
    wheres = [f"{where} column {place}" for place in range(1, len(table.columns) + 1)]
    sound = 0
    for row in rows_of(connection, table.name):
        number += 1
        reasons = tuple(_reasons(table, row, wheres))
        if not reasons:
            sound += 1
            continue
        if sound:
            yield Run(number=number - sound, count=sound, offset=0, size=0)
            sound = 0
        yield Record(number=number, offset=0, size=0, reasons=reasons)
    if sound:
        yield Run(number=number - sound + 1, count=sound, offset=0, size=0)


def _reasons(table: Table, row: Sequence[Value], wheres: Sequence[str]) -> Iterator[Reason]:
    for column, value, where in zip(table.columns, row, wheres, strict=True):
        if value is None and column.required:
            yield because("DMP-003", where)
        if not isinstance(value, Text):
            continue
        told = list(value_reasons(bytes(value), _TEXT, where, "utf-8"))
        if column.kind is not Kind.OTHER and value.isascii():
            told += value_reasons(bytes(value), column, where, "utf-8")
        for reason in told:
            if reason.code in _HABITS:
                yield replace(reason, reason_class=ReasonClass.CONFORMANCE)
            elif reason.code not in _NEVER:
                yield reason


def judged_by_contract(
    connection: sqlite3.Connection, table: Table, contract: Contract, today: date, number: int
) -> Iterator[Said]:
    """Yield the rows of a table as its contract judges them; `number` is how many came before.

    They are written down as lines, so that the one judge of tables judges them too.
    """
    lines = _lines(connection, table, contract)
    if lines is None:
        yield NotValidated(schema="sqlite", reason=f"a table larger than {MOST_WRITTEN} bytes")
        return
    extract = Extract(content=lines, media_type="text/csv", today=today)
    yield from judged_lines(lines, contract, extract, number)


def _lines(connection: sqlite3.Connection, table: Table, contract: Contract) -> memoryview | None:
    names = [column.name.decode("utf-8", "replace") for column in table.columns]
    places = [(names.index(column.name), column.decimal) for column in contract.columns]
    none = none_of(contract)
    rows = rows_of(connection, table.name)
    written = ([_written(row[place], decimal, none) for place, decimal in places] for row in rows)
    return write_lines(written, contract)


def _written(value: Value, decimal: str, none: str) -> str:
    """Return a value as a line holds it; bytes where a text belongs are damage, and stay it."""
    if value is None:
        return none
    if isinstance(value, int | float):
        return repr(value).replace(".", decimal)
    return text_of(bytes(value)) if isinstance(value, Text) else UNREADABLE
