"""Codes of names that were erased: random, and marked as such, so that nothing leads back.

An erased code keeps what belongs together together (a name across runs, a directory's entries)
and no longer depends on any name.
"""

import os
from collections.abc import Iterable

import sqlalchemy as sa

from catalogue import tables
from catalogue.statements import in_batches
from custody.naming import KEY_BYTES

MARK = b"erased"


def erased_code() -> bytes:
    """Return a new code that stands for an erased name."""
    return MARK + os.urandom(KEY_BYTES - len(MARK))


def is_erased(code: bytes) -> bool:
    """Whether a code stands for an erased name."""
    return code.startswith(MARK)


def codes_of(
    connection: sa.Connection, *, case: str, host: str
) -> tuple[frozenset[bytes], frozenset[bytes]]:
    """Return the codes of all names and of all directories of a host, in every run."""
    columns = tables.entries.c
    own = (
        sa.select(tables.inventories.c.inventory_id)
        .join(tables.sources, tables.sources.c.source_id == tables.inventories.c.source_id)
        .where(tables.sources.c.case_id == case, tables.sources.c.host == host)
    )
    found = []
    for column in (columns.name_key, columns.directory_key):
        statement = sa.select(column).where(columns.inventory_id.in_(own)).distinct()
        found.append(frozenset(map(bytes, connection.execute(statement).scalars())))
    return found[0], found[1]


def replace_names(connection: sa.Connection, codes: Iterable[bytes]) -> int:
    """Give names new codes wherever they stand, and return how many entries that changed."""
    changed = 0
    for code in codes:
        new = erased_code()
        changed += _replace(connection, tables.entries.c.name_key, code, new)
        for column in (tables.findings.c.name_key, tables.name_inspections.c.name_key):
            _replace(connection, column, code, new)
        _replace_waivers(connection, code, new)
    return changed


def replace_directories(connection: sa.Connection, codes: Iterable[bytes]) -> None:
    """Give directories new codes wherever they stand."""
    for code in codes:
        new = erased_code()
        for column in (tables.entries.c.directory_key, tables.groups.c.key):
            _replace(connection, column, code, new)


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


def _replace(connection: sa.Connection, column: sa.Column[bytes], code: bytes, new: bytes) -> int:
    statement = sa.update(column.table).where(column == code).values({column: new})
    return int(connection.execute(statement).rowcount)


def _replace_waivers(connection: sa.Connection, code: bytes, new: bytes) -> None:
    columns = tables.exceptions.c
    statement = sa.select(columns.exception_id, columns.scope).where(columns.kind == "name-waiver")
    for exception_id, scope in connection.execute(statement).all():
        if scope.get("name_key") == code.hex():
            connection.execute(
                sa.update(tables.exceptions)
                .where(columns.exception_id == exception_id)
                .values(scope={**scope, "name_key": new.hex()})
            )
