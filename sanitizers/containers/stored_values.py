"""Files that an SQLite database keeps in its columns, handed to inspection one by one."""

import sqlite3
from collections.abc import Iterator
from typing import TypeGuard

from formats.faults import LimitError, UnsupportedError
from formats.signatures import candidates
from formats.sqlite_engine import Text, opened, ordinary_tables, reason_of, rows_of
from sanitizers.containers.unpacked import Unpacked
from sanitizers.limits import Limits

# Nothing shorter is a file of its own.
LEAST = 24


def unpack(content: bytes, limits: Limits) -> Iterator[Unpacked]:
    """Yield every value that is a file of its own, in the order in which the rows lie.

    Raises:
        FormatError: SQLite cannot read the database, or it holds too many files.
    """
    if not content:
        raise UnsupportedError("there is nothing")  # SQLite takes none for a want of memory
    number = 0
    try:
        with opened(content) as connection:
            for name in ordinary_tables(connection):
                for row in rows_of(connection, name):
                    for value in row:
                        if not is_kept_file(value):
                            continue
                        number += 1
                        if number > limits.most_members:
                            raise LimitError(f"more than {limits.most_members} files")
                        yield Unpacked(content=bytes(value))
    except (sqlite3.Error, sqlite3.Warning, ValueError, OverflowError) as error:
        raise UnsupportedError(f"SQLite did not read it: {reason_of(error)}") from error


def is_kept_file(value: object) -> TypeGuard[bytes]:
    """Whether a value of a row is kept as bytes, and is a file as it stands."""
    if not isinstance(value, bytes) or isinstance(value, Text):
        return False
    return len(value) >= LEAST and bool(candidates(bytes(value)))
