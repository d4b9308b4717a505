"""Whether bytes look drawn at random: a chi-square test over the counts of the 256 byte values.

The bounds are the two-sided 0.01 % points for 255 degrees of freedom: encrypted bytes lie between
them, texts and tables far above, counters and made-up padding below. Under 512 bytes the test has
no power against packed bytes; what is said of them only tells noise from text, tables and zeros.
"""

from collections import Counter
from itertools import chain

WINDOW = 4096
HOP = 2048
SECTOR = 512
LOWEST, HIGHEST = 179.0, 347.7
CELL = 16
_LEAST = 512
# 512 random bytes have 221 different values on average, and under 195 practically never.
_LEAST_VALUES = 195
# Of 64 bytes, taken at equal distances, 57 differ on average; a first look costs a microsecond.
_GLANCE, _LEAST_AT_A_GLANCE = 64, 46
_SHORTEST = 64
_LEAST_IN_CELL = 13
_LEAST_STRANGE_IN_CELL = 5
_STRANGE = bytes([*range(1, 9), 11, 12, *range(14, 32), *range(127, 256)])


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


def is_noise(sample: bytes) -> bool:
    """Tell noise from text, tables and zeros, in samples down to one cell of 16 bytes.

    Packed bytes are noise too. Nothing is noise under 16 bytes.
    """
    if len(sample) >= _LEAST:
        return is_random_window(sample[:WINDOW])
    if len(sample) >= _SHORTEST:
        return chi_square(sample) < 380.0 and _strange(sample) * 4 >= len(sample)
    cell = sample[:CELL]
    return (
        len(cell) == CELL
        and len(set(cell)) >= _LEAST_IN_CELL
        and _strange(cell) >= _LEAST_STRANGE_IN_CELL
    )


def _strange(sample: bytes) -> int:
    """Count the bytes that neither texts nor counters have; six in ten of random ones are such."""
    return len(sample) - len(sample.translate(None, _STRANGE))


def first_random_window(content: bytes, start: int, end: int, *, step: int = HOP) -> int:
    """Return where the first random-like window of a region stands, -1 if there is none.

    Windows are aligned as encryptors and disks align their blocks (a smaller `step` is for content
    whose place in its file is only known to a sector); the last one ends the region.
    """
    first = (start + step - 1) // step * step
    last = end - WINDOW
    if last < start:
        return -1
    stride = WINDOW // _GLANCE
    for place in chain(range(first, last + 1, step), (last,)):
        glance = content[place : place + WINDOW : stride]
        if len(set(glance)) >= _LEAST_AT_A_GLANCE and is_random_window(
            content[place : place + WINDOW]
        ):
            return place
    return -1


def random_sectors(content: bytes, start: int, end: int) -> list[int]:
    """Return where the sectors of a region that look random stand; they are aligned in the file."""
    first = (start + SECTOR - 1) // SECTOR * SECTOR
    return [
        place
        for place in range(first, end - SECTOR + 1, SECTOR)
        if len(set(content[place : place + SECTOR : 8])) >= _LEAST_AT_A_GLANCE
        and is_random_window(content[place : place + SECTOR])
    ]
