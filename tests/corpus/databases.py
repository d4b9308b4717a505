"""SQLite databases of invented rows, made by SQLite itself and kept in memory."""

import sqlite3
from contextlib import closing


def database(rows: int = 400, *, page_size: int = 4096) -> bytes:
    """Return a database with one table and one index."""
    with sqlite3.connect(":memory:") as connection:
        connection.execute(f"pragma page_size = {page_size}")
        connection.execute("create table stay (id integer primary key, ward text, note text)")
        connection.executemany(
            "insert into stay (ward, note) values (?, ?)",
            [(f"ward {n % 17}", f"seen on day {n}, nothing to report " * 3) for n in range(rows)],
        )
        connection.execute("create index by_ward on stay (ward)")
        connection.commit()
        return connection.serialize()


def made(*statements: str, values: tuple[object, ...] = ()) -> bytes:
    """Return a database that some statements make; the last one is given the values."""
    with closing(sqlite3.connect(":memory:")) as connection:
        for statement in statements[:-1]:
            connection.execute(statement)
        connection.execute(statements[-1], values)
        connection.commit()
        return connection.serialize()


def letters(document: bytes) -> bytes:
    """Return a database that keeps a document beside what is said of it."""
    kept = "insert into letters values ('a letter', ?)"
    return made("create table letters (title text, body blob)", kept, values=(document,))


def holding(value: object) -> bytes:
    """Return a database with one value in it."""
    return made("create table t (a)", "insert into t values (?)", values=(value,))
