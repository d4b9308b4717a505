"""Hostile trees: listed whole, in order, and never left."""

import os
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest

from custody.entry import Entry, EntryKind, NotTakenReason
from quarantine.directory import DirectorySource
from quarantine.trail import MOST_OPEN, Trail
from quarantine.walk import SourceWalk
from tests.corpus.trees import listed, powerless, refusal

HOSTILE_NAMES = [
    b"line\nbreak",
    b"\xe2\x80\xaegnp.exe",
    b"\xff\xfe not utf-8",
    b"x" * 255,
    b"-rf",
    b" ",
    b"\x1b[31mred",
    b"...",
    b"caf\xc3\xa9",
    b"cafe\xcc\x81",
]


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_hostile_name_is_listed_and_opened_byte_for_byte(root: Path, name: bytes) -> None:
    """Names are bytes from the disk to the catalogue."""
    (root / os.fsdecode(name)).write_bytes(name)
    with DirectorySource(root) as source:
        (entry,) = source.walk()
        assert entry.path == name
        with closing(source.open(entry)) as file:
            assert file.read(entry.size, 0) == name


def test_an_entry_says_what_its_inode_says(root: Path) -> None:
    """Size, time, mode, inode and links are those of lstat."""
    path = root / "file"
    path.write_bytes(b"12345")
    (root / "folder").mkdir()
    (root / "folder" / "link").hardlink_to(path)
    facts = path.stat()
    entries = listed(root)
    assert entries[0] == Entry(
        path=b"file",
        kind=EntryKind.FILE,
        size=5,
        mtime_ns=facts.st_mtime_ns,
        mode=facts.st_mode,
        inode=facts.st_ino,
        links=2,
    )
    assert [e.inode for e in entries] == [facts.st_ino] * 2


def test_the_same_tree_gives_the_same_list(root: Path) -> None:
    """Of each folder first its files, then its folders, by the bytes of their names."""
    paths = ["b", "a/z", "a/b/c", "a/a", "A", "a/b/b", "c/x", "z"]
    for path in paths:
        (root / path).parent.mkdir(parents=True, exist_ok=True)
        (root / path).write_bytes(b"")
    expected = [b"A", b"b", b"z", b"a/a", b"a/z", b"a/b/b", b"a/b/c", b"c/x"]
    assert [entry.path for entry in listed(root)] == expected
    copy = root.parent / "copy"
    shutil.copytree(root, copy)
    assert [entry.path for entry in listed(copy)] == expected


def test_every_kind_is_named(root: Path) -> None:
    """Links, pipes and sockets are entries of their kind, and links are not followed."""
    (root / "a-link").symlink_to("/etc/passwd")
    (root / "b-loop").symlink_to(".")
    (root / "c-dangling").symlink_to("nowhere")
    os.mkfifo(root / "d-fifo")
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(root / "e-socket"))
        kinds = [entry.kind for entry in listed(root)]
    expected = [EntryKind.SYMLINK] * 3 + [EntryKind.FIFO, EntryKind.SOCKET]
    assert kinds == expected


def test_devices_are_named() -> None:
    """A device node is listed and nothing of it is opened."""
    with DirectorySource("/dev") as source:
        null = next(entry for entry in source.walk() if entry.path == b"null")
        assert null.kind is EntryKind.CHARACTER_DEVICE
        with pytest.raises(RuntimeError, match="only files"):
            source.open(null)


def test_an_unreadable_folder_is_an_entry(root: Path) -> None:
    """What cannot be listed is said, and the rest is listed."""
    root.chmod(0o755)
    for name in ("a", "b", "c"):
        (root / name).mkdir()
        (root / name / "file").write_bytes(b"")
    (root / "b").chmod(0)
    with DirectorySource(root) as source, powerless():
        found = [(entry.path, entry.kind) for entry in source.walk()]
    (root / "b").chmod(0o700)
    unreadable = (b"b", EntryKind.UNREADABLE_DIRECTORY)
    assert unreadable in found
    assert len(found) == 3


def test_an_unreadable_file_is_listed_and_refused(root: Path) -> None:
    """Permission denied is a reason of its own."""
    root.chmod(0o755)
    (root / "file").write_bytes(b"secret")
    (root / "file").chmod(0)
    with DirectorySource(root) as source, powerless():
        (entry,) = source.walk()
        assert refusal(source, entry) is NotTakenReason.UNREADABLE


