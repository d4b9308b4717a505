"""A store that is made when it is first asked for something."""

import threading
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

from storage.interface import ObjectStore, Spooled, Version


class DeferredStore:
    """Lets a machine work that has the keys of some identities only, as long as these suffice."""

    def __init__(self, make: Callable[[], ObjectStore]) -> None:
        self._make = make
        self._made: ObjectStore | None = None
        self._lock = threading.Lock()

    def open(
        self, key: str, version: str | None = None, *, offset: int = 0, length: int | None = None
    ) -> BinaryIO:
        """Open a part of one version."""
        return self._store.open(key, version, offset=offset, length=length)

    def versions(self, prefix: str) -> Iterator[Version]:
        """List versions."""
        return self._store.versions(prefix)

    def put(self, key: str, spooled: Spooled) -> Version:
        """Store one object durably."""
        return self._store.put(key, spooled)

    def put_all(self, objects: Iterable[tuple[str, Spooled]]) -> list[Version]:
        """Store many objects durably."""
        return self._store.put_all(objects)

    def delete(self, key: str, version: str) -> None:
        """Remove one version durably."""
        self._store.delete(key, version)

    @property
    def _store(self) -> ObjectStore:
        with self._lock:
            if self._made is None:
                self._made = self._make()
            return self._made
