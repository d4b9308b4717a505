"""The schema of SQLite files: a row of a table is a record, read by SQLite itself and never cut.

The rows of a page are no lines: none can be taken out without writing the others anew. So a
database with a refused row is held as a whole.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass

from formats.faults import FormatError
from formats.sqlite_engine import (
    MEDIA_TYPE,
    SIGNATURE,
    opened,
    ordinary_tables,
    reason_of,
    rows_of,
)
from schemas.databases.tables import judged_by_columns, judged_by_contract, table_of
from schemas.interface import Extract, NotValidated, Record, Run, Said
from schemas.tabular.contract import Contract

# Tables of SQLite itself: what stands there is no record.
_OWN = frozenset((b"sqlite_sequence", *(b"sqlite_stat%d" % n for n in range(1, 5))))


@dataclass(frozen=True, slots=True)
class Databases:
    """Rows of all ordinary tables; those that are called like a contract follow it.

    `asked` tells that an operator declared the contract: one of the tables has to be its own.
    """

    contracts: tuple[Contract, ...] = ()
    asked: bool = False
    name: str = "sqlite"
    media_types: frozenset[str] = frozenset({MEDIA_TYPE})

    def knows(self, extract: Extract) -> bool:
        """Whether it is a database with a row in it: of an empty one there is nothing to say."""
        if bytes(extract.content[: len(SIGNATURE)]) != SIGNATURE:
            return False
        try:
            with opened(bytes(extract.content)) as connection:
                names = [n for n in ordinary_tables(connection) if n not in _OWN]
                return self.asked or any(_has_row(connection, name) for name in names)
        except (sqlite3.Error, sqlite3.Warning, FormatError, ValueError, OverflowError):
            return True  # what it cannot read, it says itself

    def validate(self, extract: Extract) -> Iterator[Said]:
        """Yield every row, table by table; an unreadable page ends it."""
        try:
            with opened(bytes(extract.content)) as connection:
                yield from self._rows(connection, extract)
        except FormatError as error:
            yield NotValidated(schema=self.name, reason=error.reason)
        except (sqlite3.Error, sqlite3.Warning, ValueError, OverflowError) as error:
            yield NotValidated(schema=self.name, reason=f"SQLite: {reason_of(error)}")

    def _rows(self, connection: sqlite3.Connection, extract: Extract) -> Iterator[Said]:
        said = connection.execute("PRAGMA integrity_check(1)").fetchall()
        if said != [(b"ok",)]:
            yield NotValidated(schema=self.name, reason="its own check finds rows that differ")
            return
        number, followed = 0, False
        for name in ordinary_tables(connection):
            if name in _OWN:
                continue
            table = table_of(connection, name)
            contract = next((c for c in self.contracts if table.follows(c)), None)
            followed = followed or contract is not None
            rows: Iterator[Said] = (
                judged_by_columns(connection, table, number)
                if contract is None
                else judged_by_contract(connection, table, contract, extract.today, number)
            )
            for item in rows:
                number += item.count if isinstance(item, Run) else isinstance(item, Record)
                yield item
        if self.asked and not followed:
            reason = "no table has the name and the columns of the contract"
            yield NotValidated(schema=self.name, reason=reason)


def _has_row(connection: sqlite3.Connection, name: bytes) -> bool:
    return rows_of(connection, name).fetchone() is not None
