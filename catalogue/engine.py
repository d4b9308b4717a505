"""The open database: one writer at a time, readers that block nobody, and errors of our own."""

import os
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Self

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPIConnection

from catalogue import schema
from catalogue.faults import catalogue_error
from custody.errors import CatalogueError

BUSY_SECONDS = 30.0
CACHE_KIBIBYTES = 65_536
MOST_INTEGRITY_FAULTS = 20
WRITES = "catalogue_writes"


class WriterLock:
    """Lets one thread of this process write; other processes wait at BEGIN IMMEDIATE.

    SQLite has one writer. Waiting here is fair and free, waiting there is a poll with sleeps.
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

    def __init__(self, engine: sa.Engine, lock: WriterLock | None) -> None:
        self._engine = engine
        self._writing = engine.execution_options(**{WRITES: True})
        self._lock = lock

    @classmethod
    def open(
        cls,
        url_or_path: str | Path,
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
        url = _url(url_or_path)
        path = _sqlite_path(url)
        if path is not None:
            _prepare_file(path, create=create)
        lock = None if path is None else _WRITER_LOCKS.setdefault(str(path), WriterLock())
        catalogue = cls(_engine(url, busy_seconds), lock)
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
        if self._lock is None:
            with _mapped(), self._writing.begin() as connection:
                yield connection
            return
        with self._lock.held(), _mapped(), self._writing.begin() as connection:
            yield connection

    @contextmanager
    def read(self) -> Iterator[sa.Connection]:
        """Give a view of one moment that cannot change anything and does not block the writer.

        Raises:
            CatalogueError: the database cannot be read, or a write was tried.
        """
        with _mapped(), self._engine.begin() as connection:
            yield connection

    def migrate(self) -> None:
        """Bring the tables of an older version up to date; nothing happens when they are.

        Raises:
            CatalogueError: the tables were made by a newer version, or cannot be changed.
        """
        with self.write() as connection:
            schema.migrate(connection)

    def close(self) -> None:
        """Close every connection that is not in use."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _check_schema(self, *, create: bool, migrate: bool) -> None:
        with self.read() as connection:
            standing = schema.standing(connection)
        if standing is schema.Standing.EMPTY and create:
            with self.write() as connection:
                schema.create(connection)
        elif standing is schema.Standing.OLDER and migrate:
            self.migrate()
        elif standing is not schema.Standing.CURRENT:
            raise schema.refusal(standing)


def integrity_faults(connection: sa.Connection) -> list[str]:
    """Return what the database finds wrong in its own pages and indexes.

    Queries believe an index, so a byte that changed in the row alone is seen by nothing else.
    """
    if connection.dialect.name != "sqlite":
        return []
    told = connection.exec_driver_sql(f"PRAGMA integrity_check({MOST_INTEGRITY_FAULTS})").scalars()
    return [line for line in told if line != "ok"]


@contextmanager
def _mapped() -> Iterator[None]:
    try:
        yield
    except sa.exc.SQLAlchemyError as error:
        raise catalogue_error(error) from error


def _url(url_or_path: str | Path) -> sa.URL:
    if isinstance(url_or_path, str) and "://" in url_or_path:
        try:
            return sa.make_url(url_or_path)
        except sa.exc.SQLAlchemyError as error:
            raise catalogue_error(error) from error
    return sa.URL.create("sqlite", database=str(Path(url_or_path).absolute()))


def _sqlite_path(url: sa.URL) -> Path | None:
    if url.get_backend_name() != "sqlite":
        return None
    if not url.database or url.database == ":memory:":
        raise CatalogueError(
            "a catalogue in memory would forget what was promised",
            next_step="give the path of a file, or the URL of a database server",
        )
    return Path(url.database).resolve()


def _prepare_file(path: Path, *, create: bool) -> None:
    """Make the file readable by its owner only; SQLite would make it with the umask's mode."""
    if path.exists():
        return
    if not create:
        raise CatalogueError(
            "there is no catalogue at this home",
            next_step="check --home; `autoclave recover` makes a new home on first use",
        )
    try:
        os.close(os.open(path, os.O_CREAT | os.O_WRONLY, 0o600))
    except OSError as error:
        raise catalogue_error(error) from error


def _engine(url: sa.URL, busy_seconds: float) -> sa.Engine:
    if url.get_backend_name() != "sqlite":
        return sa.create_engine(url, pool_pre_ping=True)
    engine = sa.create_engine(url, connect_args={"timeout": busy_seconds, "isolation_level": None})
    sa.event.listen(engine, "connect", _configure)
    sa.event.listen(engine, "begin", _begin)
    return engine


def _configure(connection: DBAPIConnection, record: object) -> None:
    """FULL: a commit that the ledger or a store relies on has to survive the power going off."""
    del record
    cursor = connection.cursor()
    for pragma in (
        "page_size = 8192",  # for a file that is new; a fifth faster to fill than SQLite's own
        "journal_mode = WAL",
        "synchronous = FULL",
        f"cache_size = -{CACHE_KIBIBYTES}",
    ):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: sa.Connection) -> None:
    """Take the write lock at once: a reader that turns writer half way could only fail."""
    if connection.get_execution_options().get(WRITES):
        connection.exec_driver_sql("PRAGMA query_only = OFF")
        connection.exec_driver_sql("BEGIN IMMEDIATE")
    else:
        connection.exec_driver_sql("PRAGMA query_only = ON")
        connection.exec_driver_sql("BEGIN")
