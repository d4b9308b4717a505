"""Moves a whole catalogue into another database, row by row, and compares what came of it."""

from collections.abc import Iterator
from itertools import zip_longest
from typing import Any

import sqlalchemy as sa

from catalogue.every_table import metadata
from catalogue.statements import in_batches, insert_tuples, number_on
from custody.errors import CatalogueError

ROWS_AT_ONCE = 10_000
STREAMED_ROWS = 2000


def is_empty(connection: sa.Connection) -> bool:
    """Whether no table has a row."""
    return not any(
        connection.execute(sa.select(sa.exists().select_from(table))).scalar_one()
        for table in metadata.sorted_tables
    )


def count(connection: sa.Connection) -> int:
    """Return how many rows all tables have together."""
    return sum(
        connection.execute(sa.select(sa.func.count()).select_from(table)).scalar_one()
        for table in metadata.sorted_tables
    )


def copy_all(old: sa.Connection, new: sa.Connection) -> int:
    """Copy every row of every table into empty tables as the driver gives it; return how many.

    Rows keep their numbers, and new ones will be numbered behind them.
    """
    count = 0
    for table in metadata.sorted_tables:
        names = [column.name for column in table.columns]
        for rows in in_batches(_as_they_lie(old, table), ROWS_AT_ONCE):
            insert_tuples(new, table, names, rows)
            count += len(rows)
    number_on(new)
    return count


def check_same(old: sa.Connection, new: sa.Connection) -> int:
    """Compare every row of every table, in both directions, and return how many there are.

    Raises:
        CatalogueError: a row is missing, is there twice, or has another value.
    """
    count = 0
    for table in metadata.sorted_tables:
        for ours, theirs in zip_longest(_as_they_read(old, table), _as_they_read(new, table)):
            if ours != theirs:
                raise CatalogueError(
                    f"the copy of the table {table.name} is not the same",
                    next_step="run `autoclave audit verify --deep` over the old one",
                )
            count += 1
    return count


def _as_they_lie(connection: sa.Connection, table: sa.Table) -> Iterator[tuple[Any, ...]]:
    """Yield rows without a type of ours between: JSON stays the text that it is."""
    raw = [sa.type_coerce(column, sa.types.NullType()) for column in table.columns]
    statement = sa.select(*raw).order_by(*table.primary_key.columns)
    with connection.execute(statement.execution_options(yield_per=STREAMED_ROWS)) as rows:
        for row in rows:
            yield tuple(row)


def _as_they_read(connection: sa.Connection, table: sa.Table) -> Iterator[tuple[Any, ...]]:
    """Yield rows as every other module reads them, but JSON as its text."""
    columns = [
        sa.cast(column, sa.Text) if isinstance(column.type, sa.JSON) else column
        for column in table.columns
    ]
    statement = sa.select(*columns).order_by(*table.primary_key.columns)
    try:
        with connection.execute(statement.execution_options(yield_per=STREAMED_ROWS)) as rows:
            for row in rows:
                yield tuple(row)
    except (TypeError, ValueError) as error:
        raise CatalogueError(
            f"a value in the table {table.name} is of another kind",
            next_step="run `autoclave catalogue rebuild`, then migrate again",
        ) from error
