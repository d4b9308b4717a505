"""A folder of a server as a source: listed whole, read over broken lines, all trouble named."""

import os
import stat
import struct
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from custody.digest import digest_of
from custody.entry import Entry, EntryKind, NotTakenReason
from custody.errors import SourceChangedError, SourceEmptyError, SourceError
from quarantine import intake
from quarantine.intake import NotTaken, Taken, take
from quarantine.interface import NotReadableError
from quarantine.sftp.faults import LinkBrokenError
from quarantine.sftp.file import WINDOW
from quarantine.sftp.source import ATTEMPTS, SftpSource
from quarantine.sftp.wire import MOST_PACKET, MOST_READ, Kind, packet, text
from storage.segments import MOST_BLOB, SegmentWriter
from storage.spool import Spool
from tests.corpus.sftp_servers import (
    HANG_UP,
    ROOT,
    SAY_NOTHING,
    TIME,
    MemoryServer,
    Node,
    folder,
    status,
)
from tests.corpus.taking import nothing_known

LARGE = os.urandom(3 * 1_000_000 + 1)
SMALL = b"Dear colleague"


@pytest.fixture
def server() -> MemoryServer:
    """A server with one small and one large file."""
    made = MemoryServer()
    made.put(b"dump", Node(content=LARGE))
    made.put(b"letters/one.txt", Node(content=SMALL))
    return made


@pytest.fixture
def source(server: MemoryServer) -> Iterator[SftpSource]:
    """The server as a source."""
    with closing(server.source()) as source:
        yield source


def content_of(source: SftpSource, entry: Entry) -> bytes:
    """Read a file whole, in parts as intake does."""
    found = b""
    with closing(source.open(entry)) as file:
        while more := file.read(1 << 18, len(found)):
            found += more
        assert file.stood_still()
    return found


def taken(source: SftpSource, tmp_path: Path, entries: list[Entry]) -> list[Taken | NotTaken]:
    """Take entries as a shard does."""
    with Spool(tmp_path / "spool", 1 << 30) as spool:
        segment = SegmentWriter(spool)
        return list(take(source, entries, segment, spool, nothing_known))


def why(result: Taken | NotTaken) -> NotTakenReason | None:
    """Return why a file was not taken."""
    return result.reason if isinstance(result, NotTaken) else None


def test_files_are_read_as_they_stand(server: MemoryServer, source: SftpSource) -> None:
    """Small ones ahead of their turn, large ones by parts that are on their way."""
    entries = list(source.ahead(source.walk()))

    assert [b"dump", b"letters/one.txt"] == [entry.path for entry in entries]
    assert [LARGE, SMALL] == [content_of(source, entry) for entry in entries]
    assert 1 == server.joined


def test_no_more_is_asked_ahead_than_memory_is_for(
    server: MemoryServer, source: SftpSource
) -> None:
    """What is on its way is bounded, however large the file is."""
    (dump, _) = source.walk()
    with closing(source.open(dump)) as file:
        file.read(1 << 18, 0)
        file.read(1 << 18, MOST_READ)

    assert 1 < server.asked[Kind.READ] <= WINDOW + 2


def test_each_listing_numbers_its_files_anew(source: SftpSource) -> None:
    """A read that goes on is of a file of its own listing: the protocol tells no inode."""
    once, again = ({entry.inode for entry in source.walk()} for _ in range(2))

    assert (2, 2, set()) == (len(once), len(again), once & again)


def test_a_line_that_breaks_is_joined_again(server: MemoryServer, source: SftpSource) -> None:
    """The file is opened anew and gone on with where it was."""
    (dump, _) = source.walk()
    server.twist = lambda kind, _, answer: (
        HANG_UP if kind is Kind.READ and server.asked[kind] % 30 == 0 else answer
    )

    assert LARGE == content_of(source, dump)
    assert 2 < server.joined


def test_a_server_that_stays_away_ends_the_run(server: MemoryServer, source: SftpSource) -> None:
    """After a bounded number of attempts, with the exit code that says: run again."""
    (dump, _) = source.walk()
    server.twist = lambda *_: HANG_UP

    with pytest.raises(LinkBrokenError, match="hung up") as failed, closing(source.open(dump)) as f:
        f.read(1, 0)

    assert (6, 1 + ATTEMPTS + 1) == (failed.value.exit_code, server.joined + 1)


