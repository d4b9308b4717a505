"""Whether bytes look drawn at random: a chi-square test over the counts of the 256 byte values.

The bounds are the two-sided 0.01 % points for 255 degrees of freedom: encrypted bytes lie between
them, texts and tables far above, counters and made-up padding below.
"""

from collections import Counter

WINDOW = 4096
LOWEST, HIGHEST = 179.0, 347.7
_LEAST = 512
# 512 random bytes have 221 different values on average, and under 195 practically never.
_LEAST_VALUES = 195


def chi_square(window: bytes) -> float:
    """Return the statistic of a window against equal counts of all byte values."""
    expected = len(window) / 256
    squares = sum(count * count for count in Counter(window).values())
    return squares / expected - len(window)


def is_random_like(content: bytes, *, windows: int = 4) -> bool:
    """Tell whether every sampled window looks random. Under 512 bytes nothing can be said."""
    if len(content) < _LEAST:
        return False
    last = max(0, len(content) - WINDOW)
    places = {last * index // max(1, windows - 1) for index in range(windows)}
    return all(is_random_window(content[place : place + WINDOW]) for place in places)


def is_random_window(window: bytes) -> bool:
    """Tell whether one window looks random.

    Short windows have too few bytes a value for both bounds: only the upper one, widened, holds.
    """
    if len(window) < _LEAST or len(set(window[:_LEAST])) < _LEAST_VALUES:
        return False
    lowest = LOWEST if len(window) >= WINDOW else 140.0
    highest = HIGHEST if len(window) >= WINDOW else 380.0
    return lowest < chi_square(window) < highest


def first_random_window(content: bytes, start: int, end: int, *, step: int = WINDOW) -> int:
    """Return where the first random-like window of a region stands, -1 if there is none.

    Windows are aligned as encryptors and disks align their blocks (a smaller `step` is for content
    whose place in its file is only known to a sector); the last one ends the region.
    """
    first = (start + step - 1) // step * step
    places: list[int] = list(range(first, end - WINDOW + 1, step))
    if end - WINDOW >= start:
        places.append(end - WINDOW)
    for place in places:
        if is_random_window(content[place : place + WINDOW]):
            return place
    return -1
