"""What a source is to intake: an identity, a list of entries, and files that are only read."""

from collections.abc import Iterable, Iterator
from typing import Protocol

from custody.entry import Entry, NotTakenReason
from custody.errors import SourceError
from custody.source import FilesystemIdentity


class NotReadableError(SourceError):
    """One entry cannot be read; `why` is how it is reported, and the source goes on."""

    def __init__(self, why: NotTakenReason, detail: str) -> None:
        super().__init__(detail)
        self.why = why


class SourceFile(Protocol):
    """A listed file that is open for reading, by one thread; positions count bytes.

    Each method raises NotReadableError or OSError where the file cannot be read on.
    """

    def read(self, size: int, position: int) -> bytes:
        """Return at most that much from a position; it may be less, and is nothing at the end."""
        ...

    def read_into(self, buffer: memoryview, position: int) -> int:
        """Fill a buffer from a position and return how much was read: 0 at the end only."""
        ...

    def stretches(self, start: int, end: int) -> Iterator[tuple[int, int]]:
        """Yield begin and end of what holds data there; what lies between them is zeros."""
        ...

    def stood_still(self) -> bool:
        """Whether it is, up to now, what was listed; asked before and after it is read."""
        ...

    def sparse(self) -> bool:
        """Whether it had holes when it was last asked to have stood still."""
        ...

    def close(self) -> None:
        """Give it back."""
        ...


class SourceReader(Protocol):
    """A way in. Nothing at the source is written, nor an access time where that can be avoided."""

    def identity(self) -> FilesystemIdentity:
        """Return what tells this source from another one at the same place."""
        ...

    def check_not_empty(self) -> None:
        """Refuse a place where nothing stands, before a run is begun.

        Raises:
            SourceEmptyError: it holds nothing.
            SourceError: it cannot be read.
        """
        ...

    def walk(self) -> Iterator[Entry]:
        """List every entry; the same tree gives the same list in the same order.

        Raises:
            SourceEmptyError: there is nothing to list.
            SourceError: the root cannot be read.
        """
        ...

    def ahead(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """Yield entries that are opened as they come, in their order; later ones may be begun."""
        ...

    def open(self, entry: Entry) -> SourceFile:
        """Open a listed file; safe for several threads.

        Raises:
            NotReadableError: it vanished, is another file now, or cannot be read.
            RuntimeError: the entry is no file.
        """
        ...

    def close(self) -> None:
        """Give back what it holds; the source is of no use afterwards."""
        ...
