"""Journals of long reads."""

from dataclasses import replace
from pathlib import Path

import pytest

from custody.digest import digest_of
from custody.entry import Entry, EntryKind
from custody.source import FilesystemIdentity
from quarantine.journal import Journal, journal_name
from storage.spool import Mark

HERE = FilesystemIdentity(filesystem="ab12", root=2)
ENTRY = Entry(
    path=b"Dupont, Marie.dcm", kind=EntryKind.FILE, size=5, mtime_ns=6, mode=0o100644, inode=7
)
FIRST = Mark(end=10, digest=digest_of(b"first"))
SECOND = Mark(end=20, digest=digest_of(b"second"))


def test_marks_come_back_in_another_process(tmp_path: Path) -> None:
    """What was appended is read by the next opener."""
    with Journal(tmp_path, "read") as journal:
        journal.append(FIRST)
        journal.append(SECOND)
    with Journal(tmp_path, "read") as journal:
        assert journal.marks() == [FIRST, SECOND]


@pytest.mark.parametrize(
    "torn",
    [
        b'{"end": 30, "dig',
        b"\x00\x00\x00\n",
        b"[]\n",
        b"{}\n",
        b'{"end": 30, "digest": "../etc"}\n',
        b'{"end": 20, "digest": "' + digest_of(b"x").encode() + b'"}\n',
        b'{"end": "x", "digest": "' + digest_of(b"x").encode() + b'"}\n',
    ],
)
def test_a_torn_line_ends_the_journal(tmp_path: Path, torn: bytes) -> None:
    """After a power cut the last line may be anything; the ones before it still count."""
    with Journal(tmp_path, "read") as journal:
        journal.append(FIRST)
        journal.append(SECOND)
    with (tmp_path / "long-read.jsonl").open("ab") as file:
        file.write(torn + b'{"end": 99}\n')
    with Journal(tmp_path, "read") as journal:
        assert journal.marks() == [FIRST, SECOND]


def test_a_restart_keeps_only_the_proven_marks(tmp_path: Path) -> None:
    """Later marks follow the proven ones, without the torn line between."""
    with Journal(tmp_path, "read") as journal:
        journal.append(SECOND)
        journal.restart([FIRST])
        journal.append(SECOND)
    with Journal(tmp_path, "read") as journal:
        assert journal.marks() == [FIRST, SECOND]


def test_a_journal_has_one_owner(tmp_path: Path) -> None:
    """A late owner of a shard does not write into the file of the new one."""
    with Journal(tmp_path, "read") as first, Journal(tmp_path, "read") as second:
        assert (first.owned, second.owned) == (True, False)
    with Journal(tmp_path, "read") as third:
        assert third.owned


def test_a_journals_name_holds_no_patients_name() -> None:
    """The name of a spool file tells nothing about the path it was read from."""
    name = journal_name(HERE, ENTRY)
    assert name == journal_name(HERE, replace(ENTRY, path=b"elsewhere"))
    assert len(name) == 64


@pytest.mark.parametrize("change", [{"size": 50}, {"mtime_ns": 60}, {"inode": 70}])
def test_a_file_that_changed_has_another_journal(change: dict[str, int]) -> None:
    """An interrupted read of other content is never gone on with."""
    assert journal_name(HERE, replace(ENTRY, **change)) != journal_name(HERE, ENTRY)


def test_another_file_system_has_another_journal() -> None:
    """The same inode number on another disk is another file."""
    there = replace(HERE, filesystem="cd34")
    assert journal_name(there, ENTRY) != journal_name(HERE, ENTRY)
