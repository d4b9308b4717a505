"""Intake: one read a file, whole and unchanged or not taken."""

import errno
import os
import resource
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from custody.digest import digest_of
from custody.entry import Entry, NotTakenReason
from custody.errors import SourceError, StoreError
from quarantine.descriptor import DescriptorFile
from quarantine.directory import DirectorySource
from quarantine.intake import NotTaken, Taken, take
from storage.interface import Spooled
from storage.segments import MOST_BLOB, Placement, SegmentWriter
from storage.spool import Spool
from tests.corpus.taking import (
    LARGE,
    Meddled,
    grow,
    nothing_known,
    overwrite,
    reasons,
    stored_bytes,
    taken,
)


@pytest.mark.parametrize("size", [0, 1, MOST_BLOB - 1, MOST_BLOB, MOST_BLOB + 1, 3 << 20])
def test_content_is_kept_byte_for_byte(root: Path, spool: Spool, size: int) -> None:
    """Small or large, what is kept is what was read, under its digest."""
    content = os.urandom(size)
    (root / "file").write_bytes(content)
    (result,), segment = taken(DirectorySource(root), spool)
    assert isinstance(result, Taken)
    assert (result.digest, result.size, result.sparse) == (digest_of(content), size, False)
    assert stored_bytes(result, segment) == content
    assert isinstance(result.stored, Placement) == (size <= MOST_BLOB)


def test_results_come_in_the_order_of_the_entries(root: Path, spool: Spool) -> None:
    """One result an entry, whatever became of it."""
    (root / "a").write_bytes(b"a")
    os.mkfifo(root / "b")
    (root / "c").write_bytes(LARGE)
    (root / "d").symlink_to("a")
    results, _ = taken(DirectorySource(root), spool)
    assert [result.entry.path for result in results] == [b"a", b"b", b"c", b"d"]
    assert reasons(results) == [None, NotTakenReason.FIFO, None, NotTakenReason.SYMLINK]


@pytest.mark.parametrize("content", [b"small", LARGE])
def test_the_same_content_is_kept_once(root: Path, spool: Spool, content: bytes) -> None:
    """Duplicates share one place; each is still a taken entry."""
    for name in ("a", "b"):
        (root / name).write_bytes(content)
    (first, second), _ = taken(DirectorySource(root), spool)
    assert isinstance(first, Taken)
    assert isinstance(second, Taken)
    assert first.stored == second.stored
    assert spool.used == len(content)


@pytest.mark.parametrize("content", [b"small", LARGE])
def test_what_the_vault_has_is_not_kept_again(root: Path, spool: Spool, content: bytes) -> None:
    """Known content is hashed and counted, but takes no room."""
    (root / "file").write_bytes(content)
    known = {digest_of(content)}
    (result,), segment = taken(DirectorySource(root), spool, known.__contains__)
    assert isinstance(result, Taken)
    assert (result.stored, result.digest) == (None, digest_of(content))
    assert (spool.used, segment) == (0, b"")


@pytest.mark.parametrize("content", [b"small", LARGE])
def test_hard_links_are_read_once(root: Path, spool: Spool, content: bytes) -> None:
    """A second name costs no second read: a change between, hidden from stat, stays unseen."""
    (root / "a").write_bytes(content)
    (root / "b").hardlink_to(root / "a")
    opened: list[None] = []

    def meddle() -> None:
        opened.append(None)
        if len(opened) == 2:
            overwrite(root / "a", 0, b"!")

    (first, second), segment = taken(Meddled(root, meddle), spool)
    assert len(opened) == 2
    assert stored_bytes(second, segment) == content
    assert isinstance(first, Taken)
    assert isinstance(second, Taken)
    assert (second.digest, second.stored) == (first.digest, first.stored)
    assert spool.used == len(content)


def shrink(path: Path) -> None:
    """Cut the last byte."""
    os.truncate(path, path.stat().st_size - 1)


def empty(path: Path) -> None:
    """Cut everything."""
    os.truncate(path, 0)


def rewrite(path: Path) -> None:
    """Change a byte in place; the time moves on."""
    with path.open("r+b") as file:
        file.write(b"!")
    os.utime(path, ns=(1, 1))


def touch(path: Path) -> None:
    """Change nothing but the time."""
    os.utime(path, ns=(1, 1))


@pytest.mark.parametrize("change", [grow, shrink, empty, rewrite, touch])
@pytest.mark.parametrize("size", [1000, MOST_BLOB, MOST_BLOB + 1, 3 << 20])
def test_what_changes_while_it_is_read_is_not_taken(
    root: Path, spool: Spool, change: Callable[[Path], None], size: int
) -> None:
    """Half of the old and half of the new content is nobody's content."""
    path = root / "file"
    path.write_bytes(os.urandom(size))
    results, segment = taken(Meddled(root, lambda: change(path)), spool)
    assert reasons(results) == [NotTakenReason.CHANGED]
    assert (spool.used, segment) == (0, b"")


