"""The folder of a source itself: which file system it is, and that it holds something."""

import os
import resource
from pathlib import Path

import pytest

from custody.entry import EntryKind
from custody.errors import SourceEmptyError, SourceError
from quarantine.directory import DirectorySource
from quarantine.trail import Trail
from quarantine.walk import ROOT, SourceWalk, inode_of
from tests.corpus.trees import listed


def test_inodes_of_mounted_file_systems_are_told_apart(root: Path) -> None:
    """The same inode number on a file system mounted inside is not the same file."""
    ours, theirs = root.stat(), Path("/proc").stat()
    assert ours.st_dev != theirs.st_dev
    assert inode_of(ours, ours.st_dev) == ours.st_ino
    assert inode_of(theirs, ours.st_dev) == theirs.st_dev << 64 | theirs.st_ino


def test_the_identity_is_of_the_folder_not_of_its_path(root: Path) -> None:
    """A moved folder is the same source; another folder at its old place is not."""
    with DirectorySource(root) as source:
        identity = source.identity()
    moved = root.rename(root.with_name("moved"))
    root.mkdir()
    with DirectorySource(moved) as same, DirectorySource(root) as other:
        assert same.identity() == identity
        assert other.identity() != identity


def test_the_identity_tells_file_systems_apart() -> None:
    """Another file system has another identity, whatever its inode numbers."""
    with DirectorySource("/proc") as one, DirectorySource("/tmp") as two:
        assert one.identity().filesystem != two.identity().filesystem


def test_an_empty_source_is_an_error(root: Path) -> None:
    """An unmounted image does not pass for a hospital without files."""
    (root / "folder" / "folder").mkdir(parents=True)
    with pytest.raises(SourceEmptyError, match="empty") as caught:
        listed(root)
    assert caught.value.next_step


@pytest.mark.parametrize("name", ["none", "file", "file/below"])
def test_a_root_that_is_no_folder_is_an_error(root: Path, name: str) -> None:
    """A missing root and a file are told with a next step."""
    (root / "file").write_bytes(b"")
    with pytest.raises(SourceError) as caught:
        DirectorySource(root / name)
    assert caught.value.next_step


def test_a_link_at_the_root_is_followed(root: Path) -> None:
    """The operator may name a source through a link."""
    (root / "file").write_bytes(b"")
    link = root.with_name("link")
    link.symlink_to(root)
    assert [entry.path for entry in listed(link)] == [b"file"]


def test_a_root_given_as_bytes_is_opened(root: Path) -> None:
    """A source's location is bytes in the catalogue."""
    (root / "file").write_bytes(b"")
    with DirectorySource(os.fsencode(root)) as source:
        assert [entry.path for entry in source.walk()] == [b"file"]


def test_a_root_that_cannot_be_listed_whole_is_an_entry(root: Path) -> None:
    """A damaged root folder is named by a path that no file can have; it is not an empty source."""
    (root / "file").write_bytes(b"")
    unlistable = os.open(root, os.O_PATH)
    found = [(e.path, e.kind) for e in SourceWalk(Trail(unlistable), root.stat().st_dev)]
    os.close(unlistable)
    assert found == [(ROOT, EntryKind.UNREADABLE_DIRECTORY)]
    assert ROOT in {b".", b".."}


def test_a_shortage_of_our_own_stops_the_listing(root: Path) -> None:
    """Too many open files on this machine never make a folder unreadable in the inventory."""
    for name in ("a", "b"):
        (root / name).mkdir()
        (root / name / "file").write_bytes(b"")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    with DirectorySource(root) as source:
        entries = source.walk()
        assert next(entries).path == b"a/file"
        resource.setrlimit(resource.RLIMIT_NOFILE, (3, hard))
        try:
            with pytest.raises(SourceError, match="Too many open files"):
                next(entries)
        finally:
            resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
