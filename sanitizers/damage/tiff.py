"""Damage in TIFF pictures: impossible directories, missing strips, noise in plain ones."""

from collections.abc import Iterator

from formats import tiff
from formats.faults import MalformedError, TruncatedError
from formats.lzw import first_impossible_code
from formats.randomness import CELL, is_noise
from sanitizers.damage.fault import Fault, after_end, broken_at, cut, noise, zero_run, zeroed
from sanitizers.damage.packed import End, deflation
from sanitizers.damage.pictures import check_scan
from sanitizers.damage.plain import check_plain, zeros_in_rows
from sanitizers.interface import Opened

_PLAIN, _LZW, _JPEG = 1, 5, 7
# Codes are walked one by one: half a second for this many bytes.
_MOST_WALKED = 1 << 18
_DEFLATED = frozenset({8, 32946})
_ZLIB = 15


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
    walked = 0
    for start, end in _plain_regions(picture):
        yield from check_plain(content, start, end)
    for strip in picture.strips:
        if strip.packing == _PLAIN:
            continue
        if strip.packing in _DEFLATED:
            yield from _deflated(opened, strip)
        elif strip.packing == _JPEG:
            fault = check_scan(content, strip.start, strip.end)
            yield from [fault] if fault is not None else []
        elif strip.packing == _LZW:
            walked += strip.end - strip.start
            if walked <= _MOST_WALKED:
                yield from _codes(content, strip)
        elif (zeros := zero_run(content, strip.start, strip.end)) >= 0:
            yield zeroed(zeros, "in a packed strip")
    yield from _rows(content, picture)


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


def _codes(content: bytes, strip: tiff.Strip) -> Iterator[Fault]:
    at = first_impossible_code(content[strip.start : strip.end])
    if at < 0:
        return
    zeros = zero_run(content, strip.start, strip.end)
    if zeros >= 0:
        yield zeroed(zeros, "in a packed strip")
    else:
        yield noise("overwritten-stream", strip.start + at, "an impossible code")


def _rows(content: bytes, picture: tiff.Picture) -> Iterator[Fault]:
    """Look for rows that were never written, over all plain strips that follow one another."""
    plain = [strip for strip in picture.strips if strip.packing == _PLAIN and strip.row]
    if plain and sum(s.end - s.start for s in plain) == plain[-1].end - plain[0].start:
        yield from zeros_in_rows(content, plain[0].start, plain[-1].end, plain[0].row)


def _deflated(opened: Opened, strip: tiff.Strip) -> Iterator[Fault]:
    packed = opened.content[strip.start : strip.end]
    found = deflation(packed, most=opened.limits.most_expanded_bytes, window=_ZLIB)
    if found.end not in (End.BREAKS, End.RUNS_OUT):
        return
    zeros = zero_run(opened.content, strip.start, strip.end)
    if zeros >= 0:
        yield zeroed(zeros, "in a strip")
    elif found.end is End.BREAKS:
        yield noise("overwritten-stream", strip.start, "a strip breaks")
