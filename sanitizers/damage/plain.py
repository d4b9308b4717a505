"""Noise in parts that a format never packs: windows, stripes, and zeros that fill whole blocks."""

import re
from collections.abc import Iterator

from formats.randomness import HOP, first_random_window
from formats.stripes import find_stripes
from sanitizers.damage.fault import Fault, noise, zeroed

_LEAST_ROW = 32
_LEAST_ZEROS = 512
_SECTOR = 512
# How far noise is followed, to say how much of it there is.
_MOST_FOLLOWED = 4 << 20


def check_plain(content: bytes, start: int, end: int, *, step: int = HOP) -> Iterator[Fault]:
    """Yield the first random-like window of a region, or the stripes that run through it."""
    at = first_random_window(content, start, end, step=step)
    if at >= 0:
        yield noise("random-region", at, _extent(content, at, end))
        return
    stripes = find_stripes(content, start, end)
    if stripes is not None:
        yield noise("random-stripes", start, f"{stripes.on} of every {stripes.period} bytes")


def zeros_in_rows(content: bytes, start: int, end: int, row: int) -> Iterator[Fault]:
    """Tell pixels that were never written from a black background; `row` is in bytes.

    A background begins where the picture above it ends too. Zeros that begin in the middle of a row
    while the row above goes on, fill whole rows, and end while the row below begins, were not seen
    by any detector. One such edge is enough at the end of the picture, and where it lies between
    two sectors of a disk: the first line of a text on black is an edge as well.
    """
    if not _LEAST_ROW <= row <= end - start:
        return
    run = re.compile(rb"\x00{%d,}+" % max(_LEAST_ZEROS, row))
    for found in run.finditer(content, start, end):
        first, last = found.span()
        before, after = (first - start) % row, (last - start) % row
        above = content[first - row : first - before] if first - row >= start else b""
        below = content[last + row - after : last + row] if last + row <= end else b""
        begins = before and len(above) - above.count(0) >= row // 8
        ends = after and len(below) - below.count(0) >= row // 8
        alone = (begins and (last == end or not first % _SECTOR)) or (ends and not last % _SECTOR)
        if (begins and ends) or alone:
            yield zeroed(first, "zeros in the middle of a row")
            return


def _extent(content: bytes, at: int, end: int) -> str:
    """Say how far the noise goes on, in whole windows; 4 MiB tell as much as all."""
    last = at
    following = at
    while 0 <= following <= last + 2 * HOP and last <= at + _MOST_FOLLOWED:
        last = following + HOP
        following = first_random_window(content, last, min(last + 4 * HOP, end))
    reached = "at least " if last > at + _MOST_FOLLOWED else ""
    return f"random-like from byte {at} to {reached}{min(last + HOP, end)}"
