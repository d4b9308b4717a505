"""Codes of names that were erased: random, and marked as such, so that nothing leads back.

An erased code keeps what belongs together together (a name across runs, a directory's entries)
and no longer depends on any name.
"""

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import sqlalchemy as sa

from catalogue import tables
from catalogue.columns import Key
from catalogue.statements import in_batches, insert_all
from custody.naming import KEY_BYTES

MARK = b"erased"
STREAMED_ROWS = 2000


def erased_code() -> bytes:
    """Return a new code that stands for an erased name."""
    return MARK + os.urandom(KEY_BYTES - len(MARK))


def is_erased(code: bytes) -> bool:
    """Whether a code stands for an erased name."""
    return code.startswith(MARK)


def names_of(connection: sa.Connection, *, case: str, host: str) -> Iterator[bytes]:
    """Stream the codes of all names of a host, in every run, that were not erased yet."""
    return _codes_of(connection, tables.entries.c.name_key, case, host)


def directories_of(connection: sa.Connection, *, case: str, host: str) -> Iterator[bytes]:
    """Stream the codes of all directories of a host, in every run, that were not erased yet."""
    return _codes_of(connection, tables.entries.c.directory_key, case, host)


def replace_names(connection: sa.Connection, codes: Iterable[bytes]) -> int:
    """Give names new codes wherever they stand, and return how many entries that changed."""
    columns = (
        tables.entries.c.name_key,
        tables.findings.c.name_key,
        tables.name_inspections.c.name_key,
    )
    with _mapping(connection, codes) as mapping:
        changed = [_replace(connection, column, mapping) for column in columns]
        _replace_waivers(connection, mapping)
    return changed[0]


def replace_directories(connection: sa.Connection, codes: Iterable[bytes]) -> None:
    """Give directories new codes wherever they stand."""
    with _mapping(connection, codes) as mapping:
        for column in (tables.entries.c.directory_key, tables.groups.c.key):
            _replace(connection, column, mapping)


def directories_left(connection: sa.Connection, directories: Iterable[bytes]) -> set[bytes]:
    """Return those of some directories in which an entry still has its name."""
    columns = tables.entries.c
    found: set[bytes] = set()
    for batch in in_batches(directories):
        statement = sa.select(columns.directory_key).where(
            columns.directory_key.in_(batch),
            sa.func.substr(columns.name_key, 1, len(MARK)) != MARK,
        )
        found.update(map(bytes, connection.execute(statement.distinct()).scalars()))
    return found


def _codes_of(
    connection: sa.Connection, column: sa.Column[bytes], case: str, host: str
) -> Iterator[bytes]:
    own = (
        sa.select(tables.inventories.c.inventory_id)
        .join(tables.sources, tables.sources.c.source_id == tables.inventories.c.source_id)
        .where(tables.sources.c.case_id == case, tables.sources.c.host == host)
    )
    statement = sa.select(column).where(tables.entries.c.inventory_id.in_(own)).distinct()
    rows = connection.execute(statement.execution_options(yield_per=STREAMED_ROWS))
    return (bytes(code) for code in rows.scalars() if not is_erased(bytes(code)))


@contextmanager
def _mapping(connection: sa.Connection, codes: Iterable[bytes]) -> Iterator[sa.Table]:
    """Give a table of old and new codes, so that each column is read once, however many."""
    mapping = sa.Table(
        "erased_codes",
        sa.MetaData(),
        sa.Column("old", Key, primary_key=True),
        sa.Column("new", Key, nullable=False),
        prefixes=["TEMPORARY"],
    )
    mapping.create(connection, checkfirst=False)
    for batch in in_batches(codes):
        rows = [{"old": code, "new": erased_code()} for code in batch]
        insert_all(connection, mapping, rows)
    yield mapping
    mapping.drop(connection, checkfirst=False)


def _replace(connection: sa.Connection, column: sa.Column[bytes], mapping: sa.Table) -> int:
    new = sa.select(mapping.c.new).where(mapping.c.old == column).scalar_subquery()
    statement = (
        sa.update(column.table).where(column.in_(sa.select(mapping.c.old))).values({column: new})
    )
    return int(connection.execute(statement).rowcount)


def _replace_waivers(connection: sa.Connection, mapping: sa.Table) -> None:
    columns = tables.exceptions.c
    statement = sa.select(columns.exception_id, columns.scope).where(columns.kind == "name-waiver")
    for exception_id, scope in connection.execute(statement).all():
        old = bytes.fromhex(scope["name_key"])
        found = sa.select(mapping.c.new).where(mapping.c.old == old)
        new = connection.execute(found).scalar()
        if new is not None:
            connection.execute(
                sa.update(tables.exceptions)
                .where(columns.exception_id == exception_id)
                .values(scope={**scope, "name_key": bytes(new).hex()})
            )
