"""An SQLite database opened by SQLite itself: in memory, to be read, and for nothing else.

The bytes never touch a disk. Whatever the schema asks for is refused but reading: no trigger runs,
no view is opened, no module is loaded, no other file is attached. Work is counted and bounded.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager

from formats.faults import UnsupportedError
from formats.sql.vocabulary import CALLABLE

MEDIA_TYPE = "application/vnd.sqlite3"
SIGNATURE = b"SQLite format 3\x00"
MOST_STEPS = 2_000_000_000
_STEPS_AT_ONCE = 1_000_000
_LONGEST_SCHEMA = 1_000_000
_ALLOWED = frozenset({sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ})
_PRAGMAS = frozenset({"integrity_check", "table_info"})
# Both version numbers of the file format (1.3.3): 2 asks for a log beside the file.
_VERSIONS, _ROLLBACK, _LOGGED = slice(18, 20), b"\x01\x01", b"\x02"


class Text(bytes):
    """A value that the database keeps as text; bytes of a BLOB are plain bytes."""

    __slots__ = ()


def is_logged(content: bytes) -> bool:
    """Whether later changes may stand in a log beside the file."""
    return _LOGGED in content[_VERSIONS]


@contextmanager
def opened(content: bytes) -> Iterator[sqlite3.Connection]:
    """Open a database; texts come as `Text`, whatever letters they hold.

    Raises:
        sqlite3.Error: it is none.
    """
    if is_logged(content):
        content = content[: _VERSIONS.start] + _ROLLBACK + content[_VERSIONS.stop :]
    with closing(sqlite3.connect(":memory:")) as connection:
        connection.deserialize(content)
        _lock(connection)
        yield connection


def ordinary_tables(connection: sqlite3.Connection) -> list[bytes]:
    """Return the names of tables that have pages of their own: a virtual one is a program's."""
    listed = "SELECT name FROM sqlite_schema WHERE type = 'table' AND rootpage > 0"
    return [bytes(name) for (name,) in connection.execute(listed)]


def rows_of(connection: sqlite3.Connection, table: bytes) -> sqlite3.Cursor:
    """Return the rows of a table, in the order in which they lie.

    Raises:
        UnsupportedError: its name is no text.
    """
    return connection.execute(f"SELECT * FROM {quoted(table)}")  # noqa: S608 - no name can be bound


def quoted(name: bytes) -> str:
    """Return a name as a statement holds it.

    Raises:
        UnsupportedError: it is no text.
    """
    try:
        return '"' + name.decode().replace('"', '""') + '"'
    except UnicodeDecodeError as error:
        raise UnsupportedError("a table whose name is no text") from error


def reason_of(error: Exception) -> str:
    """Return the kind of an error; SQLite's own words quote the schema, and stay inside."""
    return str(getattr(error, "sqlite_errorname", type(error).__name__))


def _lock(connection: sqlite3.Connection) -> None:
    """Take away everything but reading; what follows runs on the words of an unknown schema."""
    connection.execute("PRAGMA trusted_schema = OFF")
    connection.execute("PRAGMA cell_size_check = ON")
    connection.execute("PRAGMA query_only = ON")
    connection.execute("PRAGMA automatic_index = OFF")
    connection.text_factory = Text
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
