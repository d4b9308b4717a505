"""The catalogue in a file: how SQLite is opened, made durable, checked and scrubbed."""

import os
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa
from sqlalchemy.engine.interfaces import DBAPIConnection

from catalogue.database import WRITES, Condition, Engines
from catalogue.faults import catalogue_error
from custody.errors import CatalogueError

CACHE_KIBIBYTES = 65_536
MOST_INTEGRITY_FAULTS = 20
SCRUB_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class SqliteFile:
    """A catalogue in a file of this machine. Who shares it is told apart by locks on files."""

    path: Path

    @property
    def identity(self) -> str:
        """What all openings of this catalogue have in common."""
        return str(self.path)

    def prepare(self, *, create: bool) -> None:
        """Make the file readable by its owner only; SQLite would make it with the umask's mode.

        Raises:
            CatalogueError: there is none and none may be made, or it cannot be made.
        """
        if self.path.exists():
            return
        if not create:
            raise CatalogueError(
                "there is no catalogue at this home",
                next_step="check --home; `autoclave recover` makes a new home on first use",
            )
        try:
            os.close(os.open(self.path, os.O_CREAT | os.O_WRONLY, 0o600))
        except OSError as error:
            raise catalogue_error(error) from error

    def make_room(self, connection: sa.Connection) -> None:
        """Do nothing: the file is there."""

    def engines(self, busy_seconds: float) -> Engines:
        """Return what reads and writes the file."""
        url = sa.URL.create("sqlite", database=str(self.path))
        engine = sa.create_engine(
            url, connect_args={"timeout": busy_seconds, "isolation_level": None}
        )
        sa.event.listen(engine, "connect", _configure)
        sa.event.listen(engine, "begin", _begin)
        writing = engine.execution_options(**{WRITES: True})
        return Engines(reading=engine, writing=writing, beside=None)

    @contextmanager
    def holding(
        self, names: Sequence[str], *, shared: bool = False, wait: bool = True
    ) -> Iterator[str | None]:
        """Give at once: whoever can open the file can take the locks that lie beside it."""
        del names, shared, wait
        yield None

    def faults(self, connection: sa.Connection) -> list[str]:
        """Return what SQLite finds wrong in its own pages and indexes."""
        check = f"PRAGMA integrity_check({MOST_INTEGRITY_FAULTS})"
        return [line for line in connection.exec_driver_sql(check).scalars() if line != "ok"]

    def unchecked(self, connection: sa.Connection) -> str:
        """Return what `faults` could not look at: nothing."""
        del connection
        return ""

    def conditions(self, connection: sa.Connection) -> list[Condition]:
        """Return where it lies: every opening brings its own durability."""
        del connection
        return [Condition(name="place", passed=True, detail=f"the file {self.path.name}")]

    def settle(self) -> None:
        """Do nothing: a file needs no upkeep to answer from its indexes alone."""

    def scrub(self) -> bool:
        """Write the file anew, so that no free page and no log keeps what was replaced.

        SQLite keeps what was overwritten in free pages and in its write-ahead log.
        """
        with closing(
            sqlite3.connect(self.path, timeout=SCRUB_SECONDS, isolation_level=None)
        ) as connection:
            try:
                connection.execute("PRAGMA secure_delete = ON")
                connection.execute("VACUUM")
                busy = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0]
            except sqlite3.OperationalError:
                return False
        return not busy


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
