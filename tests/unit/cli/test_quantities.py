import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.quantities import (
    count_text,
    duration_text,
    named_count,
    rate_text,
    size_text,
    span_text,
)


@pytest.mark.parametrize(
    ("size", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (10 * 1024 - 1, "10 KiB"),
        (1536, "1.5 KiB"),
        (1024**2 - 1, "1.0 MiB"),
        (700 * 1024**2, "700 MiB"),
        (3 * 1024**4, "3.0 TiB"),
        (5000 * 1024**5, "5,000 PiB"),
    ],
)
def test_sizes_have_binary_units(size, text):
    """A size is read at a glance, and never as 1024 of the smaller unit."""
    assert text == size_text(size)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1, "0 s"),
        (0.4, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (754, "12 min 34 s"),
        (3599, "59 min 59 s"),
        (3600, "1 h 00 min"),
        (3 * 3600 + 59 * 60 + 40, "4 h 00 min"),
        (86_399, "24 h 00 min"),
        (86_400, "1 d 00 h"),
        (200_000, "2 d 08 h"),
    ],
)
def test_durations_have_two_units(seconds, text):
    """A duration is written in its two largest units, rounded."""
    assert text == duration_text(seconds)


@pytest.mark.parametrize(
    ("rate", "text"),
    [(0, "0.0 files/s"), (3.25, "3.2 files/s"), (9.97, "10 files/s"), (1234.5, "1,234 files/s")],
)
def test_rates_have_a_decimal_only_when_small(rate, text):
    """A slow rate shows a decimal, a fast one does not."""
    assert text == rate_text(rate)


def test_counts_are_named():
    """One entry is not "1 entries", and thousands stand apart."""
    assert "1 entry" == named_count(1, "entry", "entries")
    assert "0 entries" == named_count(0, "entry", "entries")
    assert "12,345 entries" == named_count(12_345, "entry", "entries")
    assert "1,000,000" == count_text(1_000_000)


def test_a_span_of_one_reading_is_one_duration():
    """Two ends that read the same are not repeated."""
    assert "5 s" == span_text(4.8, 5.2)
    assert "5 s to 8 s" == span_text(5, 8)


@given(st.integers(0, 1 << 70), st.floats(0, 1e9))
def test_every_text_is_short_and_printable(size, seconds):
    """No size and no duration breaks a table."""
    assert size_text(size).isprintable()
    assert len(duration_text(seconds)) <= 16
