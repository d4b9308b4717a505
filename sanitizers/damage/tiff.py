"""Damage in TIFF pictures: impossible directories, missing strips, noise in plain ones."""

from collections.abc import Iterator

from formats import tiff
from formats.faults import MalformedError, TruncatedError
from formats.randomness import CELL, first_random_sector, is_noise
from sanitizers.damage.fault import Fault, after_end, broken_at, cut, noise
from sanitizers.damage.plain import check_plain, zeros_in_rows
from sanitizers.damage.strips import check_strips
from sanitizers.interface import Opened

_PLAIN = 1


def check_tiff(opened: Opened) -> Iterator[Fault]:
    """Yield what is wrong with a picture."""
    content = opened.content
    try:
        picture = tiff.read_tiff(content)
    except MalformedError as error:
        yield broken_at(content, error.offset, error.reason)
        return
    except TruncatedError as error:
        place = content[error.offset : error.offset + 4 * CELL] if error.offset >= 0 else b""
        if len(place) == 4 * CELL and is_noise(place):
            yield noise("overwritten-structure", error.offset, error.reason)
        else:
            yield cut(content, error.reason, len(content))
        return
    faults = list(_pixels(opened, picture))
    yield from faults[:1]
    if not faults:
        yield from after_end(content, picture.end)


def _pixels(opened: Opened, picture: tiff.Picture) -> Iterator[Fault]:
    content = opened.content
    for start, end in _plain_regions(picture):
        yield from check_plain(content, start, end)
    for start, end in picture.plain_values:
        yield from _value(content, start, end)
    packed = tuple(strip for strip in picture.strips if strip.packing != _PLAIN)
    yield from check_strips(opened, packed)
    yield from _rows(content, picture)


def _value(content: bytes, start: int, end: int) -> Iterator[Fault]:
    """Look for noise in the long value of a tag, by sectors of its own: it may lie anywhere."""
    at = first_random_sector(content, start, end)
    if at >= 0:
        yield noise("random-region", at, "a random-like sector in the value of a tag")


def _plain_regions(picture: tiff.Picture) -> Iterator[tuple[int, int]]:
    """Join the plain strips that follow one another: each alone may be shorter than a window."""
    start = end = 0
    for strip in picture.strips:
        if strip.packing != _PLAIN:
            continue
        if strip.start != end:
            yield start, end
            start = strip.start
        end = strip.end
    yield start, end


def _rows(content: bytes, picture: tiff.Picture) -> Iterator[Fault]:
    """Look for rows that were never written, over all plain strips that follow one another."""
    plain = [strip for strip in picture.strips if strip.packing == _PLAIN and strip.row]
    if plain and sum(s.end - s.start for s in plain) == plain[-1].end - plain[0].start:
        yield from zeros_in_rows(content, plain[0].start, plain[-1].end, plain[0].row)
