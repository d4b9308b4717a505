"""Entries: what has content, and why the rest was not taken."""

import pytest

from custody.entry import EXPECTED_REASONS, KIND_REASONS, Entry, EntryKind, NotTakenReason


def test_every_kind_but_files_has_a_reason_for_not_being_taken():
    """Only files have content; everything else is named."""
    assert set(EntryKind) - {EntryKind.FILE} == set(KIND_REASONS)


@pytest.mark.parametrize(
    ("reason", "expected"),
    [
        (NotTakenReason.SYMLINK, True),
        (NotTakenReason.FIFO, True),
        (NotTakenReason.SOCKET, True),
        (NotTakenReason.DEVICE, True),
        (NotTakenReason.UNREADABLE, False),
        (NotTakenReason.VANISHED, False),
        (NotTakenReason.CHANGED, False),
    ],
)
def test_only_entries_without_content_are_expected(reason, expected):
    """Unreadable, vanished and changed entries spoil a source; the others never held content."""
    assert expected == reason.expected


def test_every_reason_is_decided():
    """The table above leaves no reason out."""
    unexpected = {NotTakenReason.UNREADABLE, NotTakenReason.VANISHED, NotTakenReason.CHANGED}

    assert set(NotTakenReason) == EXPECTED_REASONS | unexpected


def test_a_folder_that_cannot_be_read_spoils_a_source():
    """What lies below it would be lost without a word."""
    assert not KIND_REASONS[EntryKind.UNREADABLE_DIRECTORY].expected


def test_an_entry_stands_alone_unless_links_are_counted():
    """One link is the ordinary case; the path is bytes as they were listed."""
    entry = Entry(path=b"a\xff", kind=EntryKind.FILE, size=1, mtime_ns=0, mode=0o644, inode=12)

    assert (1, b"a\xff") == (entry.links, entry.path)
