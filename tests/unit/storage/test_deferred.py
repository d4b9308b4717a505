"""A deferred store is made once, when it is needed, and then is that store."""

import pytest

from custody.errors import StoreDeniedError
from storage.deferred import DeferredStore
from storage.memory import MemoryStore
from tests.corpus.spooled import read, spooled


def test_it_is_made_once_and_only_when_it_is_asked() -> None:
    """Everything goes to the one store that was made."""
    made: list[MemoryStore] = []

    def make() -> MemoryStore:
        made.append(MemoryStore())
        return made[-1]

    store = DeferredStore(make)
    assert [] == made

    version = store.put("a", spooled(b"1"))
    store.put_all([("b", spooled(b"2"))])
    assert b"1" == read(store, "a")
    store.delete("a", version.version)

    assert ["b"] == [found.key for found in store.versions("")]
    assert 1 == len(made)


def test_one_that_cannot_be_made_fails_each_time_it_is_asked() -> None:
    """What is missing may be put there meanwhile: it is not remembered as missing."""
    attempts = []

    def make() -> MemoryStore:
        attempts.append(1)
        if len(attempts) < 3:
            raise StoreDeniedError("no keys")
        return MemoryStore()

    store = DeferredStore(make)
    for _ in range(2):
        with pytest.raises(StoreDeniedError):
            store.versions("")

    assert [] == list(store.versions(""))
