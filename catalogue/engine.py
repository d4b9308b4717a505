"""The open database: one writer at a time, readers that block nobody, and errors of our own."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Self

import sqlalchemy as sa

from catalogue import schema
from catalogue.database import Condition, Database
from catalogue.faults import catalogue_error
from catalogue.postgresql import Server
from catalogue.sqlite import SqliteFile
from custody.errors import CatalogueError

BUSY_SECONDS = 30.0


class WriterLock:
    """Lets one thread of this process write; other processes wait in the database.

    There is one writer. Waiting here is fair and free; SQLite waits in a poll with sleeps, and a
    server with a connection.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._owner: int | None = None

    @contextmanager
    def held(self) -> Iterator[None]:
        """Hold the lock.

        Raises:
            RuntimeError: this thread already writes; a write inside a write would wait for ever.
        """
        if self._owner == threading.get_ident():
            raise RuntimeError("a write of the catalogue inside another")
        with self._lock:
            self._owner = threading.get_ident()
            try:
                yield
            finally:
                self._owner = None


_WRITER_LOCKS: dict[str, WriterLock] = {}


class Catalogue:
    """An open catalogue. Safe to share between threads; not to be carried over a fork."""

    def __init__(self, database: Database, busy_seconds: float) -> None:
        self._database = database
        self._engines = database.engines(busy_seconds)
        self._lock = _WRITER_LOCKS.setdefault(database.identity, WriterLock())

    @classmethod
    def open(
        cls,
        place: str | Path | sa.URL,
        *,
        create: bool = True,
        migrate: bool = False,
        busy_seconds: float = BUSY_SECONDS,
    ) -> Self:
        """Open the catalogue at a path or a database URL; make it if there is none and `create`.

        Raises:
            CatalogueError: there is none, it cannot be opened, it was made by a newer version, or
                it was made by an older one and `migrate` is not asked for.
        """
        database = database_at(place)
        database.prepare(create=create)
        catalogue = cls(database, busy_seconds)
        with ExitStack() as undo:
            undo.callback(catalogue.close)
            catalogue._check_schema(create=create, migrate=migrate)
            undo.pop_all()
        return catalogue

    @contextmanager
    def write(self) -> Iterator[sa.Connection]:
        """Give a transaction that commits at the end, or changes nothing if anything is raised.

        Raises:
            CatalogueError: the database cannot be written.
            RuntimeError: this thread already writes.
        """
        with self._lock.held(), mapped(), self._engines.writing.begin() as connection:
            yield connection

    @contextmanager
    def write_rows(self) -> Iterator[sa.Connection]:
        """Give a transaction that changes only rows which it locks one by one, as leases are.

        A server lets it go on beside a writer; a file has one writer, and it waits.

        Raises:
            CatalogueError: the database cannot be written.
            RuntimeError: this thread already writes.
        """
        if self._engines.beside is None:
            with self.write() as connection:
                yield connection
            return
        with mapped(), self._engines.beside.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Give a view of one moment that cannot change anything and does not block the writer.

        Raises:
            CatalogueError: the database cannot be read, or a write was tried.
        """
        with mapped(), self._engines.reading.begin() as connection:
            yield connection

    def holding(
        self, names: Sequence[str], *, shared: bool = False, wait: bool = True
    ) -> AbstractContextManager[str | None]:
        """Hold named locks against every other machine that has this catalogue open.

        They go with this process, however it ends. Without `wait` the first that somebody else
        holds is given, and nothing is held. A file of this machine gives them to everybody: there
        the locks on files of the home do the same work.

        Raises:
            CatalogueError: the database does not answer, or the locks were lost meanwhile.
        """
        return self._database.holding(names, shared=shared, wait=wait)

    def integrity_faults(self, connection: sa.Connection) -> list[str]:
        """Return what the database finds wrong in its own pages and indexes.

        Queries believe an index, so a byte that changed in the row alone is seen by nothing else.
        """
        return self._database.faults(connection)

    def unchecked(self, connection: sa.Connection) -> str:
        """Return why `integrity_faults` cannot look at everything; empty when it can."""
        return self._database.unchecked(connection)

    def conditions(self) -> list[Condition]:
        """Return what the promises of the database rest on, and whether it is so."""
        with self.read() as connection:
            return self._database.conditions(connection)

    def settle(self) -> None:
        """Let what came in bulk, and is committed, be found as fast as what came row by row."""
        with mapped():
            self._database.settle()

    def scrub(self) -> bool:
        """Write anew what holds replaced rows; False when somebody still reads them."""
        with mapped():
            return self._database.scrub()

    def migrate(self) -> None:
        """Bring the tables of an older version up to date; nothing happens when they are.

        Raises:
            CatalogueError: the tables were made by a newer version, or cannot be changed.
        """
        with self.write() as connection:
            schema.migrate(connection)

    def check(self) -> None:
        """Refuse a catalogue that was moved elsewhere since it was opened.

        Raises:
            CatalogueError: it is no longer the one that counts.
        """
        self._check_schema(create=False, migrate=False)

    def close(self) -> None:
        """Close every connection that is not in use."""
        self._engines.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _check_schema(self, *, create: bool, migrate: bool) -> None:
        with self.read() as connection:
            standing = schema.standing(connection)
        if standing is schema.Standing.EMPTY and create:
            with self.write() as connection:
                self._database.make_room(connection)
                schema.create(connection)
        elif standing is schema.Standing.OLDER and migrate:
            self.migrate()
        elif standing is not schema.Standing.CURRENT:
            raise schema.refusal(standing)


@contextmanager
def mapped() -> Iterator[None]:
    """Raise the database's own errors as ours."""
    try:
        yield
    except sa.exc.SQLAlchemyError as error:
        raise catalogue_error(error) from error


def database_at(place: str | Path | sa.URL) -> Database:
    """Return the database at a path or a URL; nothing is asked of it yet.

    Raises:
        CatalogueError: no database that a catalogue can lie in is named so.
    """
    if isinstance(place, str) and "://" in place:
        try:
            place = sa.make_url(place)
        except sa.exc.SQLAlchemyError as error:
            raise catalogue_error(error) from error
    if not isinstance(place, sa.URL):
        return SqliteFile(Path(place).resolve())
    match place.get_backend_name():
        case "sqlite":
            return _file(place)
        case "postgresql":
            return Server.at(place)
        case _:
            raise CatalogueError(
                "no catalogue can lie in a database of that kind",
                next_step="give the path of a file, or postgresql://USER@HOST/DATABASE",
            )


def _file(url: sa.URL) -> SqliteFile:
    if not url.database or url.database == ":memory:":
        raise CatalogueError(
            "a catalogue in memory would forget what was promised",
            next_step="give the path of a file, or the URL of a database server",
        )
    return SqliteFile(Path(url.database).resolve())
