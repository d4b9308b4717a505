"""The statements that databases write differently, in one place, and those that take many rows."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.sql.compiler import SQLCompiler

from catalogue.postgresql import copy_rows
from catalogue.tables import metadata

Row = Mapping[str, Any]
Value = TypeVar("Value")

MOST_VALUES = 1000  # SQLite takes 32,766 values in a statement, PostgreSQL 65,535


def insert_all(connection: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> None:
    """Insert rows that must all be new. No rows are no statement."""
    if rows:
        connection.execute(sa.insert(table), rows)


def insert_tuples(
    connection: sa.Connection,
    table: sa.Table,
    columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
) -> None:
    """Insert many new rows at the driver's own speed, twice that of `insert_all`.

    The values are as the driver takes them: no column type converts them.
    """
    if not rows:
        return
    if is_postgresql(connection):
        copy_rows(connection, table, columns, rows)
        return
    statement = sa.insert(table).compile(dialect=connection.dialect, column_keys=list(columns))
    _run_many(connection, statement, columns, rows)


def insert_new_tuples(
    connection: sa.Connection,
    table: sa.Table,
    columns: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
) -> None:
    """Insert the rows whose keys are not there yet, at the driver's own speed.

    The values are as the driver takes them: no column type converts them.
    """
    statement = _insert(connection, table).on_conflict_do_nothing()
    compiled = statement.compile(dialect=connection.dialect, column_keys=list(columns))
    _run_many(connection, compiled, columns, rows)


def run_tuples(
    connection: sa.Connection,
    statement: sa.Update,
    names: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
) -> None:
    """Run a statement once a row, at the driver's own speed; `names` are those of its parameters.

    The values are as the driver takes them: no column type converts them.
    """
    _run_many(connection, statement.compile(dialect=connection.dialect), names, rows)


def _run_many(
    connection: sa.Connection,
    compiled: SQLCompiler,
    names: Sequence[str],
    rows: Sequence[tuple[Any, ...]],
) -> None:
    """Give rows to the driver as its dialect takes them: by position on SQLite, else by name."""
    if not rows:
        return
    positions = compiled.positiontup
    if positions is None:
        connection.exec_driver_sql(
            str(compiled), [dict(zip(names, row, strict=True)) for row in rows]
        )
        return
    order = [names.index(name) for name in positions]
    in_order = order == list(range(len(names)))
    arranged = rows if in_order else [tuple(row[i] for i in order) for row in rows]
    connection.exec_driver_sql(str(compiled), list(arranged))


def insert_new(connection: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> None:
    """Insert the rows whose keys are not there yet and leave the others as they stand."""
    if rows:
        connection.execute(_insert(connection, table).on_conflict_do_nothing(), rows)


def put(connection: sa.Connection, table: sa.Table, rows: Sequence[Row]) -> None:
    """Insert rows, or overwrite the ones with the same primary key."""
    if not rows:
        return
    statement = _insert(connection, table)
    keys = [column.name for column in table.primary_key.columns]
    changes = {name: statement.excluded[name] for name in rows[0] if name not in keys}
    if not changes:
        insert_new(connection, table, rows)
        return
    connection.execute(statement.on_conflict_do_update(index_elements=keys, set_=changes), rows)


def insert_one(connection: sa.Connection, table: sa.Table, row: Row) -> int:
    """Insert one row into a table that numbers its rows and return its number."""
    key = connection.execute(sa.insert(table), row).inserted_primary_key
    if key is None:
        raise RuntimeError(f"{table.name} does not number its rows")
    return int(key[0])


def number_on(connection: sa.Connection) -> None:
    """Let new rows be numbered behind those that came with numbers of their own.

    SQLite looks by itself; PostgreSQL counts in a sequence, which such rows do not move.
    """
    if not is_postgresql(connection):
        return
    for table in metadata.tables.values():
        column = table.autoincrement_column
        if column is not None:
            sequence = sa.func.pg_get_serial_sequence(table.name, column.name)
            last = sa.select(sa.func.max(column)).scalar_subquery()
            behind = sa.func.setval(sequence, sa.func.coalesce(last, 1), last.is_not(None))
            connection.execute(sa.select(behind))


def in_batches(values: Iterable[Value], size: int = MOST_VALUES) -> Iterator[list[Value]]:
    """Yield values in lists that fit into one statement."""
    iterator = iter(values)
    while batch := list(islice(iterator, size)):
        yield batch


def is_postgresql(connection: sa.Connection) -> bool:
    """Whether rows can be locked one by one here; SQLite has one writer and needs no such lock."""
    return connection.dialect.name == "postgresql"


def _insert(connection: sa.Connection, table: sa.Table) -> sqlite.Insert | postgresql.Insert:
    if is_postgresql(connection):
        return postgresql.insert(table)
    return sqlite.insert(table)