def test_one_file_that_always_breaks_the_line_is_unreadable(
    server: MemoryServer, source: SftpSource, tmp_path: Path
) -> None:
    """Its neighbours are taken: one damaged file must not end each run."""
    entries = list(source.walk())
    server.twist = lambda kind, subject, answer: (
        HANG_UP if kind is Kind.READ and subject.endswith(b"dump") else answer
    )

    assert [NotTakenReason.UNREADABLE, None] == [why(r) for r in taken(source, tmp_path, entries)]


def test_a_server_that_says_nothing_is_not_waited_for(server: MemoryServer) -> None:
    """A disk that is gone lets a server wait for ever; we do not."""
    with closing(server.source(patience=0.05)) as source:
        server.twist = lambda kind, _, answer: SAY_NOTHING if kind is Kind.OPENDIR else answer
        with pytest.raises(LinkBrokenError, match="no answer came"):
            list(source.walk())


@pytest.mark.parametrize("name", [b"dump", b"letters/one.txt"])
@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({"mtime": TIME + 1}, NotTakenReason.CHANGED),
        ({"content": b"Dear colleague, more", "size": None}, NotTakenReason.CHANGED),
        ({"mode": stat.S_IFLNK | 0o777}, NotTakenReason.CHANGED),
        (None, NotTakenReason.VANISHED),
    ],
)
def test_what_is_not_what_was_listed_is_named(server, source, tmp_path, name, change, expected):
    """Another time, another size, a link in its place, nothing any more."""
    entries = [entry for entry in source.walk() if entry.path == name]
    if change is None:
        del server.nodes[ROOT + b"/" + name]
    else:
        for key, value in change.items():
            setattr(server.nodes[ROOT + b"/" + name], key, value)

    assert [expected] == [why(result) for result in taken(source, tmp_path, entries)]


@pytest.mark.parametrize("name", [b"dump", b"letters/one.txt"])
@pytest.mark.parametrize("said", [+1, -1])
def test_a_server_that_lies_about_a_size_is_caught(server, source, tmp_path, name, said):
    """What is said and what is sent differ: changed, never cut or padded.

    A server that says less than there is, and says so always, serves a file of that size.
    """
    node = server.nodes[ROOT + b"/" + name]
    node.size = len(node.content) + said
    entries = [entry for entry in source.walk() if entry.path == name]

    (result,) = taken(source, tmp_path, entries)

    expected = NotTakenReason.CHANGED if said > 0 else None
    assert (expected, node.size) == (why(result), entries[0].size)


@pytest.mark.parametrize("name", [b"dump", b"letters/one.txt"])
def test_a_file_that_changes_while_it_is_read_is_named(server, source, tmp_path, name):
    """Its time moves after the first part: what was read is not kept."""
    entries = [entry for entry in source.walk() if entry.path == name]

    def moved(kind: Kind, subject: bytes, answer: bytes) -> bytes:
        if kind is Kind.READ:
            server.nodes[subject].mtime = TIME + 1
        return answer

    server.twist = moved

    assert [NotTakenReason.CHANGED] == [why(r) for r in taken(source, tmp_path, entries)]


def test_what_the_server_refuses_is_unreadable(server, source, tmp_path):
    """Permission denied is a reason of its own, and costs nobody else anything."""
    entries = list(source.walk())
    denied = {b"/data/letters/one.txt"}
    server.twist = lambda kind, subject, answer: (
        status(int.from_bytes(answer[5:9], "big"), 3)
        if kind is Kind.OPEN and subject in denied
        else answer
    )

    results = taken(source, tmp_path, entries)

    assert [None, NotTakenReason.UNREADABLE] == [why(result) for result in results]
    assert "EACCES" == results[1].detail


def test_a_size_that_no_file_system_has_is_not_believed(server, source, tmp_path):
    """It would not fit the catalogue; its neighbours are taken."""
    server.put(b"huge", Node(size=1 << 63))
    entries = list(source.walk())

    assert [0] == [entry.size for entry in entries if entry.path == b"huge"]
    expected = [None, NotTakenReason.CHANGED, None]
    assert expected == [why(result) for result in taken(source, tmp_path, entries)]


