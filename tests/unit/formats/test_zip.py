import struct
import time
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.faults import (
    FormatError,
    LimitError,
    MalformedError,
    ProtectedError,
    TruncatedError,
    UnsupportedError,
)
from formats.zip import member_bytes, read_directory
from sanitizers.inflating import inflate_raw
from tests.corpus.packages import (
    archive,
    encrypted,
    overlapping,
    with_claimed_size,
    with_local_name,
)

PLAIN = archive({"a.txt": b"alpha" * 50, "b/c.txt": b"beta"})


def test_a_plain_archive_has_members_and_no_anomaly() -> None:
    """What ordinary writers make is read without remarks."""
    directory = read_directory(PLAIN)
    assert [m.text for m in directory.members] == ["a.txt", "b/c.txt"]
    assert directory.anomalies == ()
    found = directory.find("A.TXT")
    assert found is not None
    assert member_bytes(PLAIN, found, inflate_raw, most=1000) == b"alpha" * 50


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"junk" + PLAIN, "prefix-data"),
        (PLAIN + b"junk", "trailing-data"),
        (with_local_name(PLAIN, b"a.txt", b"a.exe"), "name-mismatch"),
        (overlapping(), "overlap"),
        (archive({"../x": b""}), "path-outside"),
        (archive({"/etc/x": b""}), "path-outside"),
        (archive({"C:x": b""}), "path-outside"),
        (archive({"a\u202egpj.exe": b""}), "unseen-character-in-name"),
        (archive({"a": b"", "A": b""}), "duplicate-name"),
        (PLAIN.replace(b"\x08\x00", b"\x09\x00", 1), "method-mismatch"),
    ],
)
def test_what_two_programs_would_read_differently_is_named(content: bytes, code: str) -> None:
    """Each difference between directory, headers and extent has its code."""
    assert code in read_directory(content).anomalies


def test_padding_behind_an_archive_is_no_anomaly() -> None:
    """Zeros and line ends carry nothing."""
    assert read_directory(PLAIN + b"\x00\x00\r\n").anomalies == ()


def test_a_local_size_that_differs_is_named() -> None:
    """A header that claims another size than the directory is an anomaly."""
    changed = bytearray(archive({"a": b"x" * 10}, stored=True))
    struct.pack_into("<I", changed, 22, 9)
    assert "size-mismatch" in read_directory(bytes(changed)).anomalies


def test_a_symbolic_link_is_named() -> None:
    """A member that is a link points outside of the archive."""
    changed = bytearray(archive({"a": b"/etc/passwd"}))
    at = bytes(changed).index(b"PK\x01\x02")
    struct.pack_into("<H", changed, at + 4, 3 << 8 | 20)
    struct.pack_into("<I", changed, at + 38, 0xA1FF << 16)
    assert "symlink" in read_directory(bytes(changed)).anomalies


def test_an_archive_that_was_cut_is_truncated() -> None:
    """Without its end an archive has no directory."""
    with pytest.raises(TruncatedError):
        read_directory(PLAIN[:-30])


def test_a_directory_that_points_nowhere_is_malformed() -> None:
    """A local header has to stand where the directory says."""
    with pytest.raises(MalformedError):
        read_directory(b"XX" + PLAIN[2:])


def test_more_members_than_allowed_are_refused() -> None:
    """The bound is checked before the members are read."""
    with pytest.raises(LimitError):
        read_directory(PLAIN, most_members=1)


def test_a_lie_about_the_size_is_found_by_counting() -> None:
    """Sizes are never believed."""
    lied = with_claimed_size(PLAIN, 3)
    member = read_directory(lied).members[0]
    with pytest.raises(MalformedError):
        member_bytes(lied, member, inflate_raw, most=1000)


def test_a_member_over_the_bound_is_refused() -> None:
    """Growth stops at the bound, not at the claim."""
    bomb = archive({"a": bytes(1_000_000)})
    member = read_directory(bomb).members[0]
    with pytest.raises(LimitError):
        member_bytes(bomb, member, inflate_raw, most=1000)


def test_a_protected_member_needs_a_password() -> None:
    """The flag of encryption is believed."""
    content = encrypted(PLAIN)
    with pytest.raises(ProtectedError):
        member_bytes(content, read_directory(content).members[0], inflate_raw, most=1000)


def test_an_unknown_packing_is_unsupported() -> None:
    """Only stored and deflated members are read."""
    changed = PLAIN.replace(b"\x08\x00", b"\x0c\x00")
    with pytest.raises(UnsupportedError):
        member_bytes(changed, read_directory(changed).members[0], inflate_raw, most=1000)


@pytest.mark.parametrize(
    "hostile", [b"PK\x01\x02" * 500_000, b"PK\x05\x06" * 500_000, b"PK\x03\x04" * 500_000]
)
def test_repeated_marks_cost_no_more_than_their_length(hostile: bytes) -> None:
    """Two megabytes of one mark are answered at once."""
    started = time.process_time()
    with pytest.raises(FormatError):
        read_directory(hostile)
    assert time.process_time() - started < 1.0


@settings(max_examples=150, deadline=None)
@given(st.integers(0, len(PLAIN) - 1), st.binary(min_size=1, max_size=4))
def test_any_change_ends_in_a_directory_or_a_named_fault(at: int, change: bytes) -> None:
    """Nothing but the named faults leaves the reader."""
    changed = PLAIN[:at] + change + PLAIN[at + len(change) :]
    with suppress(FormatError):
        directory = read_directory(changed)
        sizes = [len(member_bytes(changed, m, inflate_raw, most=10_000)) for m in directory.members]
        assert sizes == [m.claimed_size for m in directory.members]
