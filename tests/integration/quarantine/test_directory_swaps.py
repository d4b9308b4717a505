"""What stands for something else by the time it is opened is never read."""

import os
import shutil
import socket
from pathlib import Path

import pytest

from custody.entry import Entry, EntryKind, NotTakenReason
from quarantine.directory import DirectorySource
from tests.corpus.trees import listed, only, refusal


def replace_by_link(path: Path, outside: Path) -> None:
    """Put a link to a file outside at a path."""
    path.unlink()
    path.symlink_to(outside)


def replace_by_fifo(path: Path, outside: Path) -> None:
    """Put a pipe at a path, whose opening would block for ever."""
    path.unlink()
    os.mkfifo(path)


def replace_by_socket(path: Path, outside: Path) -> None:
    """Put a socket at a path."""
    path.unlink()
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(path))


def replace_by_folder(path: Path, outside: Path) -> None:
    """Put a folder at a path."""
    path.unlink()
    path.mkdir()


def replace_by_file(path: Path, outside: Path) -> None:
    """Put another file of the same size and time at a path."""
    facts = path.stat()
    other = path.with_name("other")
    other.write_bytes(b"CONTENT")
    os.utime(other, ns=(facts.st_atime_ns, facts.st_mtime_ns))
    other.replace(path)


def replace_parent_by_link(path: Path, outside: Path) -> None:
    """Put a link to a folder outside at the parent of a path."""
    path.parent.rename(path.parent.with_name("moved"))
    path.parent.symlink_to(outside.parent)


@pytest.mark.parametrize(
    "swap",
    [
        replace_by_link,
        replace_by_fifo,
        replace_by_socket,
        replace_by_folder,
        replace_by_file,
        replace_parent_by_link,
    ],
)
def test_what_was_swapped_after_the_listing_is_never_read(root: Path, swap: object) -> None:
    """A name that stands for something else by now is `changed`, and opening it does not block."""
    assert callable(swap)
    path = root / "folder" / "file"
    path.parent.mkdir()
    path.write_bytes(b"content")
    outside = root.parent / "outside" / "file"
    outside.parent.mkdir()
    outside.write_bytes(b"OUTSIDE")
    entry = only(root)
    swap(path, outside)
    with DirectorySource(root) as source:
        assert refusal(source, entry) is NotTakenReason.CHANGED


def test_what_was_removed_after_the_listing_has_vanished(root: Path) -> None:
    """A file or a folder that is gone is `vanished`."""
    (root / "folder").mkdir()
    for path in ("one", "folder/two"):
        (root / path).write_bytes(b"")
    entries = listed(root)
    (root / "one").unlink()
    shutil.rmtree(root / "folder")
    with DirectorySource(root) as source:
        assert [refusal(source, e) for e in entries] == [NotTakenReason.VANISHED] * 2


@pytest.mark.parametrize("path", [b"../outside", b"folder/../../outside", b"link/file"])
def test_no_path_leads_out_of_the_root(root: Path, path: bytes) -> None:
    """A forged path neither climbs nor follows a link, even to the very inode it names."""
    (root.parent / "outside").write_bytes(b"secret")
    (root.parent / "file").write_bytes(b"secret")
    (root / "folder").mkdir()
    (root / "link").symlink_to("..")
    inode = (root.parent / path.rpartition(b"/")[2].decode()).stat().st_ino
    forged = Entry(path=path, kind=EntryKind.FILE, size=6, mtime_ns=0, mode=0, inode=inode)
    with DirectorySource(root) as source:
        assert refusal(source, forged) is NotTakenReason.CHANGED
