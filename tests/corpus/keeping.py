"""Keeps what a catalogue was, in a file or on a server, and puts it back as a backup would."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.corpus.postgres import Account


@dataclass(slots=True)
class KeptFile:
    """A copy of a catalogue's file, taken while nobody writes."""

    home: Path
    place: Path

    def take(self) -> None:
        """Keep what the catalogue is now."""
        shutil.copy(self.home / "catalogue.sqlite", self.place)

    def put_back(self) -> None:
        """Make the catalogue what it was."""
        self.remove()
        shutil.copy(self.place, self.home / "catalogue.sqlite")

    def remove(self) -> None:
        """Lose the catalogue."""
        for file in self.home.glob("catalogue.sqlite*"):
            file.unlink()


@dataclass(slots=True)
class KeptDatabase:
    """A copy of a catalogue's database, taken while nobody is connected to it."""

    live: Account
    copy: Account

    @property
    def place(self) -> str:
        """Where the copy can be opened."""
        return self.copy.full_url

    def take(self) -> None:
        """Keep what the catalogue is now."""
        self.copy.server.drop(self.copy)
        self.copy = self.live.server.copy(self.live)

    def put_back(self) -> None:
        """Make the catalogue what it was."""
        self.live.server.drop(self.live)
        self.live.server.copy(self.copy, name=self.live.name)

    def remove(self) -> None:
        """Lose the catalogue."""
        self.live.ask("DROP SCHEMA autoclave CASCADE")


@contextmanager
def kept_of(home: Path, database: Account | None, file: Path) -> Iterator[KeptFile | KeptDatabase]:
    """Keep the catalogue of a home as long as the block lasts."""
    if database is None:
        kept = KeptFile(home, file)
        kept.take()
        yield kept
        return
    copied = KeptDatabase(database, database.server.copy(database))
    try:
        yield copied
    finally:
        copied.copy.server.drop(copied.copy)
