"""What SQLite itself says of a database: its schema, its own check, and files among its values."""

import sqlite3
from dataclasses import dataclass

from formats.faults import FormatError, LimitError
from formats.sqlite_engine import is_logged, opened, ordinary_tables, reason_of, rows_of
from sanitizers.containers.stored_values import is_kept_file
from sanitizers.interface import Opened
from sanitizers.values import LEAST, ValueKind, kind_of_value

_MOST_FAULTS = 3
_MOST_OBJECTS = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What SQLite says of a database.

    `schema` are kind and statement of every object. `files` tells that values are documents, which
    are taken out and inspected; `values` are what no reader takes out. `faults` is how much its own
    check found. `unseen` says why it could not look, empty if it could. `is_logged` tells that
    later changes may stand in a log beside the file.
    """

    schema: tuple[tuple[str, str], ...] = ()
    tables: int = 0
    rows: int = 0
    values: frozenset[ValueKind] = frozenset()
    files: bool = False
    faults: int = 0
    is_logged: bool = False
    unseen: str = ""


def survey_database(sample: Opened) -> Looked:
    """Return what SQLite says of a database; never raises on account of content."""
    content = sample.content
    if not content:
        return Looked(unseen="there is nothing")  # SQLite takes none for a want of memory
    logged = is_logged(content)
    try:
        with opened(content) as connection:
            return _look(connection, is_logged=logged)
    except FormatError as error:
        return Looked(unseen=error.reason, is_logged=logged)
    except (sqlite3.Error, sqlite3.Warning, ValueError, OverflowError) as error:
        return Looked(unseen=reason_of(error), is_logged=logged)


def _look(connection: sqlite3.Connection, *, is_logged: bool) -> Looked:
    schema = _schema_of(connection)
    kinds: set[ValueKind | None] = set()
    files = False
    tables = rows = 0
    for name in ordinary_tables(connection):
        tables += 1
        for row in rows_of(connection, name):
            rows += 1
            for value in row:
                if not isinstance(value, bytes) or len(value) < LEAST:
                    continue
                kind = kind_of_value(bytes(value))
                if kind is ValueKind.DOCUMENT and is_kept_file(value):
                    files = True
                else:
                    kinds.add(kind)
    said = connection.execute(f"PRAGMA integrity_check({_MOST_FAULTS})").fetchall()
    return Looked(
        schema=schema,
        tables=tables,
        rows=rows,
        values=frozenset(kind for kind in kinds if kind is not None),
        files=files,
        faults=0 if said == [(b"ok",)] else len(said),
        is_logged=is_logged,
    )


def _schema_of(connection: sqlite3.Connection) -> tuple[tuple[str, str], ...]:
    found = connection.execute("SELECT type, sql FROM sqlite_schema LIMIT ?", (_MOST_OBJECTS + 1,))
    schema = tuple((_text(kind), _text(statement)) for kind, statement in found)
    if len(schema) > _MOST_OBJECTS:
        raise LimitError(f"more than {_MOST_OBJECTS} tables, indexes and views")
    return schema


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""
