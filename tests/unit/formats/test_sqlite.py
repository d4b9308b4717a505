from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.faults import FormatError, MalformedError, TruncatedError
from formats.sqlite import read_database, walk_pages
from tests.corpus.databases import database

WHOLE = database()


def walk(content: bytes) -> list[tuple[int, int]]:
    """Return the pages that trees reach."""
    return list(walk_pages(content, read_database(content)))


@pytest.mark.parametrize("page_size", [512, 1024, 4096, 65_536])
def test_every_page_of_a_whole_database_is_reached(page_size: int) -> None:
    """Tables and indices are walked from the schema, in pages of any size."""
    content = database(page_size=page_size)
    assert len(walk(content)) == len(content) // page_size


def test_missing_pages_are_a_cut() -> None:
    """The header says how many there are."""
    with pytest.raises(TruncatedError):
        walk(WHOLE[:-4096])
    with pytest.raises(TruncatedError):
        walk(WHOLE[:50])


@pytest.mark.parametrize("page", range(1, 6))
@pytest.mark.parametrize("change", [b"\x00" * 16, b"\x0d\xff\xff\xff\xff\xff\xff\xff", b"words"])
def test_a_page_that_is_none_is_malformed(page: int, change: bytes) -> None:
    """A tree leads to pages of known kinds with pointers into themselves."""
    at = page * 4096
    with pytest.raises(MalformedError):
        walk(WHOLE[:at] + change + WHOLE[at + len(change) :])


def test_a_header_that_cannot_be_is_malformed() -> None:
    """Page sizes are powers of two, payload fractions are constants."""
    with pytest.raises(MalformedError):
        read_database(WHOLE[:16] + b"\x12\x34" + WHOLE[18:])
    with pytest.raises(MalformedError):
        read_database(WHOLE[:21] + b"\x00" + WHOLE[22:])


@settings(max_examples=150, deadline=None)
@given(st.integers(16, len(WHOLE) - 1), st.binary(min_size=1, max_size=12))
def test_any_change_ends_in_pages_or_a_named_fault(at: int, change: bytes) -> None:
    """Nothing but the named faults leaves a walk, and every walk ends."""
    with suppress(FormatError):
        assert walk(WHOLE[:at] + change + WHOLE[at + len(change) :])


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=3000))
def test_any_bytes_behind_the_magic_end_in_a_named_fault(rest: bytes) -> None:
    """Arbitrary headers raise nothing else."""
    with suppress(FormatError):
        walk(WHOLE[:16] + rest)
