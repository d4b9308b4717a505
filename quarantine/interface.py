"""What a source is to intake: an identity, a list of entries, and read-only streams."""

from collections.abc import Iterator
from typing import BinaryIO, Protocol

from custody.entry import Entry, NotTakenReason
from custody.errors import SourceError
from custody.source import FilesystemIdentity


class NotReadableError(SourceError):
    """One entry cannot be read; `why` is how it is reported, and the source goes on."""

    def __init__(self, why: NotTakenReason, detail: str) -> None:
        super().__init__(detail)
        self.why = why


class SourceReader(Protocol):
    """A way in. Nothing at the source is written, nor an access time where that can be avoided."""

    def identity(self) -> FilesystemIdentity:
        """Return what tells this source from another one at the same place."""
        ...

    def walk(self) -> Iterator[Entry]:
        """List every entry; the same tree gives the same list in the same order.

        Raises:
            SourceEmptyError: there is nothing to list.
            SourceError: the root cannot be read.
        """
        ...

    def open(self, entry: Entry) -> BinaryIO:
        """Open a listed file, unbuffered, with a descriptor that intake asks for holes and changes.

        Raises:
            NotReadableError: it vanished, is another file now, or cannot be read.
            RuntimeError: the entry is no file.
        """
        ...
