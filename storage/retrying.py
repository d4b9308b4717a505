"""A store that tries again when the one behind it does not answer."""

import logging
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import BinaryIO, TypeVar

from custody.errors import ObjectDamagedError, ObjectMissingError, UnavailableError
from storage.interface import ObjectStore, Spooled, Version

_log = logging.getLogger(__name__)
_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 10.0
_T = TypeVar("_T")


class RetryingStore:
    """Repeats what failed for a passing reason; a missing or damaged object fails at once.

    A repeated put may leave an older version with the same bytes behind: versions are compared by
    content, never counted. A stream that breaks while it is read is the reader's to open again.
    """

    def __init__(self, store: ObjectStore, attempts: int, sleep: Callable[[float], None]) -> None:
        if attempts < 1:
            raise ValueError("at least one attempt")
        self._store = store
        self._attempts = attempts
        self._sleep = sleep

    def open(
        self, key: str, version: str | None = None, *, offset: int = 0, length: int | None = None
    ) -> BinaryIO:
        """Open a part of one version."""
        return self._tried(lambda: self._store.open(key, version, offset=offset, length=length))

    def versions(self, prefix: str) -> Iterator[Version]:
        """List versions; only the beginning of a listing is tried again."""

        def begin() -> Iterator[Version]:
            listing = iter(self._store.versions(prefix))
            first = next(listing, None)
            return iter(()) if first is None else chain([first], listing)

        return self._tried(begin)

    def put(self, key: str, spooled: Spooled) -> Version:
        """Store one object."""
        return self._tried(lambda: self._store.put(key, spooled))

    def put_all(self, objects: Iterable[tuple[str, Spooled]]) -> list[Version]:
        """Store many objects; a repeat puts all of them again."""
        listed = list(objects)
        return self._tried(lambda: self._store.put_all(listed))

    def delete(self, key: str, version: str) -> None:
        """Remove one version."""
        self._tried(lambda: self._store.delete(key, version))

    def _tried(self, act: Callable[[], _T]) -> _T:
        for attempt in range(1, self._attempts):
            try:
                return act()
            except (ObjectMissingError, ObjectDamagedError):
                raise
            except UnavailableError as error:
                _log.warning("attempt %s of %s failed: %s", attempt, self._attempts, error)
                self._sleep(min(_FIRST_PAUSE * 2 ** (attempt - 1), _LONGEST_PAUSE))
        return act()
