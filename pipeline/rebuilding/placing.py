"""Where a new catalogue is made, and how it takes the place of another: in a file, on a server.

On a server it is a schema of the same database, and takes the name of the old one in one
transaction. In a file, the old write-ahead log goes first: SQLite would play it into the new file.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from audit.ledger import SEQUENCER
from catalogue.engine import database_at
from catalogue.postgresql import Server
from custody.errors import CatalogueError, StoreError
from pipeline.database import WORK
from storage.disk import RealDisk

SUFFIXES = ("-wal", "-shm")


def placing_of(place: Path | sa.URL) -> "Placing":
    """Return how the catalogue at a place is replaced."""
    if isinstance(place, Path):
        return InFile(place)
    server = database_at(place)
    if not isinstance(server, Server):
        raise TypeError("a URL that the settings take is a server's")
    return OnServer(server)


@dataclass(frozen=True, slots=True)
class InFile:
    """A catalogue in a file of the home."""

    old: Path

    @property
    def new(self) -> Path:
        """Where the new one is made."""
        return self.old.with_name(f"{self.old.name}.rebuilt")

    def clear(self) -> None:
        """Remove what an interrupted attempt left in the new place."""
        for suffix in ("", *SUFFIXES):
            self.new.with_name(self.new.name + suffix).unlink(missing_ok=True)

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Refuse while somebody has the catalogue open.

        SQLite leaves its write-ahead log only when no other connection is there. A catalogue that
        is damaged cannot tell, and is no reason not to replace it.
        """
        if self.old.exists() and _is_open(self.old):
            raise _others_work()
        yield

    def replace(self) -> None:
        """Put the new one in the place of the old, so that a power cut leaves one of them."""
        disk = RealDisk()
        try:
            with closing(sqlite3.connect(self.new)) as connection:
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            disk.sync(self.new)
            for suffix in SUFFIXES:
                self.old.with_name(self.old.name + suffix).unlink(missing_ok=True)
                self.new.with_name(self.new.name + suffix).unlink(missing_ok=True)
            disk.rename(self.new, self.old)
            disk.sync_folder(self.old.parent)
        except (OSError, sqlite3.Error) as error:
            raise StoreError(
                f"the rebuilt catalogue cannot be put in place: {error}",
                next_step="make room in the home, then rebuild again",
            ) from error


@dataclass(frozen=True, slots=True)
class OnServer:
    """A catalogue in a schema of a server."""

    old: Server

    @property
    def new(self) -> sa.URL:
        """Where the new one is made."""
        return self.old.url.update_query_dict({"schema": self._beside.schema})

    @property
    def _beside(self) -> Server:
        return Server(self.old.url, f"{self.old.schema}_rebuilt")

    def clear(self) -> None:
        """Remove what an interrupted attempt left in the new place."""
        self._beside.drop()

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Refuse while any machine has the catalogue open, and let nobody open it meanwhile."""
        with self.old.holding([SEQUENCER, WORK], wait=False) as taken:
            if taken is not None:
                raise _others_work()
            yield

    def replace(self) -> None:
        """Put the new one in the place of the old, in one transaction."""
        self._beside.settle()
        self.old.swap(self._beside)


Placing = InFile | OnServer


def _is_open(catalogue: Path) -> bool:
    with closing(sqlite3.connect(catalogue, timeout=1.0)) as connection:
        try:
            mode = connection.execute("PRAGMA journal_mode = DELETE").fetchone()[0]
        except sqlite3.OperationalError as error:
            return error.sqlite_errorname.startswith(("SQLITE_BUSY", "SQLITE_LOCKED"))
        except sqlite3.DatabaseError:
            return False
    return bool(mode == "wal")


def _others_work() -> CatalogueError:
    return CatalogueError(
        "another process works on this home",
        next_step="let runs and consoles of this home end, then rebuild again",
    )