def test_a_file_of_another_user_is_read_without_no_atime(root: Path) -> None:
    """Where only the owner may leave access times alone, the file is read all the same."""
    root.chmod(0o755)
    (root / "folder").mkdir(mode=0o755)
    (root / "folder" / "file").write_bytes(b"public")
    (root / "folder" / "file").chmod(0o644)
    with DirectorySource(root) as source, powerless():
        (entry,) = source.walk()
        with closing(source.open(entry)) as file:
            assert file.read(entry.size, 0) == b"public"


def test_access_times_stay(root: Path) -> None:
    """Listing and reading leave no trace at the source."""
    (root / "folder").mkdir()
    path = root / "folder" / "file"
    path.write_bytes(b"content")
    for each in (path, path.parent):
        os.utime(each, ns=(1_000, 2_000_000_000))
    with DirectorySource(root) as source:
        (entry,) = source.walk()
        with closing(source.open(entry)) as file:
            file.read(entry.size, 0)
    assert [each.stat().st_atime_ns for each in (path, path.parent)] == [1_000, 1_000]


@pytest.fixture
def deep() -> Iterator[Path]:
    """Return a tree of 600 levels, longer than PATH_MAX, with a file and a side folder in each."""
    root = Path(tempfile.mkdtemp())
    folder = os.open(root, os.O_RDONLY)
    for _ in range(600):
        for name in ("d" * 20, "side"):
            os.mkdir(name, dir_fd=folder)
        for name in ("file", "side/file"):
            os.close(os.open(name, os.O_CREAT | os.O_WRONLY, dir_fd=folder))
        below = os.open("d" * 20, os.O_RDONLY, dir_fd=folder)
        os.close(folder)
        folder = below
    os.close(folder)
    yield root
    subprocess.run(["rm", "-rf", str(root)], check=True)


def descriptors() -> int:
    """Return how many files this process has open."""
    return len(list(Path("/proc/self/fd").iterdir()))


def test_a_tree_deeper_than_path_max_is_listed_and_read(deep: Path) -> None:
    """Depth costs neither recursion nor descriptors, and every file is opened by its path."""
    before = descriptors()
    most = 0
    with DirectorySource(deep) as source:
        entries = []
        for entry in source.walk():
            entries.append(entry)
            most = max(most, descriptors())
        for entry in entries[::37] + entries[::-37]:
            source.open(entry).close()
            most = max(most, descriptors())
    assert len(entries) == 1200
    assert max(len(entry.path) for entry in entries) > 4096 * 3
    # The source's own root twice, the walk's root, and the folder that is being listed.
    assert most - before <= MOST_OPEN + 6
    assert descriptors() == before


def test_a_folder_inside_itself_ends_the_walk(root: Path) -> None:
    """A damaged file system with a loop is listed once, and the loop is named."""
    (root / "folder").mkdir()
    (root / "folder" / "file").write_bytes(b"")
    (root / "folder" / "loop").mkdir()

    class SelfTrail(Trail):
        def go(self, folder: bytes) -> int:
            return super().go(b"folder" if folder == b"folder/loop" else folder)

    trail = SelfTrail(os.open(root, os.O_RDONLY))
    found = [(e.path, e.kind) for e in SourceWalk(trail, root.stat().st_dev)]
    trail.close()
    assert found == [
        (b"folder/file", EntryKind.FILE),
        (b"folder/loop", EntryKind.UNREADABLE_DIRECTORY),
    ]


def test_closing_twice_closes_once(root: Path) -> None:
    """A second close does not close a descriptor that is somebody else's by now."""
    source = DirectorySource(root)
    source.close()
    other = os.open(root, os.O_RDONLY)
    source.close()
    assert os.fstat(other).st_ino == root.stat().st_ino
    os.close(other)


def test_two_threads_read_one_source(root: Path) -> None:
    """Workers that share a source get the files that they asked for."""
    for number in range(40):
        (root / f"{number % 7}" / "sub").mkdir(parents=True, exist_ok=True)
        (root / f"{number % 7}" / "sub" / f"{number}").write_bytes(str(number).encode())
    with DirectorySource(root) as source, ThreadPoolExecutor(4) as pool:

        def read(entry: Entry) -> bool:
            with closing(source.open(entry)) as file:
                return file.read(entry.size, 0) == entry.path.rpartition(b"/")[2]

        assert all(pool.map(read, list(source.walk()) * 20))
