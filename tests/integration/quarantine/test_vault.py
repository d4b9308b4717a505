"""The vault over a local store and over one that is elsewhere."""

import errno
import os
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path

import pytest

from custody.artefact import Location
from custody.box import Content, OpenFile
from custody.digest import EMPTY, Digest, digest_of
from custody.errors import ObjectDamagedError, ObjectMissingError, StoreError
from quarantine.vault import Vault
from storage.filesystem import FilesystemStore
from storage.interface import ObjectStore, Spooled, Version
from storage.memory import MemoryStore
from storage.segments import MOST_BLOB, SegmentWriter
from storage.spool import Spool

STORES: dict[str, Callable[[Path], ObjectStore]] = {
    "filesystem": lambda folder: FilesystemStore(folder / "vault"),
    "memory": lambda folder: MemoryStore(),
}
SMALL = [b"first", b"second", b""]
LARGE = [os.urandom(MOST_BLOB + 1), os.urandom(300_000)]


@pytest.fixture(params=STORES)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> ObjectStore:
    """Return each kind of store in turn, empty."""
    return STORES[request.param](tmp_path)


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    """Return a spool with room."""
    return Spool(tmp_path / "spool", 1 << 24)


@pytest.fixture
def vault(store: ObjectStore, spool: Spool) -> Vault:
    """Return an empty vault."""
    return Vault(store, spool)


def shard(spool: Spool) -> tuple[SegmentWriter, list[Spooled]]:
    """Return a shard as intake leaves it."""
    segment = SegmentWriter(spool)
    for content in SMALL:
        segment.add(content)
    return segment, [large(spool, content) for content in LARGE]


def large(spool: Spool, content: bytes) -> Spooled:
    """Return a large file in the spool."""
    file = spool.file()
    file.write(content)
    return file.finish()


def stored(vault: Vault, spool: Spool, name: str = "run/1-1") -> dict[Digest, Location]:
    """Store a shard and return where it lies."""
    segment, files = shard(spool)
    return vault.store_shard(name, segment, files)


def inspected(content: Content) -> bytes:
    """Read content as the sandbox does."""
    if isinstance(content, OpenFile):
        return os.pread(content.descriptor, content.length, content.offset)
    return content


def damage(store: ObjectStore, location: Location) -> None:
    """Change a byte of a stored object behind the store's back."""
    with store.open(location.key, location.version) as stream:
        content = bytearray(stream.read())
    content[location.offset] ^= 1
    if isinstance(store, FilesystemStore):
        path = store.local_path(location.key, location.version)
        path.chmod(0o600)
        path.write_bytes(content)
    elif isinstance(store, MemoryStore):
        store._held[location.key] = [
            replace(held, content=bytes(content)) for held in store._held[location.key]
        ]


def test_every_artefact_is_read_back(vault: Vault, spool: Spool) -> None:
    """Small and large content comes back by its location, at once and as a stream."""
    located = stored(vault, spool)
    assert set(located) == {digest_of(content) for content in [*SMALL, *LARGE]}
    for content in [*SMALL, *LARGE]:
        location = located[digest_of(content)]
        assert vault.read(location) == content
        with vault.open(location) as stream:
            assert stream.read() == content


def test_small_content_shares_a_segment_and_large_is_alone(vault: Vault, spool: Spool) -> None:
    """The keys of large objects are their digests; the segment bears the shard's name."""
    located = stored(vault, spool)
    keys = {location.key for location in located.values()}
    large = {f"blobs/{digest_of(c)[:2]}/{digest_of(c)}" for c in LARGE}
    assert keys == {"segments/run/1-1", *large}
    assert [located[digest_of(content)].offset for content in SMALL] == [0, 5, 11]


def test_the_sandbox_sees_exactly_the_artefact(vault: Vault, spool: Spool) -> None:
    """What is opened for inspection is the artefact, not its neighbours in the segment."""
    located = stored(vault, spool)
    for content in [*SMALL, *LARGE]:
        with vault.open_for_inspection(located[digest_of(content)]) as opened:
            assert inspected(opened.content) == content


def test_inspection_leaks_no_descriptor_and_no_spool(vault: Vault, spool: Spool) -> None:
    """A thousand inspections leave as many files open and as much spooled as before."""
    located = stored(vault, spool)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for location in located.values():
        opened = vault.open_for_inspection(location)
        opened.close()
        opened.close()
    assert len(list(Path("/proc/self/fd").iterdir())) == before
    assert (spool.used, list(spool.folder.iterdir())) == (0, [])


def test_a_local_artefact_is_not_copied_for_inspection(tmp_path: Path, spool: Spool) -> None:
    """Where the vault is a folder, the sandbox gets the vault's own file, read-only."""
    store = FilesystemStore(tmp_path / "vault")
    vault = Vault(store, spool)
    location = stored(vault, spool)[digest_of(b"second")]
    with vault.open_for_inspection(location) as opened:
        assert isinstance(opened.content, OpenFile)
        path = store.local_path(location.key, location.version)
        assert os.fstat(opened.content.descriptor).st_ino == path.stat().st_ino
        with pytest.raises(OSError, match="Bad file descriptor"):
            os.write(opened.content.descriptor, b"x")


def test_a_shard_is_one_put(tmp_path: Path, spool: Spool) -> None:
    """However many files, the store is asked once, so that it can sync once."""

    class CountingStore(MemoryStore):
        puts = 0

        def put_all(self, objects: Iterable[tuple[str, Spooled]]) -> list[Version]:
            self.puts += 1
            return super().put_all(objects)

    store = CountingStore()
    stored(Vault(store, spool), spool)
    assert store.puts == 1


