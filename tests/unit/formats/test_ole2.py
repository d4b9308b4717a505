import struct
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.faults import FormatError, MalformedError, TruncatedError
from formats.ole2 import Compound, kind_of_compound
from tests.corpus.compounds import WORD_97, compound, workbook

PLAIN = compound({"Workbook": workbook(), "Macros/VBA/dir": b"code" * 300, "Other": b"x"})


def test_storages_and_streams_are_read_back() -> None:
    """Paths, sizes and bytes are those that were written."""
    read = Compound(PLAIN)
    paths = {entry.path for entry in read.entries}
    assert ("Macros", "VBA", "dir") in paths
    found = read.find("macros", "vba", "DIR")
    assert found is not None
    assert read.stream(found) == b"code" * 300
    assert read.names() == {"workbook", "macros", "other"}


@pytest.mark.parametrize(
    ("stream", "media_type"),
    [
        ("WordDocument", "application/msword"),
        ("Workbook", "application/vnd.ms-excel"),
        ("Book", "application/vnd.ms-excel"),
        ("PowerPoint Document", "application/vnd.ms-powerpoint"),
        ("EncryptedPackage", "application/x-encrypted-office"),
        ("__properties_version1.0", "application/vnd.ms-outlook"),
        ("VisioDocument", "application/vnd.visio"),
        ("Something", "application/x-ole-storage"),
    ],
)
def test_the_streams_under_the_root_say_what_it_is(stream: str, media_type: str) -> None:
    """The kind comes from the names, as programs choose it."""
    assert kind_of_compound(compound({stream: WORD_97})).media_type == media_type


def test_an_installer_is_known_by_its_class() -> None:
    """An MSI package has no telling names, only the class of its root."""
    class_id = bytes.fromhex("84100c0000000000c000000000000046")
    kind = kind_of_compound(compound({"x": b"x"}, class_id=class_id))
    assert (kind.media_type, kind.family.value) == ("application/x-msi", "program")


def test_a_stream_that_was_cut_is_truncated() -> None:
    """What a directory promises has to be there."""
    content = compound({"WordDocument": b"x" * 3000})
    entry = content.index("WordDocument".encode("utf-16-le"))
    changed = bytearray(content)
    struct.pack_into("<I", changed, entry + 120, 30_000)
    read = Compound(bytes(changed))
    with pytest.raises(TruncatedError):
        read.stream(read.entries[1])


def test_a_file_without_its_table_is_truncated() -> None:
    """The sector table stands at the end here, and is missing."""
    with pytest.raises(TruncatedError):
        Compound(PLAIN[:-600])


def test_a_directory_that_leads_in_circles_is_malformed() -> None:
    """An entry that is its own sibling ends the walk."""
    at = PLAIN.index("Workbook".encode("utf-16-le"))
    changed = bytearray(PLAIN)
    struct.pack_into("<I", changed, at + 72, 1)
    with pytest.raises(MalformedError):
        Compound(bytes(changed))


def test_a_chain_that_leads_in_circles_ends() -> None:
    """A sector that follows itself costs no more than the table is long."""
    content = compound({"WordDocument": b"x" * 3000})
    changed = bytearray(content)
    table = len(content) - 512
    struct.pack_into("<I", changed, table + 4, 1)
    struct.pack_into("<I", changed, content.index("WordDocument".encode("utf-16-le")) + 120, 9000)
    read = Compound(bytes(changed))
    with pytest.raises(FormatError):
        read.stream(read.entries[1])


@pytest.mark.parametrize(
    "content", [b"", PLAIN[:100], b"x" * 600, PLAIN[:30] + b"\x05" + PLAIN[31:]]
)
def test_what_is_no_compound_file_is_a_named_fault(content: bytes) -> None:
    """A short, foreign or impossible header is refused."""
    with pytest.raises(FormatError):
        Compound(content)


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(PLAIN) - 1), st.binary(min_size=1, max_size=8))
def test_any_change_ends_in_streams_or_a_named_fault(at: int, change: bytes) -> None:
    """Nothing but the named faults leaves the reader, and no stream is longer than claimed."""
    changed = PLAIN[:at] + change + PLAIN[at + len(change) :]
    with suppress(FormatError):
        read = Compound(changed)
        for entry in read.entries[1:]:
            assert len(read.stream(entry)) == entry.size
