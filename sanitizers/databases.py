"""An SQLite database, opened by SQLite itself: in memory, to be read, and for nothing else.

The bytes never touch a disk. Whatever the schema asks for is refused but reading: no trigger runs,
no view is opened, no module is loaded, no other file is attached. Work is counted and bounded.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass

from formats.faults import FormatError, LimitError, UnsupportedError
from formats.sql.vocabulary import CALLABLE
from sanitizers.interface import Opened
from sanitizers.values import LEAST, ValueKind, kind_of_value

MOST_STEPS = 2_000_000_000
_STEPS_AT_ONCE = 1_000_000
_MOST_FAULTS = 3
_MOST_OBJECTS = 20_000
_LONGEST_SCHEMA = 1_000_000
_ALLOWED = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ})
_PRAGMAS = frozenset({"integrity_check", "table_info"})
# Both version numbers of the file format (1.3.3): 2 asks for a log beside the file.
_VERSIONS, _ROLLBACK, _LOGGED = slice(18, 20), b"\x01\x01", b"\x02"


@dataclass(frozen=True, slots=True, kw_only=True)
class Looked:
    """What SQLite says of a database.

    `schema` are kind and statement of every object. `faults` is what its own check found, in its
    own words; they name tables, and stay inside. `unseen` says why it could not look, empty if it
    could. `is_logged` tells that later changes may stand in a log beside the file.
    """

    schema: tuple[tuple[str, str], ...] = ()
    tables: int = 0
    rows: int = 0
    values: frozenset[ValueKind] = frozenset()
    faults: int = 0
    is_logged: bool = False
    unseen: str = ""


def survey_database(opened: Opened) -> Looked:
    """Return what SQLite says of a database; never raises on account of content."""
    content = opened.content
    if not content:
        return Looked(unseen="there is nothing")  # SQLite takes none for a want of memory
    is_logged = _LOGGED in content[_VERSIONS]
    if is_logged:
        content = content[: _VERSIONS.start] + _ROLLBACK + content[_VERSIONS.stop :]
    try:
        with closing(sqlite3.connect(":memory:")) as connection:
            return _look(connection, content, is_logged=is_logged)
    except (sqlite3.Error, sqlite3.Warning, FormatError, ValueError, OverflowError) as error:
        # SQLite's own words quote the schema: only the kind of the error leaves.
        return Looked(unseen=_reason(error), is_logged=is_logged)


def _reason(error: Exception) -> str:
    if isinstance(error, FormatError):
        return error.reason
    return str(getattr(error, "sqlite_errorname", type(error).__name__))


def _look(connection: sqlite3.Connection, content: bytes, *, is_logged: bool) -> Looked:
    connection.deserialize(content)
    _lock(connection)
    schema = _schema_of(connection)
    kinds: set[ValueKind | None] = set()
    tables = rows = 0
    for name in _ordinary_tables(connection):
        tables += 1
        rowset = f"SELECT * FROM {_quoted(name)}"  # noqa: S608 - quoted; SQLite binds no names
        for row in connection.execute(rowset):
            rows += 1
            for value in row:
                if type(value) is bytes and len(value) >= LEAST:
                    kinds.add(kind_of_value(value))
    said = connection.execute(f"PRAGMA integrity_check({_MOST_FAULTS})").fetchall()
    return Looked(
        schema=schema,
        tables=tables,
        rows=rows,
        values=frozenset(kind for kind in kinds if kind is not None),
        faults=0 if said == [(b"ok",)] else len(said),
        is_logged=is_logged,
    )


def _lock(connection: sqlite3.Connection) -> None:
    """Take away everything but reading; what follows runs on the words of an unknown schema."""
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    connection.execute("PRAGMA query_only = ON")
    connection.execute("PRAGMA automatic_index = OFF")
    connection.text_factory = bytes
    connection.setlimit(sqlite3.SQLITE_LIMIT_SQL_LENGTH, _LONGEST_SCHEMA)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    connection.setlimit(sqlite3.SQLITE_LIMIT_EXPR_DEPTH, 100)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, 1000)
    connection.set_authorizer(_authorise)
    steps = iter(range(MOST_STEPS // _STEPS_AT_ONCE))
    connection.set_progress_handler(lambda: next(steps, None) is None, _STEPS_AT_ONCE)


def _authorise(
    action: int, first: str | None, second: str | None, _database: str | None, _by: str | None
) -> int:
    """Allow reading, the two questions that are asked here, and functions that only compute."""
    is_call = action == sqlite3.SQLITE_FUNCTION and _name(second) in CALLABLE
    is_asked = action == sqlite3.SQLITE_PRAGMA and first in _PRAGMAS
    return sqlite3.SQLITE_OK if action in _ALLOWED or is_call or is_asked else sqlite3.SQLITE_DENY


def _name(function: str | None) -> bytes:
    return (function or "").upper().encode()


def _schema_of(connection: sqlite3.Connection) -> tuple[tuple[str, str], ...]:
    found = connection.execute("SELECT type, sql FROM sqlite_schema LIMIT ?", (_MOST_OBJECTS + 1,))
    schema = tuple((_text(kind), _text(statement)) for kind, statement in found)
    if len(schema) > _MOST_OBJECTS:
        raise LimitError(f"more than {_MOST_OBJECTS} tables, indexes and views")
    return schema


def _ordinary_tables(connection: sqlite3.Connection) -> Iterator[bytes]:
    """Yield the names of tables that have pages of their own: a virtual one is a program's."""
    listed = "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0"
    yield from [name for (name,) in connection.execute(listed)]


def _quoted(name: bytes) -> str:
    try:
        return '"' + name.decode().replace('"', '""') + '"'
    except UnicodeDecodeError as error:
        raise UnsupportedError("a table whose name is no text") from error


def _text(value: object) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else ""
