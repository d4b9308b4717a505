"""Damage in Access databases."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.faults import FormatError
from formats.jet import pages_of_jet
from tests.corpus.access import jet
from tests.corpus.damaging import CUTS, ENCRYPTIONS, SPARING, ZEROS, noise, overwrite
from tests.corpus.looking import demands, look, silence

WHOLE = jet(24)


def damage(content: bytes) -> set[str]:
    """Return the demands of both scanners of damage."""
    seen = look(content)
    return demands(seen, "integrity") | demands(seen, "encryption")


def test_a_whole_database_is_not_damaged_and_waits() -> None:
    """Its pages are in order; what runs in it is not read."""
    seen = look(WHOLE)
    assert seen.media_type == "application/x-msaccess"
    assert damage(WHOLE) == set()
    assert demands(seen, "file_type") == {"type-not-understood"}
    assert silence(seen, "active_content") == "no reader for application/x-msaccess"


@pytest.mark.parametrize("pattern", SPARING)
def test_noise_behind_the_first_bytes_is_called_that(pattern: str) -> None:
    """Pages begin with their kind, and rows are words."""
    assert demands(look(SPARING[pattern](WHOLE)), "encryption")


@pytest.mark.parametrize("pattern", ["tail 4 KiB", "footer 512 B"])
def test_noise_at_the_end_is_called_that(pattern: str) -> None:
    """No page starts there."""
    assert damage(ENCRYPTIONS[pattern](WHOLE)) == {"overwritten-structure"}


@pytest.mark.parametrize("cut", ["cut at 30 %", "cut at 95 %", "last 100 bytes"])
def test_a_cut_page_is_called_that(cut: str) -> None:
    """A database is a number of whole pages."""
    assert damage(CUTS[cut](WHOLE)) == {"cut"}


@pytest.mark.parametrize("pattern", ["zeros from 60 %", "zeros 40 to 60 %", "zero block"])
def test_zeros_are_called_that(pattern: str) -> None:
    """Pages in use follow, or far too many were laid out ahead."""
    assert damage(ZEROS[pattern](jet(60))) <= {"zero-filled", "zero-filled-end", "broken-structure"}
    assert damage(ZEROS[pattern](jet(60)))


def test_a_few_pages_may_be_laid_out_ahead() -> None:
    """Programs let a database grow by several pages at once."""
    assert damage(jet(24, unused=8)) == set()


def test_what_its_owner_encrypted_is_no_damage() -> None:
    """The header has a key; the pages behind it are noise by right."""
    sealed = jet(24, key=b"\x01\x02\x03\x04")
    assert damage(overwrite(sealed, [(4096, len(sealed))])) == set()


def test_a_packed_drawing_in_a_row_is_no_noise() -> None:
    """Forms keep their drawings in long rows."""
    head = bytes([1, 1]) + bytes(10) + b"\x01\x00" + (100).to_bytes(2, "little")
    drawing = head.ljust(100, b"\x00") + noise(3996)
    assert damage(WHOLE + drawing) == set()


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 9000), st.binary(min_size=1, max_size=8))
def test_any_change_ends_in_pages_or_a_named_fault(at: int, change: bytes) -> None:
    """Nothing but a FormatError leaves the reader."""
    whole = _SHORT
    with suppress(FormatError):
        list(pages_of_jet(whole[:at] + change + whole[at + len(change) :]))


_SHORT = jet(2)
