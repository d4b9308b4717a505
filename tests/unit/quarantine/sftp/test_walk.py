"""A folder of a server as a list: odd entries, impossible names, folders without an end."""

import stat
from collections.abc import Iterator
from contextlib import closing

import pytest

from custody.entry import EntryKind
from custody.errors import SourceError
from quarantine.sftp.source import SftpSource
from quarantine.sftp.wire import Kind
from tests.corpus.sftp_servers import MemoryServer, Node, folder, names

SMALL = b"Dear colleague"


@pytest.fixture
def server() -> MemoryServer:
    """A server with a file at its root and one in a folder."""
    made = MemoryServer()
    made.put(b"dump", Node(content=SMALL * 9))
    made.put(b"letters/one.txt", Node(content=SMALL))
    return made


@pytest.fixture
def source(server: MemoryServer) -> Iterator[SftpSource]:
    """The server as a source."""
    with closing(server.source()) as source:
        yield source


def test_odd_entries_are_named_and_links_not_followed(server, source):
    """Each by its kind; a folder that a link stands for now is not entered."""
    kinds = {
        b"a": (stat.S_IFLNK, EntryKind.SYMLINK),
        b"b": (stat.S_IFIFO, EntryKind.FIFO),
        b"c": (stat.S_IFSOCK, EntryKind.SOCKET),
        b"d": (stat.S_IFBLK, EntryKind.BLOCK_DEVICE),
        b"e": (stat.S_IFCHR, EntryKind.CHARACTER_DEVICE),
    }
    for name, (mode, _) in kinds.items():
        server.put(name, Node(mode=mode))
    server.twist = lambda kind, subject, answer: (
        names(int.from_bytes(answer[5:9], "big"), [(b"/etc", Node())])
        if kind is Kind.REALPATH and subject.endswith(b"letters")
        else answer
    )

    found = {entry.path: entry.kind for entry in source.walk()}

    expected = {name: kind for name, (_, kind) in kinds.items()}
    assert expected | {b"dump": EntryKind.FILE, b"letters": EntryKind.UNREADABLE_DIRECTORY} == found


@pytest.mark.parametrize("name", [b"up/../../etc", b"", b"nul\0", b"one.txt", b"n" * 1025])
def test_names_that_no_file_system_gives_are_said_and_the_others_kept(server, source, name):
    """A slash, nothing, a NUL, the same name twice: the folder counts as not read whole."""
    server.twist = lambda kind, subject, answer: (
        names(
            int.from_bytes(answer[5:9], "big"), [(b"one.txt", Node(content=SMALL)), (name, Node())]
        )
        if kind is Kind.READDIR and subject.endswith(b"letters") and answer[4] == Kind.NAME
        else answer
    )

    found = [(entry.path, entry.kind) for entry in source.walk()]

    whole = (b"letters", EntryKind.UNREADABLE_DIRECTORY)
    assert [(b"dump", EntryKind.FILE), whole, (b"letters/one.txt", EntryKind.FILE)] == found


def test_a_server_that_lists_for_ever_is_stopped(server, source, monkeypatch):
    """A folder has so many names at most; then it counts as not read whole."""
    monkeypatch.setattr("quarantine.sftp.session.MOST_NAMES", 100)
    endless = iter(range(10**9))
    server.twist = lambda kind, subject, answer: (
        names(int.from_bytes(answer[5:9], "big"), [(b"%d" % next(endless), Node())])
        if kind is Kind.READDIR and subject.endswith(b"letters")
        else answer
    )

    found = [entry.kind for entry in source.walk()]

    assert (1, 101) == (found.count(EntryKind.UNREADABLE_DIRECTORY), found.count(EntryKind.FILE))


@pytest.mark.parametrize("most", ["MOST_NAMES", "MOST_NAME_BYTES"])
def test_a_server_that_repeats_itself_for_ever_is_stopped(server, source, monkeypatch, most):
    """Names that are not kept count too: else the same one again would never end."""
    monkeypatch.setattr(f"quarantine.sftp.session.{most}", 100)
    server.twist = lambda kind, _, answer: (
        names(int.from_bytes(answer[5:9], "big"), [(b".", folder())])
        if kind is Kind.READDIR
        else answer
    )

    with pytest.raises(SourceError, match="EOVERFLOW"):
        source.check_not_empty()
    with pytest.raises(SourceError, match="EOVERFLOW"):
        list(source.walk())


def test_an_answer_without_names_ends_a_folder(server, source):
    """Some servers end so; and one that goes on so would never end."""
    server.twist = lambda kind, subject, answer: (
        names(int.from_bytes(answer[5:9], "big"), [])
        if kind is Kind.READDIR and subject.endswith(b"letters")
        else answer
    )

    assert [b"dump"] == [entry.path for entry in source.walk()]
