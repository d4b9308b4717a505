"""Trying again: what is repeated, how often, and what is not."""

from collections.abc import Callable, Iterable, Iterator
from typing import BinaryIO

import pytest

from custody.errors import (
    CatalogueError,
    ObjectDamagedError,
    ObjectMissingError,
    PolicyError,
    StoreError,
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


@pytest.mark.parametrize("error", [ObjectMissingError, ObjectDamagedError, PolicyError, ValueError])
def test_what_will_not_pass_fails_at_once(error: type[Exception], pauses: list[float]) -> None:
    """A missing or damaged object does not come back by waiting, and a bug is no fault."""
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


def test_pauses_have_a_ceiling(pauses: list[float]) -> None:
    """Ten attempts do not wait for minutes each."""
    store = flaky(*(StoreError("busy") for _ in range(9)))
    read(RetryingStore(store, attempts=10, sleep=pauses.append), "a")
    assert max(pauses) == 10.0


def test_no_attempt_is_no_store() -> None:
    """Zero attempts would be a store that never does anything."""
    with pytest.raises(ValueError, match="at least one"):
        RetryingStore(MemoryStore(), attempts=0, sleep=lambda _: None)
