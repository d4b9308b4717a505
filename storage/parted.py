"""A store that one identity reads and another writes, and that nobody removes anything from."""

from collections.abc import Iterable, Iterator
from typing import BinaryIO

from storage.interface import Readable, Spooled, Version, Writable


class PartedStore:
    """Two views of one bucket, so that the keys of who writes it read nothing."""

    def __init__(self, reader: Readable, writer: Writable) -> None:
        self._reader = reader
        self._writer = writer

    def open(
        self, key: str, version: str | None = None, *, offset: int = 0, length: int | None = None
    ) -> BinaryIO:
        """Open a part of one version, as the reader."""
        return self._reader.open(key, version, offset=offset, length=length)

    def versions(self, prefix: str) -> Iterator[Version]:
        """List versions, as the reader."""
        return self._reader.versions(prefix)

    def put(self, key: str, spooled: Spooled) -> Version:
        """Store one object durably, as the writer."""
        return self._writer.put(key, spooled)

    def put_all(self, objects: Iterable[tuple[str, Spooled]]) -> list[Version]:
        """Store many objects durably, as the writer."""
        return self._writer.put_all(objects)
