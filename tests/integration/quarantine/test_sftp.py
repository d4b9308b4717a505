"""A folder of a real OpenSSH server: names, odd entries, keys that do not fit, cut lines."""

import os
import socket
import threading
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from custody.entry import EntryKind, NotTakenReason
from custody.errors import SourceChangedError, SourceError
from quarantine.interface import NotReadableError
from quarantine.sftp.faults import LinkBrokenError
from quarantine.sftp.place import SftpPlace
from quarantine.sftp.program import connect
from tests.corpus.ssh_servers import key_pair
from tests.integration.quarantine.test_directory import HOSTILE_NAMES


def test_hostile_names_are_listed_and_opened_byte_for_byte(ssh):
    """Names are bytes from the server's disk to the catalogue."""
    for name in HOSTILE_NAMES:
        (ssh.files / os.fsdecode(name)).write_bytes(name)

    with closing(ssh.source()) as source:
        entries = list(source.walk())
        for entry in entries:
            with closing(source.open(entry)) as file:
                assert entry.path == file.read(entry.size, 0)

    assert sorted(HOSTILE_NAMES) == [entry.path for entry in entries]


def refusal(source, entry):
    """Return why an entry is not read."""
    with pytest.raises(NotReadableError) as caught, closing(source.open(entry)) as file:
        file.read(1, 0)
    return caught.value.why


def test_every_kind_is_named_and_no_link_followed(ssh):
    """Links, pipes, sockets, folders and files that nobody may read."""
    (ssh.files / "a-link").symlink_to("/etc/passwd")
    (ssh.files / "b-loop").symlink_to(".")
    os.mkfifo(ssh.files / "c-fifo")
    (ssh.files / "d-file").write_bytes(b"secret")
    (ssh.files / "d-file").chmod(0)
    (ssh.files / "e-folder").mkdir(mode=0)
    with socket.socket(socket.AF_UNIX) as bound, closing(ssh.source()) as source:
        bound.bind(str(ssh.files / "f-socket"))
        entries = {entry.path: entry for entry in source.walk()}
        refused = refusal(source, entries[b"d-file"])

    expected = {
        b"a-link": EntryKind.SYMLINK,
        b"b-loop": EntryKind.SYMLINK,
        b"c-fifo": EntryKind.FIFO,
        b"d-file": EntryKind.FILE,
        b"e-folder": EntryKind.UNREADABLE_DIRECTORY,
        b"f-socket": EntryKind.SOCKET,
    }
    assert expected == {path: entry.kind for path, entry in entries.items()}
    assert NotTakenReason.UNREADABLE is refused
    (ssh.files / "e-folder").chmod(0o755)


def test_a_link_at_the_root_is_followed_and_one_put_in_a_folders_place_is_not(ssh):
    """The operator named the one; the other leads out of the source."""
    (ssh.files / "real" / "folder").mkdir(parents=True)
    (ssh.files / "real" / "folder" / "file").write_bytes(b"1")
    (ssh.files / "named").symlink_to("real")
    with closing(ssh.source("named")) as source:
        (entry,) = source.walk()
        (ssh.files / "real" / "folder").rename(ssh.files / "elsewhere")
        (ssh.files / "real" / "folder").symlink_to(ssh.files / "elsewhere")

        assert (b"folder/file", NotTakenReason.CHANGED) == (entry.path, refusal(source, entry))


def test_a_line_that_is_cut_while_a_file_is_read_is_joined_again(ssh):
    """Twice, from another thread; the content is what stands there."""
    content = os.urandom(6_000_000)
    (ssh.files / "dump").write_bytes(content)
    found = b""
    with closing(ssh.source()) as source:
        (entry,) = source.walk()
        with closing(source.open(entry)) as file:
            while part := file.read(1 << 18, len(found)):
                if len(found) // 2_000_000 < (len(found) + len(part)) // 2_000_000:
                    cut = threading.Thread(target=ssh.hang_up)
                    cut.start()
                    cut.join()
                found += part

            assert (content, True) == (found, file.stood_still())


def clients():
    """Return the clients that this process began: who has it for a parent, and which are they."""
    stats = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it ended meanwhile
            stats.append(path.read_text().split())
    return [words[0] for words in stats if (words[1], words[3]) == ("(ssh)", str(os.getpid()))]


def test_a_server_that_is_gone_ends_the_run_and_leaves_no_client(ssh):
    """Exit code 6; no process of ours stays behind."""
    (ssh.files / "file").write_bytes(b"1")
    with closing(ssh.source()) as source:
        (entry,) = source.walk()
        ssh.stop()
        try:
            with pytest.raises(LinkBrokenError) as failed, closing(source.open(entry)) as file:
                file.read(1, 0)
        finally:
            ssh.start()
        assert 6 == failed.value.exit_code
        assert [entry.path] == [again.path for again in source.walk()]
        assert 1 == len(clients())
    assert [] == clients()


def joined(ssh, **changed):
    """Join with another login."""
    place = SftpPlace.parse(os.fsencode(ssh.place()))
    connect(place, replace(ssh.login, **changed)).close()


def test_only_a_pinned_server_is_spoken_to(ssh, tmp_path):
    """No key in the file, another key, a revoked one: none is trusted, and the file stays."""
    pins = tmp_path / "known hosts"
    name = ssh.known_hosts.read_text().split()[0]
    stranger = key_pair(tmp_path / "stranger")
    cases = {
        "": (SourceError, "no host key"),
        f"{name} {stranger}\n": (SourceChangedError, "is not the pinned one"),
        f"@revoked {name} {ssh.host_key}\n": (SourceChangedError, "is not the pinned one"),
    }
    for content, (kind, said) in cases.items():
        pins.write_text(content)
        with pytest.raises(kind, match=said) as refused:
            joined(ssh, known_hosts=pins)
        assert (kind, 4, content) == (
            type(refused.value),
            refused.value.exit_code,
            pins.read_text(),
        )
    pins.write_text(f"{name} {ssh.host_key}\n")
    joined(ssh, known_hosts=pins)


def test_another_key_than_the_servers_is_not_let_in(ssh, tmp_path):
    """It says so, and what to look at."""
    key_pair(tmp_path / "other")

    with pytest.raises(SourceError, match="does not let") as refused:
        joined(ssh, key_file=tmp_path / "other")

    assert 4 == refused.value.exit_code


def test_a_folder_that_is_not_there_is_the_sources_fault(ssh):
    """And so is one that is a file."""
    (ssh.files / "file").write_bytes(b"1")
    for below, said in (("nowhere", "ENOENT"), ("file/below", "ENOENT"), ("file", "E")):
        with closing(ssh.source(below)) as source, pytest.raises(SourceError, match=said):
            source.check_not_empty()


def test_refusals_are_of_the_entry(ssh):
    """A vanished file is named; the next one is read over the same line."""
    for name in ("a", "b"):
        Path(ssh.files / name).write_bytes(b"1")
    with closing(ssh.source()) as source:
        gone, there = source.walk()
        (ssh.files / "a").unlink()
        with pytest.raises(NotReadableError), closing(source.open(gone)) as file:
            file.read(1, 0)
        with closing(source.open(there)) as file:
            assert b"1" == file.read(1, 0)