def test_nothing_is_never_asked_for(server, source):
    """A part of no bytes is answered in more ways than one, and an empty file needs none."""
    server.put(b"empty", Node())
    sizes = []
    server.hear = sizes.append

    found = [content_of(source, each) for each in source.ahead(source.walk()) if each.size < 99]

    assert ([b"", SMALL], 0) == (found, sizes.count(0))


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param(struct.pack(">IB", MOST_PACKET + 1, Kind.DATA), id="too long"),
        pytest.param(struct.pack(">I", 0), id="empty"),
        pytest.param(packet(Kind.DATA, struct.pack(">I", 1 << 30) + text(b"x")), id="nobody asked"),
        pytest.param(packet(Kind.VERSION, struct.pack(">I", 3)), id="version again"),
        pytest.param(b"SSH-2.0-OpenSSH", id="no packet"),
    ],
)
def test_what_is_not_the_protocol_breaks_the_line(server, source, answer):
    """It is joined again, and given up after so many attempts; nothing of it is believed."""
    list(source.walk())
    server.twist = lambda kind, _, honest: answer if kind is Kind.OPENDIR else honest

    with pytest.raises(LinkBrokenError):
        list(source.walk())

    assert ATTEMPTS == server.joined


@pytest.mark.parametrize("body", [b"", text(b"x" * (MOST_READ + 1)), text(b""), b"\xff" * 4])
def test_content_of_another_size_than_asked_for_is_not_taken(server, source, tmp_path, body):
    """More than was asked for, nothing, or less than it says."""
    entries = [entry for entry in source.walk() if entry.path == b"letters/one.txt"]
    server.twist = lambda kind, _, answer: (
        packet(Kind.DATA, answer[5:9] + body) if kind is Kind.READ else answer
    )

    assert [NotTakenReason.UNREADABLE] == [why(r) for r in taken(source, tmp_path, entries)]


def test_another_host_key_after_a_break_is_another_server(server, source):
    """Even when both keys are pinned: what was registered is one of them."""
    first = source.identity()
    server.fingerprint = "SHA256:b"
    server.twist = lambda kind, _, answer: HANG_UP if kind is Kind.OPENDIR else answer

    with pytest.raises(SourceChangedError, match="another host key"):
        list(source.walk())
    assert "nas:22/SHA256:a" == first.filesystem


def test_an_empty_folder_and_one_that_is_not_there_are_the_sources_fault():
    """Exit code 4, and what to look at."""
    with closing(MemoryServer().source()) as source:
        with pytest.raises(SourceEmptyError):
            source.check_not_empty()
        with pytest.raises(SourceEmptyError):
            list(source.walk())
    with closing(MemoryServer(nodes={}).source()) as source:
        with pytest.raises(SourceError, match="ENOENT"):
            source.check_not_empty()
        with pytest.raises(SourceError, match="ENOENT"):
            list(source.walk())


def test_a_long_read_goes_on_at_its_last_mark(server, source, tmp_path, monkeypatch):
    """After a server that stayed away, what was spooled is not asked for again."""
    monkeypatch.setattr(intake, "LONG_READ", MOST_BLOB)
    monkeypatch.setattr(intake, "MARK_EVERY", 1 << 18)
    (dump, _) = source.walk()
    server.twist = lambda kind, _, answer: (
        HANG_UP if kind is Kind.INIT or server.asked[Kind.READ] > WINDOW + 20 else answer
    )
    with pytest.raises(LinkBrokenError):
        taken(source, tmp_path, [dump])
    server.twist = lambda _kind, _subject, answer: answer
    server.positions.clear()

    (result,) = taken(source, tmp_path, [dump])

    assert isinstance(result, Taken)
    assert 0 < min(server.positions)
    assert digest_of(LARGE) == result.digest


def test_only_files_are_opened(server, source):
    """Opening a pipe could wait for ever."""
    server.put(b"pipe", Node(mode=stat.S_IFIFO))
    server.put(b"empty", folder())
    (pipe,) = [entry for entry in source.walk() if entry.kind is EntryKind.FIFO]

    with pytest.raises(RuntimeError, match="only files"):
        source.open(pipe)


def test_what_was_read_ahead_is_asked_for_again_when_it_failed(server, source):
    """Read ahead tries once; in its turn the file is read, or named."""
    list(source.walk())
    failed = iter([True])
    server.twist = lambda kind, _, answer: (
        HANG_UP if kind is Kind.FSTAT and next(failed, False) else answer
    )
    (entry,) = [e for e in source.walk() if e.path == b"letters/one.txt"]

    assert [SMALL] == [content_of(source, each) for each in source.ahead([entry])]
    assert 2 == server.joined
    del server.nodes[ROOT + b"/letters/one.txt"]
    with pytest.raises(NotReadableError), closing(source.open(entry)) as file:
        file.read(1, 0)
