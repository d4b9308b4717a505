"""Whether the words that are left in a broken file keep out of the same places of a period.

Ransomware in a hurry encrypts stripes. Where a format packs its data no statistic tells packed
bytes from encrypted ones, but names, headers and dictionaries stand between them at places that
have nothing to do with any period. When many of them are left, and none touches one band of a
period, what stood in that band was overwritten. The test is for content that is known to be broken
and whose parts have no fixed size: tables of records keep out of bands by right.
"""

import math
import re
from collections import Counter
from typing import NamedTuple

from formats.randomness import CELL

PERIODS = (
    *(32, 48, 64, 96, 128, 192, 256, 320, 384, 512, 768),
    *(1024, 2048, 4096, 8192, 16_384, 32_768),
)
_LOOK = 16 << 20
_WORDS = re.compile(rb"[\x00\t\n\r\x20-\x7e]{12,}+")
# A run of words goes on into noise by chance: four bytes of it once in forty.
_EDGE = 4
_MOST_WORDS = 600
# Chance leaves as few runs in a band once in 22,000 times, e to the minus ten (Chernoff).
_LEAST_DOUBT = 10.0
_PARTS = (2, 3, 4, 8)


class Band(NamedTuple):
    """So many bytes, from an offset within every period of so many, in which no words are left."""

    start: int
    size: int
    period: int


def find_band(content: bytes) -> Band | None:
    """Return the first band that the words of a content keep out of, None if there is none."""
    runs = [found.span() for found in _WORDS.finditer(content[:_LOOK])]
    if len(runs) > _MOST_WORDS:
        runs = runs[:: len(runs) // _MOST_WORDS]
    words = [(start + _EDGE, end - _EDGE) for start, end in runs]
    for period in PERIODS:
        longest = _longest(words, period)
        for parts in _PARTS:
            size = period // parts
            if size >= CELL and size % CELL == 0 and period % size == 0:
                band = _untouched(words, longest, size, period)
                if band is not None:
                    return band
    return None


def _longest(words: list[tuple[int, int]], period: int) -> list[int]:
    """Return the longest run of each repetition: headers stand together, and not by chance."""
    longest: dict[int, int] = {}
    for start, end in words:
        longest[start // period] = max(longest.get(start // period, 0), end - start)
    return list(longest.values())


def _untouched(
    words: list[tuple[int, int]], longest: list[int], size: int, period: int
) -> Band | None:
    expected = sum(min(1.0, (length + size) / period) for length in longest)
    if expected < _LEAST_DOUBT:
        return None
    touched: set[tuple[int, int]] = set()
    for start, end in words:
        for band in range(start // size, (min(end, start + period) - 1) // size + 1):
            touched.add(divmod(band * size, period))
    touches = Counter(at for _, at in touched)
    start = min(range(0, period, size), key=lambda at: touches[at])
    if _doubt(touches[start], expected) < _LEAST_DOUBT:
        return None
    return Band(start, size, period)


def _doubt(seen: int, expected: float) -> float:
    """Return how many powers of e speak against so few by chance."""
    if seen >= expected:
        return 0.0
    return expected - seen - (seen * math.log(expected / seen) if seen else 0.0)
