"""What a database has to offer to be the catalogue's; one file for each kind implements it."""

from collections.abc import Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Protocol

import sqlalchemy as sa

WRITES = "catalogue_writes"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """Something about a database that promises rest on; advice, where it is not mandatory."""

    name: str
    passed: bool
    detail: str
    mandatory: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Engines:
    """What opens transactions: to read, to write alone, and to change locked rows beside others.

    Where only one can write at all, there is no `beside`.
    """

    reading: sa.Engine
    writing: sa.Engine
    beside: sa.Engine | None

    def dispose(self) -> None:
        """Close every connection that is not in use."""
        for engine in (self.reading, self.writing, self.beside):
            if engine is not None:
                engine.dispose()


class Database(Protocol):
    """A place where a catalogue lies."""

    @property
    def identity(self) -> str:
        """What all openings of this catalogue have in common."""

    def prepare(self, *, create: bool) -> None:
        """Make what has to be there before a connection, or raise CatalogueError."""

    def make_room(self, connection: sa.Connection) -> None:
        """Make what the tables stand in, in the transaction that makes them."""

    def engines(self, busy_seconds: float) -> Engines:
        """Return what opens transactions; a writer waits so long for another one."""

    def holding(
        self, names: Sequence[str], *, shared: bool = False, wait: bool = True
    ) -> AbstractContextManager[str | None]:
        """Hold locks that end with this process; without `wait` give the first that is taken."""

    def faults(self, connection: sa.Connection) -> list[str]:
        """Return what the database finds wrong in its own pages and indexes."""

    def unchecked(self, connection: sa.Connection) -> str:
        """Return why `faults` could not look at everything; empty when it could."""

    def conditions(self, connection: sa.Connection) -> list[Condition]:
        """Return what its promises rest on, and whether it is so."""

    def settle(self) -> None:
        """Let what came in bulk be found as fast as what came row by row."""

    def scrub(self) -> bool:
        """Write anew what holds replaced rows; False when somebody still reads them."""
