"""Trying again: what is repeated, how often, and what is not."""

import io
from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO, cast

import pytest

from custody.errors import (
    CatalogueError,
    ObjectDamagedError,
    ObjectMissingError,
    PolicyError,
    StoreDeniedError,
    StoreError,
    StoreUntrustedError,
)
from storage.interface import Spooled, Version
from storage.memory import MemoryStore
from storage.retrying import RetryingStore
from tests.corpus.spooled import read, spooled


class FlakyStore(MemoryStore):
    """Fails its first calls with the given errors, whatever is called."""

    def __init__(self, *errors: Exception) -> None:
        super().__init__()
        self._errors = list(errors)
        self.calls = 0

    def _call(self) -> None:
        self.calls += 1
        if self._errors:
            raise self._errors.pop(0)

    def open(
        self, key: str, version: str | None = None, *, offset: int = 0, length: int | None = None
    ) -> BinaryIO:
        """Fail, or open."""
        self._call()
        return super().open(key, version, offset=offset, length=length)

    def versions(self, prefix: str) -> Iterator[Version]:
        """Fail at the first item, or list."""
        self._call()
        yield from super().versions(prefix)

    def put_all(self, objects: Iterable[tuple[str, Spooled]]) -> list[Version]:
        """Consume the objects, then fail or keep them."""
        listed = list(objects)
        self._call()
        return super().put_all(listed)

    def delete(self, key: str, version: str) -> None:
        """Fail, or delete."""
        self._call()
        super().delete(key, version)


ACTS: dict[str, Callable[[RetryingStore], object]] = {
    "open": lambda store: read(store, "a"),
    "versions": lambda store: list(store.versions("")),
    "put_all": lambda store: store.put_all([("b", spooled(b"b"))]),
    "delete": lambda store: store.delete("a", "000000000001"),
}


@pytest.fixture
def pauses() -> list[float]:
    """Return the pauses that were asked for."""
    return []


def flaky(*errors: Exception) -> FlakyStore:
    """Return a failing store that holds one object."""
    store = FlakyStore(*errors)
    store.put("a", spooled(b"content"))
    return store


@pytest.mark.parametrize("act", ACTS)
def test_a_passing_fault_is_survived(act: str, pauses: list[float]) -> None:
    """Two failures and a success are a success, with growing pauses between."""
    store = flaky(StoreError("busy"), CatalogueError("busy"))
    ACTS[act](RetryingStore(store, attempts=3, sleep=pauses.append))
    assert store.calls == 3
    assert pauses == [0.2, 0.4]


@pytest.mark.parametrize("act", ACTS)
def test_attempts_are_bounded(act: str, pauses: list[float]) -> None:
    """The last error comes out, after as many attempts as were allowed."""
    store = flaky(*(StoreError(f"attempt {n}") for n in range(1, 9)))
    with pytest.raises(StoreError, match="attempt 3"):
        ACTS[act](RetryingStore(store, attempts=3, sleep=pauses.append))
    assert store.calls == 3


@pytest.mark.parametrize(
    "error",
    [
        ObjectMissingError,
        ObjectDamagedError,
        StoreDeniedError,
        StoreUntrustedError,
        PolicyError,
        ValueError,
    ],
)
def test_what_will_not_pass_fails_at_once(error: type[Exception], pauses: list[float]) -> None:
    """What is missing, damaged or denied does not change by waiting, and a bug is no fault."""
    store = flaky(error("no"))
    with pytest.raises(error):
        read(RetryingStore(store, attempts=3, sleep=pauses.append), "a")
    assert store.calls == 1
    assert pauses == []


def test_objects_from_an_iterator_are_put_again() -> None:
    """A generator that the first attempt used up is not lost for the second."""
    store = flaky(StoreError("busy"))
    retrying = RetryingStore(store, attempts=2, sleep=lambda _: None)
    retrying.put_all((key, spooled(key.encode())) for key in ("b", "c"))
    assert read(store, "c") == b"c"


def test_a_listing_that_breaks_midway_is_not_begun_again() -> None:
    """Versions that the caller has seen are never listed twice."""

    class BreakingStore(MemoryStore):
        def versions(self, prefix: str) -> Iterator[Version]:
            yield Version(key="a", version="1", size=1)
            raise StoreError("cut off")

    listing = RetryingStore(BreakingStore(), attempts=3, sleep=lambda _: None).versions("")
    assert next(listing).key == "a"
    with pytest.raises(StoreError, match="cut off"):
        next(listing)


class TornStore(MemoryStore):
    """Its streams break after some bytes, as often as was said."""

    def __init__(self, breaks: int, after: int = 3) -> None:
        super().__init__()
        self.breaks = breaks
        self.after = after

    def open(
        self, key: str, version: str | None = None, *, offset: int = 0, length: int | None = None
    ) -> BinaryIO:
        """Open a stream that may break."""
        stream = super().open(key, version, offset=offset, length=length)
        return cast("BinaryIO", _Torn(self, stream))


class _Torn(io.RawIOBase):
    def __init__(self, store: TornStore, stream: BinaryIO) -> None:
        self._store = store
        self._stream = stream

    def read(self, size: int = -1) -> bytes:
        if self._stream.tell() >= self._store.after and self._store.breaks:
            self._store.breaks -= 1
            raise StoreError("torn")
        return self._stream.read(min(size, 3))


@pytest.mark.parametrize(("offset", "length"), [(0, None), (2, None), (2, 7), (0, 10)])
def test_a_torn_stream_is_joined_where_it_was_torn(offset: int, length: int | None) -> None:
    """A reader of a version sees each byte once, in order, however often the stream breaks."""
    below = TornStore(breaks=2)
    version = below.put("a", spooled(b"0123456789ab"))
    store = RetryingStore(below, attempts=3, sleep=lambda _: None)

    with store.open("a", version.version, offset=offset, length=length) as stream:
        found = stream.read()

    end = None if length is None else offset + length
    assert b"0123456789ab"[offset:end] == found
    assert 0 == below.breaks


def test_a_stream_that_keeps_tearing_is_an_error() -> None:
    """After the last attempt the reader is told; nothing short is taken for the whole."""
    below = TornStore(breaks=9, after=0)
    version = below.put("a", spooled(b"0123456789"))
    store = RetryingStore(below, attempts=3, sleep=lambda _: None)

    with pytest.raises(StoreError, match="torn"), store.open("a", version.version) as stream:
        stream.read()


def test_a_torn_stream_of_the_newest_is_not_joined() -> None:
    """Without a version the rest could be another object's."""
    below = TornStore(breaks=1)
    below.put("a", spooled(b"0123456789"))
    store = RetryingStore(below, attempts=3, sleep=lambda _: None)

    with store.open("a") as stream:
        assert b"012" == stream.read(3)
        with pytest.raises(StoreError, match="torn"):
            stream.read(3)


def test_pauses_have_a_ceiling(pauses: list[float]) -> None:
    """Ten attempts do not wait for minutes each."""
    store = flaky(*(StoreError("busy") for _ in range(9)))
    read(RetryingStore(store, attempts=10, sleep=pauses.append), "a")
    assert max(pauses) == 10.0


def test_no_attempt_is_no_store() -> None:
    """Zero attempts would be a store that never does anything."""
    with pytest.raises(ValueError, match="at least one"):
        RetryingStore(MemoryStore(), attempts=0, sleep=lambda _: None)
