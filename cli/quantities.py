"""Counts, sizes, rates and durations as people read them."""

from pipeline.counting import count_text, named_count

__all__ = [
    "count_text",
    "duration_text",
    "named_count",
    "rate_text",
    "size_text",
    "span_text",
]

KIBI = 1024
SIZE_UNITS = ("KiB", "MiB", "GiB", "TiB", "PiB")
MINUTE = 60
HOUR = 60 * MINUTE
DAY = 24 * HOUR
WITHOUT_DECIMALS = 10


def size_text(size: int) -> str:
    """Return a size in binary units, with one decimal below ten."""
    if size < KIBI:
        return f"{size} B"
    scaled, position = size / KIBI, 0
    while scaled >= KIBI - 0.5 and position < len(SIZE_UNITS) - 1:
        scaled, position = scaled / KIBI, position + 1
    return f"{_short(scaled)} {SIZE_UNITS[position]}"


def rate_text(per_second: float) -> str:
    """Return a rate of files, with one decimal below ten."""
    return f"{_short(per_second)} files/s"


def duration_text(seconds: float) -> str:
    """Return a duration in its two largest units."""
    whole = max(0, round(seconds))
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return f"{whole // MINUTE} min {whole % MINUTE:02d} s"
    minutes = round(whole / MINUTE)
    if whole < DAY:
        return f"{minutes // MINUTE} h {minutes % MINUTE:02d} min"
    hours = round(whole / HOUR)
    return f"{hours // 24} d {hours % 24:02d} h"


def span_text(low: float, high: float) -> str:
    """Return a range of durations; one duration when both read the same."""
    first, second = duration_text(low), duration_text(high)
    return first if first == second else f"{first} to {second}"


def _short(value: float) -> str:
    decimals = 1 if value < WITHOUT_DECIMALS - 0.05 else 0
    return f"{value:,.{decimals}f}"
