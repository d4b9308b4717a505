import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.faults import FormatError, MalformedError, TruncatedError
from formats.run_lengths import end_of_runs

# Eight pixels, then three that are no run and one of filling, then a move to the last row.
CODES = b"\x08\x01\x00\x00\x00\x03\x05\x06\x07\x00\x00\x00\x00\x02\x01\x01\x04\x02\x00\x00\x00\x01"


def test_codes_end_at_their_end_mark() -> None:
    """What follows it is no part of the picture."""
    assert end_of_runs(b"BM" + CODES + b"more", 2, (8, 4), 8) == 2 + len(CODES)


def test_absolute_pixels_of_four_bits_fill_words() -> None:
    """Five pixels are three bytes and one of filling."""
    assert end_of_runs(b"\x00\x05\x12\x34\x50\x00\x00\x01", 0, (5, 1), 4) == 8


@pytest.mark.parametrize("codes", [b"\xff\x01", b"\x00\x00" * 9, b"\x00\x02\xff\x00"])
def test_runs_beyond_the_edge_are_malformed(codes: bytes) -> None:
    """No row is longer than the picture is wide, and no picture taller than it says."""
    with pytest.raises(MalformedError, match="edge"):
        end_of_runs(codes, 0, (8, 4), 8)


def test_codes_that_stop_early_are_cut() -> None:
    """A picture without its last rows is not whole; one without the end mark alone is."""
    with pytest.raises(TruncatedError):
        end_of_runs(CODES[:5], 0, (8, 4), 8)
    assert end_of_runs(CODES[:-2], 0, (8, 4), 8) == len(CODES) - 2


@given(st.binary(max_size=200), st.integers(1, 90), st.integers(1, 90))
def test_any_codes_end_or_are_named(codes: bytes, width: int, height: int) -> None:
    """Nothing else is raised, and no end lies before the codes."""
    with contextlib.suppress(FormatError):
        assert end_of_runs(codes, 0, (width, height), 8) >= 0
