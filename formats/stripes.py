"""The phase test: whether bytes at the same places of a period look random and others do not.

Ransomware that is in a hurry encrypts stripes (16 bytes and leaves 16, 64 of every 192). No window
of such content looks random; the bytes of the same phase, pooled, do. It holds for content that is
not packed only: packed bytes are near enough to random to fit by chance.
"""

from typing import NamedTuple

from formats.randomness import HIGHEST, chi_square

PERIODS = (32, 48, 64, 96, 128, 192, 256, 320, 384, 512, 768, 1024, 2048, 4096, 8192)
_CELL = 16
_MOST_CELLS = 64
_LEAST_POOL = 2560
_LEAST_REPEATS = 16
_LOOK = 1 << 17
_VALUES = 250
_PLAIN = 600.0


class Stripes(NamedTuple):
    """A pattern: so many bytes random-like in every period of so many."""

    on: int
    period: int


def find_stripes(content: bytes, start: int, end: int) -> Stripes | None:
    """Return the pattern of the first period that some, but not all, phases of a region fit.

    The middle of a large region is looked at: 128 KiB, at a place that is a multiple of them all.
    """
    if end - start > _LOOK:
        start = (start + end - _LOOK) // 2
    start = (start + PERIODS[-1] - 1) // PERIODS[-1] * PERIODS[-1] if end - start > _LOOK else start
    region = content[start : min(end, start + _LOOK)]
    if len(set(region)) < _VALUES:
        return None
    for period in PERIODS:
        on = _random_bytes_of(region, period, start)
        if on:
            return Stripes(on, period)
    return None


def _random_bytes_of(region: bytes, period: int, start: int) -> int:
    """Return how many bytes of a period are random-like in every one of its repetitions."""
    size = max(_CELL, period // _MOST_CELLS)
    while len(region) // period * size < _LEAST_POOL:
        size *= 2
        if size * 2 > period or period % size:
            return 0
    cells = period // size
    if len(region) // period < _LEAST_REPEATS:
        return 0
    first = -start % period
    fits = [_fit(region, first + cell * size, size, period) for cell in range(cells)]
    found = sum(fit < HIGHEST for fit in fits)
    plain = sum(fit > _PLAIN for fit in fits)
    return found * size if found and plain and found + plain >= cells - cells // 16 else 0


def _fit(region: bytes, at: int, size: int, period: int) -> float:
    """Return the statistic of the pooled bytes of one phase, huge when a value never occurs."""
    pool = b"".join(region[at + byte :: period] for byte in range(size))
    return chi_square(pool) if len(set(pool)) >= _VALUES else float("inf")
