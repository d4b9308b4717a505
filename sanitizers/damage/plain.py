"""Noise in parts that a format never packs: windows, stripes, and zeros that fill whole blocks."""

import re
from collections.abc import Iterator

from formats.randomness import HOP, SECTOR, first_random_sector, first_random_window
from formats.stripes import find_stripes
from sanitizers.damage.fault import Fault, noise, zeroed

_LEAST_ROW = 32
_LEAST_ZEROS = 512
_SMALL, _TINY = 1 << 15, 1 << 11
_BESIDE = 48
# The last row of a small drawing, on a background of zeros, is its outline.
_LEAST_BESIDE = 20
# So many rows that reach the edge are a picture that has no background there.
_ROWS_BESIDE, _LEAST_AT_THE_EDGE, _FEW, _BLACK = 8, 8, 4, bytes(16)
# How far noise is followed, to say how much of it there is.
_MOST_FOLLOWED = 4 << 20


def check_plain(content: bytes, start: int, end: int, *, step: int = HOP) -> Iterator[Fault]:
    """Yield the first random-like window of a region, or the stripes that run through it."""
    at = first_random_window(content, start, end, step=step)
    if at < 0 and end - start <= _SMALL:
        at = _noisy_sectors(content, start, end)
    if at >= 0:
        yield noise("random-region", at, _extent(content, at, end))
        return
    stripes = find_stripes(content, start, end)
    if stripes is not None:
        yield noise("random-stripes", start, f"{stripes.on} of every {stripes.period} bytes")


def _noisy_sectors(content: bytes, start: int, end: int) -> int:
    """Return where the first of two sectors of noise stands; small regions have no whole window.

    One sector of a picture may look random by chance; two of a hundred do not, nor one of a few.
    """
    first = first_random_sector(content, start, end)
    alone = first < 0 or first_random_sector(content, first + SECTOR, end) < 0
    return -1 if alone and end - start > _TINY else first


def zeros_in_rows(content: bytes, start: int, end: int, row: int) -> Iterator[Fault]:
    """Tell pixels that were never written from a black background; `row` is in bytes.

    A background begins where the picture above it ends too. Zeros that begin in the middle of a row
    while the row above goes on, and fill whole rows from there, were not seen by any detector; nor
    were those that end while the row below begins. Letters and frames that are drawn into a picture
    begin where nothing stands beside them.
    """
    if not _LEAST_ROW <= row <= end - start:
        return
    view = content[start:end]
    run = re.compile(rb"\x00{%d,}+" % max(_LEAST_ZEROS, row))
    for found in run.finditer(content, start, end):
        first, last = found.span()
        above = content[first - row : first - (first - start) % row]
        below = content[last + row - (last - start) % row : last + row]
        is_inside = (first - start) % row > 0 and first - row >= start
        begins = is_inside and _is_content(above, row)
        ends = last + row <= end and _is_content(below, row)
        if (
            begins
            or (ends and _is_content(below[-_BESIDE:], 4 * _BESIDE))
            or _stops_amid(view, first - start, last - start, row)
        ):
            yield zeroed(first, "zeros in the middle of a row")
            return


def _stops_amid(pixels: bytes, first: int, last: int, row: int) -> bool:
    """Tell whether a run stops a row amid its pixels, or one below begins amid them."""
    top, bottom = first // row - _ROWS_BESIDE, last // row
    above = pixels[top * row : (first // row + 1) * row] if top >= 0 else b""
    below = pixels[bottom * row : (bottom + _ROWS_BESIDE + 1) * row][::-1]
    return _is_cut_off(above, row, first % row) or _is_cut_off(below, row, -last % row)


def _is_cut_off(rows: bytes, row: int, left: int) -> bool:
    """Tell whether only the last row stops, behind so many bytes, where all others reach the edge.

    A background stands on both sides of what is drawn on it: the row itself has to begin in it.
    """
    rest = row - left
    if len(rows) < row * (_ROWS_BESIDE + 1) or min(left, rest) < _LEAST_AT_THE_EDGE:
        return False
    *above, begun = (rows[at : at + row] for at in range(0, len(rows), row))
    edge = max(rest // _FEW, _LEAST_AT_THE_EDGE // 2)
    parts = [begun[: min(rest, left)], *(line[-rest:] for line in above)]
    parts += [line[-edge:] for line in above]
    return all(
        _FEW * (len(part) - part.count(0)) >= len(part) and _BLACK not in part for part in parts
    )


def _is_content(beside: bytes, row: int) -> bool:
    """Tell whether an eighth of a row, and more than an outline, is something else than zeros."""
    return len(beside) - beside.count(0) >= max(row // 8, _LEAST_BESIDE)


def _extent(content: bytes, at: int, end: int) -> str:
    """Say how far the noise goes on, in whole windows; 4 MiB tell as much as all."""
    last = at
    following = at
    while 0 <= following <= last + 2 * HOP and last <= at + _MOST_FOLLOWED:
        last = following + HOP
        following = first_random_window(content, last, min(last + 4 * HOP, end))
    reached = "at least " if last > at + _MOST_FOLLOWED else ""
    return f"random-like from byte {at} to {reached}{min(last + HOP, end)}"
