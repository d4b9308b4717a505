"""The filesystem store beside its contract: layout, faults, leftovers."""

import errno
import os
import stat
from pathlib import Path

import pytest

from custody.errors import StoreError
from storage.disk import RealDisk
from storage.filesystem import FilesystemStore
from storage.interface import Local, Spooled
from storage.memory import MemoryStore
from tests.corpus.spooled import read, spooled


class FailingDisk(RealDisk):
    """Fails one kind of operation, from its nth call on."""

    def __init__(self, verb: str, code: int, after: int = 0) -> None:
        self._verb = verb
        self._code = code
        self._left = after
        self.armed = False

    def _call(self, verb: str) -> None:
        if not self.armed or verb != self._verb:
            return
        if self._left == 0:
            raise OSError(self._code, os.strerror(self._code))
        self._left -= 1

    def write(self, path: Path, content: bytes | Path, mtime_ns: int) -> None:
        """Write, or leave half a file and fail."""
        try:
            self._call("write")
        except OSError:
            path.write_bytes(b"half")
            raise
        super().write(path, content, mtime_ns)

    def sync(self, path: Path) -> None:
        """Sync, or fail."""
        self._call("sync")
        super().sync(path)

    def rename(self, old: Path, new: Path) -> None:
        """Rename, or fail."""
        self._call("rename")
        super().rename(old, new)

    def sync_folder(self, path: Path) -> None:
        """Sync, or fail."""
        self._call("sync_folder")
        super().sync_folder(path)

    def remove(self, path: Path) -> None:
        """Remove, or fail."""
        self._call("remove")
        super().remove(path)


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return where the store will be; neither it nor the folder above it exists yet."""
    return tmp_path / "home" / "vault"


def files(root: Path) -> list[Path]:
    """Return every file below a folder."""
    return sorted(path for path in root.rglob("*") if path.is_file())


def test_a_blob_is_private_and_never_executable(root: Path, tmp_path: Path) -> None:
    """Whoever finds a quarantined blob on the disk cannot run it, nor change it by accident."""
    source = tmp_path / "spooled"
    source.write_bytes(b"#!/bin/sh\n")
    source.chmod(0o777)
    store = FilesystemStore(root)
    value = spooled(b"#!/bin/sh\n")
    store.put("copied", value)
    store.put("adopted", Spooled(digest=value.digest, size=value.size, content=source))
    modes = {stat.S_IMODE(path.stat().st_mode) for path in files(root)}
    assert modes == {0o400}
    assert stat.S_IMODE(root.stat().st_mode) == 0o700


def test_a_spooled_file_of_the_same_disk_is_adopted(root: Path, tmp_path: Path) -> None:
    """A large file is not copied a second time: the store's file is the spool's."""
    source = tmp_path / "spooled"
    source.write_bytes(b"large")
    value = Spooled(digest=spooled(b"large").digest, size=5, content=source)
    store = FilesystemStore(root)
    version = store.put("blob", value)
    assert store.local_path("blob", version.version).stat().st_ino == source.stat().st_ino


def test_a_spooled_file_of_another_disk_is_copied(root: Path) -> None:
    """Where no link can be made, the bytes are copied."""
    elsewhere = Path("/dev/shm") / f"autoclave-test-{os.getpid()}"
    elsewhere.write_bytes(b"large")
    try:
        value = Spooled(digest=spooled(b"large").digest, size=5, content=elsewhere)
        store = FilesystemStore(root)
        store.put("blob", value)
        assert read(store, "blob") == b"large"
    finally:
        elsewhere.unlink()


def test_the_same_put_twice_is_one_version(root: Path) -> None:
    """A repeat after a crash stores nothing new."""
    store = FilesystemStore(root)
    first = store.put("blob", spooled(b"content"))
    assert store.put("blob", spooled(b"content")) == first
    assert list(store.versions("")) == [first]


def test_a_repeated_put_repairs_what_is_there(root: Path) -> None:
    """What lies in the store already is written again, never believed."""
    store = FilesystemStore(root)
    version = store.put("blob", spooled(b"content"))
    path = store.local_path("blob", version.version)
    path.chmod(0o600)
    path.write_bytes(b"damaged")
    store.put("blob", spooled(b"content"))
    assert read(store, "blob") == b"content"


def test_versions_are_ordered_although_the_clock_stands_still(root: Path) -> None:
    """The newest put is the newest version, with a clock that stops or steps back."""
    times = iter([50, 50, 10, 50])
    store = FilesystemStore(root, clock=lambda: next(times))
    for content in (b"d", b"c", b"b", b"a"):
        store.put("note", spooled(content))
        assert read(store, "note") == content


@pytest.mark.parametrize("verb", ["write", "sync", "rename", "sync_folder"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EIO, errno.EACCES, errno.EDQUOT])
@pytest.mark.parametrize("after", [0, 1])
def test_a_failed_put_shows_nothing_half_done(root: Path, verb: str, code: int, after: int) -> None:
    """After any error of the disk, each object is absent or whole and incoming is empty."""
    disk = FailingDisk(verb, code, after)
    store = FilesystemStore(root, disk=disk)
    disk.armed = True
    contents = {"a": b"first", "b/c": b"second"}
    with pytest.raises(StoreError, match="cannot store an object") as caught:
        store.put_all((key, spooled(content)) for key, content in contents.items())
    assert caught.value.next_step
    found = {v.key: read(store, v.key, v.version) for v in store.versions("")}
    assert found == {key: contents[key] for key in found}
    assert list((root / "incoming").iterdir()) == []


@pytest.mark.parametrize("verb", ["sync", "sync_folder"])
def test_after_a_failed_sync_nothing_more_is_written(root: Path, verb: str) -> None:
    """The kernel reports a lost page once: a second sync that succeeds proves nothing."""
    disk = FailingDisk(verb, errno.EIO)
    store = FilesystemStore(root, disk=disk)
    disk.armed = True
    with pytest.raises(StoreError):
        store.put("a", spooled(b"first"))
    disk.armed = False
    with pytest.raises(StoreError, match="nothing more is written"):
        store.put("a", spooled(b"first"))


@pytest.mark.parametrize("verb", ["write", "rename"])
def test_after_any_other_error_the_store_goes_on(root: Path, verb: str) -> None:
    """A full disk that was given room is written to again."""
    disk = FailingDisk(verb, errno.ENOSPC)
    store = FilesystemStore(root, disk=disk)
    disk.armed = True
    with pytest.raises(StoreError, match="the disk is full"):
        store.put("a", spooled(b"first"))
    disk.armed = False
    store.put("a", spooled(b"first"))
    assert read(store, "a") == b"first"


def test_what_a_failed_put_cannot_remove_is_swept(root: Path) -> None:
    """Leftovers in incoming are invisible and go with the next sweep."""

    class StuckDisk(FailingDisk):
        def remove(self, path: Path) -> None:
            raise OSError(errno.EIO, "stuck")

    disk = StuckDisk("rename", errno.EIO)
    store = FilesystemStore(root, disk=disk)
    disk.armed = True
    with pytest.raises(StoreError, match="input/output"):
        store.put("a", spooled(b"first"))
    later = FilesystemStore(root)
    assert list(later.versions("")) == []
    assert later.sweep() == 1
    assert later.sweep() == 0


def test_an_iterable_that_fails_leaves_nothing(root: Path) -> None:
    """An error of the caller's own in the middle of a put leaves no staged file."""
    store = FilesystemStore(root)
    with pytest.raises(ValueError, match="a key is made of"):
        store.put_all([("good", spooled(b"x")), ("../bad", spooled(b"y"))])
    assert files(root) == []


def test_a_file_at_the_roots_place_is_reported(tmp_path: Path) -> None:
    """A home that is a file is an error with a next step, not a traceback."""
    (tmp_path / "home").write_bytes(b"")
    with pytest.raises(StoreError, match="cannot make the store's folders") as caught:
        FilesystemStore(tmp_path / "home" / "vault")
    assert caught.value.next_step


def test_only_the_filesystem_store_is_local(root: Path) -> None:
    """Whether an object can be opened without a copy is asked of the store's type."""
    assert isinstance(FilesystemStore(root), Local)
    assert not isinstance(MemoryStore(), Local)


def test_a_local_path_is_the_object(root: Path) -> None:
    """The path given to the sandbox holds the object's bytes."""
    store = FilesystemStore(root)
    version = store.put("a/b", spooled(b"content"))
    assert store.local_path("a/b", version.version).read_bytes() == b"content"


def test_a_version_cannot_lead_out_of_the_store(root: Path) -> None:
    """Versions come from the catalogue and are checked like keys."""
    with pytest.raises(ValueError, match="a key is made of"):
        FilesystemStore(root).open("a", "../../../etc/passwd/..")
