"""Noise among samples of sound: random-like, and without any neighbourhood.

A loud recording may fill all values as evenly as noise does; what stands beside
a sample still resembles it. Two neighbours that have nothing in common differ by a third of all
values on average.
"""

from array import array
from collections.abc import Iterator
from itertools import islice
from operator import sub

from formats.randomness import SECTOR, is_random_window
from formats.stripes import find_stripes
from sanitizers.damage.fault import Fault, noise

_GLANCE, _LEAST_AT_A_GLANCE = 8, 46
_CODES = {1: "B", 2: "h"}
# A third, less three deviations of 256 differences.
_RESTLESS = 0.28


def check_samples(
    content: bytes, start: int, end: int, width: int, *, channels: int = 1
) -> Iterator[Fault]:
    """Yield the first sector of noise in a region, or the stripes that run through it.

    `width` is how many bytes a sample has, the least first. Neighbours are samples of one channel.
    """
    first = (start + SECTOR - 1) // SECTOR * SECTOR
    for at in range(first, end - SECTOR + 1, SECTOR):
        if len(set(content[at : at + SECTOR : _GLANCE])) < _LEAST_AT_A_GLANCE:
            continue
        sector = content[at : at + SECTOR]
        phase = (at - start) % width
        if is_random_window(sector) and is_restless(sector, width, phase, channels):
            yield noise("random-region", at, "random-like samples")
            return
    stripes = find_stripes(content, start, end)
    if stripes is not None:
        yield noise("random-stripes", start, f"{stripes.on} of every {stripes.period} bytes")


def is_restless(sector: bytes, width: int, phase: int = 0, channels: int = 1) -> bool:
    """Tell whether the samples in some bytes have nothing in common with their neighbours.

    `phase` is how many bytes of a sample stand before the first one.
    """
    skipped = -phase % width
    samples = _values(sector[skipped : skipped + (len(sector) - skipped) // width * width], width)
    distance: int = sum(map(abs, map(sub, islice(samples, channels, None), samples)))
    most = 1 << 8 * samples.itemsize
    return bool(distance > _RESTLESS * most * (len(samples) - channels))


def _values(whole: bytes, width: int) -> "array[int]":
    """Return samples as numbers; of wide ones what is loud in them, their last two bytes."""
    if width in _CODES:
        return array(_CODES[width], whole)
    loud = bytearray(2 * (len(whole) // width))
    loud[0::2], loud[1::2] = whole[width - 2 :: width], whole[width - 1 :: width]
    return array("h", bytes(loud))
