"""A store that tries again when the one behind it does not answer."""

import io
import logging
from collections.abc import Callable, Iterable, Iterator
from itertools import chain
from typing import TYPE_CHECKING, BinaryIO, TypeVar, cast

from custody.errors import (
    ObjectDamagedError,
    ObjectMissingError,
    StoreDeniedError,
    StoreUntrustedError,
    UnavailableError,
)
from storage.interface import ObjectStore, Spooled, Version

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_log = logging.getLogger(__name__)
_FIRST_PAUSE = 0.2
_LONGEST_PAUSE = 10.0
_BUFFER = 1 << 20
_LASTING = (ObjectMissingError, ObjectDamagedError, StoreDeniedError, StoreUntrustedError)
_T = TypeVar("_T")


class RetryingStore:
    """Repeats what failed for a passing reason; what will not pass by waiting fails at once.

    A repeated put may leave an older version with the same bytes behind: versions are compared by
    content, never counted. A stream of a named version that breaks while it is read is opened
    again where it broke; without a version the rest could be another object's.
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

        def begin(done: int) -> BinaryIO:
            left = None if length is None else length - done
            return self._store.open(key, version, offset=offset + done, length=left)

        stream = self._tried(lambda: begin(0))
        if version is None:
            return stream
        return cast("BinaryIO", io.BufferedReader(_Rejoined(stream, begin, self._tried), _BUFFER))

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
        return persist(act, self._attempts, self._sleep)


def persist(act: Callable[[], _T], attempts: int, sleep: Callable[[float], None]) -> _T:
    """Return what an act returns, repeating it when it fails for a passing reason.

    Raises:
        UnavailableError: the last attempt's; what is missing, damaged or denied fails at once.
    """
    for attempt in range(1, attempts):
        try:
            return act()
        except _LASTING:
            raise
        except UnavailableError as error:
            _log.warning("attempt %s of %s failed: %s", attempt, attempts, error)
            sleep(min(_FIRST_PAUSE * 2 ** (attempt - 1), _LONGEST_PAUSE))
    return act()


class _Rejoined(io.RawIOBase):
    """One stream made of all that were needed to read it to its end."""

    def __init__(
        self,
        stream: BinaryIO,
        begin: Callable[[int], BinaryIO],
        tried: Callable[[Callable[[], bytes]], bytes],
    ) -> None:
        self._stream: BinaryIO | None = stream
        self._begin = begin
        self._tried = tried
        self._done = 0

    def readable(self) -> bool:
        """Say that this is a stream to read."""
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """Fill a buffer, from a new stream when the one at hand broke."""
        target = memoryview(buffer).cast("B")
        content = self._tried(lambda: self._read(len(target)))
        self._done += len(content)
        target[: len(content)] = content
        return len(content)

    def close(self) -> None:
        """Close the stream at hand."""
        self._drop()
        super().close()

    def _read(self, size: int) -> bytes:
        if self._stream is None:
            self._stream = self._begin(self._done)
        try:
            return self._stream.read(size)
        except UnavailableError:
            self._drop()
            raise

    def _drop(self) -> None:
        if self._stream is not None:
            self._stream.close()
            self._stream = None