def test_a_change_after_the_last_byte_is_seen(root: Path, tmp_path: Path) -> None:
    """A file that grows when all of its listed size was read is not taken either."""
    path = root / "file"
    path.write_bytes(LARGE)

    class Meddling(Spool):
        def reserve(self, size: int) -> None:
            super().reserve(size)
            if size:
                grow(path)

    spool = Meddling(tmp_path / "spool", 1 << 20)
    results, _ = taken(DirectorySource(root), spool)
    assert path.stat().st_size == len(LARGE) + 1
    assert reasons(results) == [NotTakenReason.CHANGED]
    assert spool.used == 0


def test_what_vanished_after_the_listing_is_named(root: Path, spool: Spool) -> None:
    """A file removed between listing and reading does not stop the others."""
    for name in ("a", "b", "c"):
        (root / name).write_bytes(name.encode())
    with DirectorySource(root) as source:
        entries = list(source.walk())
        (root / "b").unlink()
        segment = SegmentWriter(spool)
        results = list(take(source, entries, segment, spool, nothing_known))
    assert reasons(results) == [None, NotTakenReason.VANISHED, None]


class Broken(DescriptorFile):
    """A file on a bad sector."""

    def read(self, size: int, position: int) -> bytes:
        """Fail as a dying disk does."""
        raise OSError(errno.EIO, "broken", "/srv/name-of-a-patient")


def again(kind: type[DescriptorFile], file: DescriptorFile, entry: Entry) -> DescriptorFile:
    """Open a file once more, as another kind."""
    descriptor = os.dup(file._descriptor)
    file.close()
    return kind(descriptor, entry, os.fstat(descriptor))


def test_a_bad_sector_costs_one_entry(root: Path, spool: Spool) -> None:
    """An input/output error is `unreadable`, with no name in its detail."""
    (root / "a").write_bytes(b"a")
    (root / "b").write_bytes(b"b")

    class Source(DirectorySource):
        def open(self, entry: Entry) -> DescriptorFile:
            file = super().open(entry)
            return again(Broken, file, entry) if entry.path == b"a" else file

    results, _ = taken(Source(root), spool)
    assert reasons(results) == [NotTakenReason.UNREADABLE, None]
    assert isinstance(results[0], NotTaken)
    assert results[0].detail == "EIO"


def test_an_answer_in_parts_is_put_together(root: Path, spool: Spool) -> None:
    """A network file system that gives less than asked is asked again."""
    content = os.urandom(5000)
    (root / "file").write_bytes(content)

    class Slow(DescriptorFile):
        def read(self, size: int, position: int) -> bytes:
            return super().read(min(size, 700), position)

    class Source(DirectorySource):
        def open(self, entry: Entry) -> DescriptorFile:
            return again(Slow, super().open(entry), entry)

    (result,), segment = taken(Source(root), spool)
    assert stored_bytes(result, segment) == content


def test_a_shortage_of_our_own_is_not_blamed_on_the_source(root: Path, spool: Spool) -> None:
    """Too many open files on this machine stop the shard; they are no unreadable entry."""
    (root / "file").write_bytes(b"x")

    class Source(DirectorySource):
        def open(self, entry: Entry) -> DescriptorFile:
            soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
            resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
            try:
                return super().open(entry)
            finally:
                resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))

    with pytest.raises(SourceError, match="short"):
        taken(Source(root), spool)


def test_a_file_larger_than_the_spool_is_named(root: Path, tmp_path: Path) -> None:
    """An absurd sparse file does not stop the run, nor fill the disk."""
    with (root / "file").open("wb") as file:
        file.truncate(1 << 40)
    results, _ = taken(DirectorySource(root), Spool(tmp_path / "small", 1 << 20))
    assert reasons(results) == [NotTakenReason.UNREADABLE]


def test_a_full_spool_stops_the_shard_and_gives_its_room_back(root: Path, tmp_path: Path) -> None:
    """Being out of room is our trouble: an error to run again after, and nothing leaks."""
    for name in ("a", "b"):
        (root / name).write_bytes(os.urandom(700_000))
    spool = Spool(tmp_path / "small", 1 << 20)
    with pytest.raises(StoreError, match="the spool is full"):
        taken(DirectorySource(root), spool)
    assert spool.used == 0
    assert list(spool.folder.iterdir()) == []


def test_a_sparse_file_is_its_content_and_named_sparse(root: Path, spool: Spool) -> None:
    """Holes are hashed as zeros, wherever they are, and take no room in the spool."""
    path = root / "file"
    with path.open("wb") as file:
        for position in (5 << 20, 9 << 20):
            file.seek(position)
            file.write(b"data" * 2000)
        file.truncate(12 << 20)
    (result,), segment = taken(DirectorySource(root), spool)
    assert stored_bytes(result, segment) == path.read_bytes()
    assert isinstance(result, Taken)
    assert result.sparse
    assert isinstance(result.stored, Spooled)
    assert isinstance(result.stored.content, Path)
    assert result.stored.content.stat().st_blocks * 512 < 1 << 20


def test_a_large_sparse_file_is_quick(root: Path, spool: Spool) -> None:
    """Two gigabytes of nothing are hashed, not read and not written."""
    with (root / "file").open("wb") as file:
        file.truncate(2 << 30)
    begin = time.process_time()
    (result,), _ = taken(DirectorySource(root), spool)
    assert isinstance(result, Taken)
    assert result.digest == "a7c744c13cc101ed66c29f672f92455547889cc586ce6d44fe76ae824958ea51"
    assert time.process_time() - begin < 30
