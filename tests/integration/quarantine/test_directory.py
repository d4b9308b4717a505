"""Hostile trees: listed whole, in order, and never left."""

import os
import resource
import shutil
import socket
import subprocess
import tempfile
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import pytest

from custody.entry import Entry, EntryKind, NotTakenReason
from custody.errors import SourceEmptyError, SourceError
from quarantine.directory import DirectorySource
from quarantine.interface import NotReadableError
from quarantine.trail import MOST_OPEN, Trail
from quarantine.walk import ROOT, SourceWalk, inode_of

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


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Return an empty folder to list."""
    path = tmp_path / "source"
    path.mkdir()
    return path


@contextmanager
def powerless() -> Iterator[None]:
    """Run as a user whom permissions bind."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(user)


def listed(root: Path) -> list[Entry]:
    """Return all entries of a folder."""
    with DirectorySource(root) as source:
        return list(source.walk())


def only(root: Path) -> Entry:
    """Return the single entry of a folder."""
    (entry,) = listed(root)
    return entry


def refusal(source: DirectorySource, entry: Entry) -> NotTakenReason:
    """Return why an entry is not opened."""
    with pytest.raises(NotReadableError) as caught:
        source.open(entry)
    return caught.value.why


@pytest.mark.parametrize("name", HOSTILE_NAMES)
def test_a_hostile_name_is_listed_and_opened_byte_for_byte(root: Path, name: bytes) -> None:
    """Names are bytes from the disk to the catalogue."""
    (root / os.fsdecode(name)).write_bytes(name)
    with DirectorySource(root) as source:
        (entry,) = source.walk()
        assert entry.path == name
        with source.open(entry) as stream:
            assert stream.read() == name


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
        with source.open(entry) as stream:
            assert stream.read() == b"public"


def test_access_times_stay(root: Path) -> None:
    """Listing and reading leave no trace at the source."""
    (root / "folder").mkdir()
    path = root / "folder" / "file"
    path.write_bytes(b"content")
    for each in (path, path.parent):
        os.utime(each, ns=(1_000, 2_000_000_000))
    with DirectorySource(root) as source:
        (entry,) = source.walk()
        with source.open(entry) as stream:
            stream.read()
    assert [each.stat().st_atime_ns for each in (path, path.parent)] == [1_000, 1_000]


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
            with source.open(entry) as stream:
                return stream.read() == entry.path.rpartition(b"/")[2]

        assert all(pool.map(read, list(source.walk()) * 20))