def test_the_spool_is_empty_after_a_shard(vault: Vault, spool: Spool) -> None:
    """Stored bytes give their room back."""
    stored(vault, spool)
    assert (spool.used, list(spool.folder.iterdir())) == (0, [])


def test_a_shard_stored_again_lies_at_the_same_place(tmp_path: Path, spool: Spool) -> None:
    """A repeat after a crash makes no second copy."""
    store = FilesystemStore(tmp_path / "vault")
    vault = Vault(store, spool)
    first = stored(vault, spool)
    before = list(store.versions(""))
    assert stored(vault, spool) == first
    assert list(store.versions("")) == before


def test_the_same_large_content_twice_is_one_object(vault: Vault, spool: Spool) -> None:
    """Two results that share one spooled file are stored once."""
    spooled = large(spool, LARGE[0])
    located = vault.store_shard("run/1-1", SegmentWriter(spool), [spooled, spooled])
    assert list(located) == [digest_of(LARGE[0])]
    assert spool.used == 0


def test_a_shard_of_nothing_stores_nothing(vault: Vault, store: ObjectStore, spool: Spool) -> None:
    """Without content there is no empty segment."""
    assert vault.store_shard("run/1-1", SegmentWriter(spool), []) == {}
    assert list(store.versions("")) == []


def test_an_empty_file_alone_is_an_artefact(vault: Vault, spool: Spool) -> None:
    """A segment of zero bytes still holds the empty artefact."""
    segment = SegmentWriter(spool)
    segment.add(b"")
    location = vault.store_shard("run/1-1", segment, [])[EMPTY]
    assert vault.read(location) == b""
    with vault.open_for_inspection(location) as opened:
        assert inspected(opened.content) == b""


def test_a_store_that_fails_costs_no_room(spool: Spool) -> None:
    """After a failed put the spool is empty and the error is the store's."""

    class FullStore(MemoryStore):
        def put_all(self, objects: Iterable[tuple[str, Spooled]]) -> list[Version]:
            raise StoreError("the disk is full")

    with pytest.raises(StoreError, match="the disk is full"):
        stored(Vault(FullStore(), spool), spool)
    assert (spool.used, list(spool.folder.iterdir())) == (0, [])


@pytest.mark.parametrize("content", [b"second", LARGE[1]])
def test_damage_is_named_by_digest(
    vault: Vault, store: ObjectStore, spool: Spool, content: bytes
) -> None:
    """A flipped bit in the vault never comes back as the artefact."""
    location = stored(vault, spool)[digest_of(content)]
    damage(store, location)
    with pytest.raises(ObjectDamagedError, match=location.digest):
        vault.read(location)
    with vault.open(location) as stream, pytest.raises(ObjectDamagedError, match=location.digest):
        stream.read()


def test_damage_elsewhere_is_found_before_the_copy_is_used(spool: Spool) -> None:
    """A copy made for the sandbox is proven, and a forged one leaves nothing behind."""
    store = MemoryStore()
    vault = Vault(store, spool)
    location = stored(vault, spool)[digest_of(LARGE[1])]
    damage(store, location)
    with pytest.raises(ObjectDamagedError, match=location.digest):
        vault.open_for_inspection(location)
    assert (spool.used, list(spool.folder.iterdir())) == (0, [])


def test_a_missing_object_is_missing(vault: Vault, store: ObjectStore, spool: Spool) -> None:
    """An object removed from the store is told apart from a damaged one."""
    location = stored(vault, spool)[digest_of(LARGE[0])]
    store.delete(location.key, location.version)
    with pytest.raises(ObjectMissingError):
        vault.read(location)
    with pytest.raises(ObjectMissingError):
        vault.open_for_inspection(location)


def test_an_object_that_cannot_be_opened_is_the_stores_fault(tmp_path: Path, spool: Spool) -> None:
    """Any other error is an unavailable store with a next step."""
    store = FilesystemStore(tmp_path / "vault")
    vault = Vault(store, spool)
    location = stored(vault, spool)[digest_of(LARGE[0])]
    path = store.local_path(location.key, location.version)
    path.unlink()
    path.symlink_to(path)
    with pytest.raises(StoreError, match=errno.errorcode[errno.ELOOP].lower()) as caught:
        vault.open_for_inspection(location)
    assert caught.value.next_step


@pytest.mark.parametrize("content", [b"second", LARGE[1]])
def test_a_copy_for_another_store_is_verified_and_apart(
    vault: Vault, store: ObjectStore, spool: Spool, tmp_path: Path, content: bytes
) -> None:
    """The clean zone gets bytes that were proven, in a file that quarantine does not share."""
    location = stored(vault, spool)[digest_of(content)]
    copy = vault.spooled(location)
    clean = FilesystemStore(tmp_path / "clean")
    version = clean.put("blob", copy)
    vault.discard(copy)
    assert clean.local_path("blob", version.version).read_bytes() == content
    assert clean.local_path("blob", version.version).stat().st_nlink == 1
    assert (spool.used, list(spool.folder.iterdir())) == (0, [])
    damage(store, location)
    with pytest.raises(ObjectDamagedError, match=location.digest):
        vault.spooled(location)
    assert (spool.used, list(spool.folder.iterdir())) == (0, [])


def test_segments_are_listed_in_order(vault: Vault, spool: Spool) -> None:
    """A re-scan reads the vault's segments one after the other, without the large objects."""
    for name in ("run/3-1", "run/1-1", "run/2-1"):
        stored(vault, spool, name)
    listed = [version.key for version in vault.segments()]
    assert listed == ["segments/run/1-1", "segments/run/2-1", "segments/run/3-1"]
