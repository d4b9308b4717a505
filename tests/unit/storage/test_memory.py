"""The store in memory has S3's version semantics."""

from storage.memory import MemoryStore
from tests.corpus.spooled import read, spooled


def test_every_put_is_a_new_version() -> None:
    """The same bytes put twice are two versions, as in a versioned bucket."""
    store = MemoryStore()
    first, second = store.put("a", spooled(b"x")), store.put("a", spooled(b"x"))
    assert first.version != second.version
    assert list(store.versions("a")) == [first, second]


def test_a_deleted_key_is_gone() -> None:
    """Without versions there is no key."""
    store = MemoryStore()
    version = store.put("a", spooled(b"x"))
    store.delete("a", version.version)
    again = store.put("a", spooled(b"y"))
    assert again.version != version.version
    assert read(store, "a") == b"y"
