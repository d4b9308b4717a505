"""Two identities share a bucket: each does its half, and nobody removes."""

from storage.interface import Removable
from storage.memory import MemoryStore
from storage.parted import PartedStore
from tests.corpus.spooled import read, spooled


def test_puts_go_by_the_writer_and_reads_by_the_reader() -> None:
    """Neither half is asked for the other's work."""
    reader, writer = MemoryStore(), MemoryStore()
    store = PartedStore(reader, writer)
    reader.put("read", spooled(b"by the reader"))

    put = [store.put("one", spooled(b"1")), *store.put_all([("two", spooled(b"2"))])]

    assert put == list(writer.versions(""))
    assert b"by the reader" == read(store, "read")
    assert ["read"] == [version.key for version in store.versions("")]


def test_it_is_no_store_to_remove_from() -> None:
    """Who asks whether something can be removed is told no."""
    assert not isinstance(PartedStore(MemoryStore(), MemoryStore()), Removable)
    assert isinstance(MemoryStore(), Removable)
