"""The schema of database dumps: one row of a table is one record, read as its program wrote it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from formats.faults import FormatError
from formats.sql.dialects import HEAD, Dialect, dialect_of, has_ending
from formats.sql.rows import Row, copied, tuples
from formats.sql.statements import CopyData, Statement, walk
from schemas.dumps.columns import Column, Table, Tables, listed, name_of
from schemas.dumps.values import fine, value_reasons
from schemas.interface import Extract, NotValidated, Reason, Record, Remark, Run, Said
from schemas.reasons.table import because

MOST_BYTES = 512 << 20
MOST_KEYS = 2_000_000
_ENCODING = re.compile(
    rb"^SET client_encoding = '([\w-]{1,20})'|^/\*!\d+ SET NAMES (\w{1,20})", re.MULTILINE
)
_CODECS = {b"UTF8": "utf-8", b"UTF-8": "utf-8", b"UTF8MB4": "utf-8", b"UTF8MB3": "utf-8"} | {
    b"LATIN1": "cp1252",
    b"LATIN9": "iso8859-15",
    b"WIN1252": "cp1252",
}
# What COPY writes behind a backslash (PostgreSQL, COPY, text format).
_STRANGE = re.compile(rb"\\[^\\bfnrtvN]")
_WORD = re.compile(rb"[\w.]{1,60}\Z")
_PLAIN_TAIL: tuple[list[bytes], ...] = ([], [b"ON", b"CONFLICT", b"DO", b"NOTHING"])


@dataclass(frozen=True, slots=True)
class Dumps:
    """Rows below COPY and behind INSERT, against the columns of the tables that a dump defines."""

    name: str = "dumps"
    media_types: frozenset[str] = frozenset({"application/sql"})

    def validate(self, extract: Extract) -> Iterator[Said]:
        """Yield every row in the order of its bytes, in runs where nothing is said of one."""
        if extract.size > MOST_BYTES:
            yield NotValidated(schema=self.name, reason=f"larger than {MOST_BYTES} bytes")
            return
        content = bytes(extract.content)
        dialect = dialect_of(content)
        if dialect is Dialect.OTHER:
            yield NotValidated(schema=self.name, reason="no program that is known wrote it")
            return
        try:
            yield from _Reading(content=content, dialect=dialect).all()
        except FormatError as error:
            yield NotValidated(schema=self.name, reason=f"{error.code}: {error.reason}")
        if not has_ending(content, dialect):
            yield Remark(reason=because("DMP-007"))


@dataclass(slots=True)
class _Reading:
    content: bytes
    dialect: Dialect
    tables: Tables = field(init=False)
    encoding: str = ""
    number: int = 0
    keys: dict[bytes, set[int]] = field(default_factory=dict)
    kept: int = 0

    def __post_init__(self) -> None:
        self.tables = Tables(self.dialect)
        found = _ENCODING.search(self.content[:HEAD])
        declared = (found.group(1) or found.group(2)).upper() if found else b""
        self.encoding = "utf-8" if self.dialect is Dialect.SQLITE else _CODECS.get(declared, "")

    def all(self) -> Iterator[Said]:
        """Yield every row; PostgreSQL tells the keys of its tables behind their rows."""
        if self.dialect is Dialect.POSTGRESQL:
            for item in walk(self.content, self.dialect):
                if isinstance(item, Statement):
                    self.tables.take(item)
        for item in walk(self.content, self.dialect):
            match item:
                case CopyData():
                    yield from self._copied(item)
                case Statement():
                    if self.dialect is not Dialect.POSTGRESQL:
                        self.tables.take(item)
                    yield from self._inserted(item)

    def _copied(self, block: CopyData) -> Iterator[Said]:
        name, at = name_of(block.statement.tokens, 1)
        rows = copied(self.content, block.start, block.end)
        yield from self._rows(name, listed(block.statement.tokens, at), rows, copies=True)

    def _inserted(self, statement: Statement) -> Iterator[Said]:
        words = [token.word for token in statement.tokens]
        if words[0] not in (b"INSERT", b"REPLACE"):
            return
        tail = words[words.index(b"VALUES") + 1 :] if b"VALUES" in words else [b""]
        if statement.rows is None or tail not in _PLAIN_TAIL:
            yield Remark(reason=because("DMP-008"))
        if statement.rows is not None and b"INTO" in words:
            name, at = name_of(statement.tokens, words.index(b"INTO") + 1)
            rows = tuples(self.content, *statement.rows, self.dialect)
            yield from self._rows(name, listed(statement.tokens, at), rows, copies=False)

    def _rows(
        self, name: bytes, names: list[bytes], rows: Iterator[Row], *, copies: bool
    ) -> Iterator[Said]:
        table = self.tables.known.get(name)
        if table is None:
            yield Remark(reason=because("DMP-009"))
            table = Table(columns=tuple(Column(name=column) for column in names))
        elif names:
            table = table.picked(names)
        judge = _Judge(self, name, table, copies=copies)
        first: Row | None = None
        last, count = 0, 0
        for row in rows:
            reasons = judge.reasons(row)
            self.number += 1
            if not reasons:
                first, count = first or row, count + 1
                last = row.offset + row.size
                continue
            if first is not None:
                yield self._run(first, count, last)
                first, count = None, 0
            yield Record(number=self.number, offset=row.offset, size=row.size, reasons=reasons)
        if first is not None:
            yield self._run(first, count, last, ended=True)
        if judge.forgot:
            yield Remark(reason=because("DMP-010"))

    def _run(self, first: Row, count: int, last: int, *, ended: bool = False) -> Run:
        number = self.number - count + (1 if ended else 0)
        return Run(number=number, count=count, offset=first.offset, size=last - first.offset)

    def remembers(self, name: bytes, key: int) -> bool | None:
        """Whether a key was there already; None when there is no room for more."""
        seen = self.keys.setdefault(name, set())
        if key in seen:
            return True
        if self.kept >= MOST_KEYS:
            return None
        seen.add(key)
        self.kept += 1
        return False


class _Judge:
    """Judges the rows of one block."""

    def __init__(self, reading: _Reading, name: bytes, table: Table, *, copies: bool) -> None:
        self._reading = reading
        self._name = name
        self._table = table
        self._copies = copies
        self._wheres = [_where(name, column, n) for n, column in enumerate(table.columns, 1)]
        self._fine = [fine(column) for column in table.columns]
        self.forgot = False

    def reasons(self, row: Row) -> tuple[Reason, ...]:
        """Return what is said against a row."""
        found: list[Reason] = []
        if self._copies:
            line = self._reading.content[row.offset : row.offset + row.size]
            # COPY writes a return as two letters; a real one ends a row for some servers.
            if (b"\\" in line and _is_strange(line)) or b"\r" in line[:-2]:
                found.append(because("DMP-005", _safe(self._name)))
        columns = self._table.columns
        if not columns:
            self._table = Table(columns=tuple(Column(name=b"") for _ in row.values))
            self._wheres = [_safe(self._name)] * len(row.values)
            self._fine = [fine(column) for column in self._table.columns]
        elif len(row.values) != len(columns):
            return (*found, because("DMP-001", _safe(self._name)))
        for place, value in enumerate(row.values):
            if not self._fine[place](value):
                found += self._said_of(place, value)
        if self._table.key and self._is_double(row):
            found.append(because("DMP-004", _safe(self._name)))
        return tuple(found)

    def _said_of(self, place: int, value: bytes | None) -> Iterator[Reason]:
        column, where = self._table.columns[place], self._wheres[place]
        yield from value_reasons(value, column, where, self._reading.encoding)

    def _is_double(self, row: Row) -> bool:
        key = hash(tuple(row.values[place] for place in self._table.key))
        known = self._reading.remembers(self._name, key)
        self.forgot = self.forgot or known is None
        return known is True


def _is_strange(line: bytes) -> bool:
    return _STRANGE.search(line.replace(b"\\\\", b"")) is not None


def _where(name: bytes, column: Column, number: int) -> str:
    return f"{_safe(name)} {_safe(column.name) or f'column {number}'}"


def _safe(name: bytes) -> str:
    """Return a name that is a plain word; any other is not repeated."""
    return name.decode("ascii", "replace") if _WORD.match(name) and name.isascii() else "a table"
