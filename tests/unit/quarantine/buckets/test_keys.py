"""Keys as entries: bytes as they are, and the very version that was listed."""

from datetime import UTC, datetime

import pytest

from custody.entry import EntryKind
from custody.errors import SourceError
from quarantine.buckets.keys import MOST_PIN, Pin, entry_of, key_of
from storage.s3.foreign import Listed

AT = datetime(2022, 5, 13, 19, 30, 0, 123456, tzinfo=UTC)


def line(key: str, **facts: object) -> Listed:
    """A line of a listing."""
    return Listed(**{"key": key, "size": 1, "modified": AT, "etag": '"e"', **facts})  # type: ignore[arg-type]  # of the fields


@pytest.mark.parametrize(
    "rest",
    ["a", "..", "../../etc/passwd", "/abs", "a//b", ".", "\x01\n", "\u202egnp.exe", "é", "", "a/"],
)
def test_a_key_is_kept_byte_for_byte(rest: str) -> None:
    """No part of it is resolved, cut or joined, and it leads back to the key."""
    entry = entry_of(line(f"p/{rest}"), "p/")

    assert (rest.encode(), EntryKind.FILE) == (entry.path, entry.kind)
    assert f"p/{rest}" == key_of(entry, "p/")


@pytest.mark.parametrize(
    ("key", "size", "kind"),
    [
        ("p/dir/", 0, EntryKind.FOLDER_MARKER),
        ("p/", 0, EntryKind.FOLDER_MARKER),
        ("p/dir/", 1, EntryKind.FILE),
        ("p/empty", 0, EntryKind.FILE),
    ],
)
def test_an_empty_object_that_shows_a_folder_is_no_file(
    key: str, size: int, kind: EntryKind
) -> None:
    """With content, or without the slash, it is one."""
    assert kind is entry_of(line(key, size=size), "p/").kind


def test_the_time_of_an_entry_is_exact() -> None:
    """Nanoseconds are counted, not computed with floats."""
    assert 1652470200123456000 == entry_of(line("p/a"), "p/").mtime_ns


@pytest.mark.parametrize(
    ("facts", "pin"),
    [
        ({"version": "v1"}, Pin(version="v1")),
        ({"version": "v1", "latest": False}, Pin(version="v1")),
        ({}, Pin(etag='"e"')),
        ({"version": "null"}, Pin(etag='"e"')),
        ({"version": "null", "latest": False}, Pin(version="null", etag='"e"')),
    ],
)
def test_a_version_is_asked_for_by_its_name_else_by_its_tag(
    facts: dict[str, object], pin: Pin
) -> None:
    """What was put without a version can be replaced under its name, so its tag must hold too."""
    assert pin == Pin.read(entry_of(line("p/a", **facts), "p/").inode)


@pytest.mark.parametrize("etag", ["", "é", "a\nb", "x" * (MOST_PIN + 1)])
def test_a_version_without_a_usable_name_is_refused(etag: str) -> None:
    """It could not be told from another one."""
    with pytest.raises(SourceError, match="usable name"):
        entry_of(line("p/a", etag=etag), "p/")
