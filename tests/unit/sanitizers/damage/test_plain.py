"""Zeros among plain pixels: what was never written, and what is a black background."""

import pytest

from sanitizers.damage.plain import zeros_in_rows

ROW = 800


def picture(first: int, last: int) -> bytes:
    """Return rows without any zero but for those between two offsets."""
    return b"\xf4" * first + bytes(last - first) + b"\xf4" * (40 * ROW - last)


@pytest.mark.parametrize("start", [0, 286])
def test_a_background_that_begins_with_a_row_is_black(start: int) -> None:
    """Zeros that fill rows from edge to edge are a background, wherever the pixels start."""
    content = b"\x01" * start + picture(10 * ROW, 13 * ROW)
    assert not list(zeros_in_rows(content, start, len(content), ROW))


@pytest.mark.parametrize(
    ("first", "last"),
    [
        pytest.param(10 * ROW + 77, 13 * ROW, id="begins within"),
        pytest.param(10 * ROW, 13 * ROW + 300, id="ends within"),
        pytest.param(10 * ROW + 77, 13 * ROW + 300, id="both"),
    ],
)
def test_zeros_with_an_edge_within_a_row_were_never_written(first: int, last: int) -> None:
    """Whole rows of zeros that begin or end within a row are found where they begin."""
    content = picture(first, last)
    (fault,) = zeros_in_rows(content, 0, len(content), ROW)
    assert (fault.rule, fault.offset) == ("zero-filled", first)


def test_the_last_row_of_a_small_drawing_is_its_outline() -> None:
    """A few pixels, and nothing but background behind them, are how drawings end."""
    row = 48
    drawing = (bytes(20) + b"\x07" * 22 + bytes(6)) * 20
    content = drawing + bytes(25) + b"\x07" * 7 + bytes(40 * row)
    assert not list(zeros_in_rows(content, 0, len(content), row))
