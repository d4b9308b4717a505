"""Damage in BMP pictures: colours, pixels that nothing packs, run lengths."""

import struct
from collections.abc import Iterator

from formats import images
from formats.faults import MalformedError, TruncatedError
from formats.randomness import CELL, is_noise
from formats.run_lengths import PACKINGS, end_of_runs
from sanitizers.damage.colors import colors_are_noise
from sanitizers.damage.fault import Fault, after_end, broken_at, cut, noise, zero_run, zeroed
from sanitizers.damage.icons import check_png_within
from sanitizers.damage.pictures import check_scan
from sanitizers.damage.plain import check_plain, zeros_in_rows
from sanitizers.interface import Opened

_SIZES = 32
_HEADER, _MASKED, _MASKS = 14, 3, 12
# Bitmaps that hold a JPEG or PNG picture for printers (BITMAPINFOHEADER, biCompression 4 and 5).
_LONG_HEADER, _JPEG, _PNG = 40, 4, 5
_COLOR, _FEW_COLORS = 4, 8


def check_bmp(opened: Opened) -> Iterator[Fault]:
    """Yield what is wrong with a bitmap; its pixels are seldom packed."""
    content = opened.content
    try:
        end = images.end_of_bmp(content)
    except TruncatedError as error:
        # Sizes and counts are small numbers: a header of noise claims more than there ever was.
        destroyed = is_noise(content[_SIZES : _SIZES + CELL]) or _colors_are_noise(content)
        name = "overwritten-structure"
        yield (
            noise(name, 0, error.reason) if destroyed else cut(content, error.reason, len(content))
        )
        return
    except struct.error:
        yield cut(content, "the header is cut", len(content))
        return
    faults = list(_parts(content, min(end, len(content))))
    yield from faults[:1] or after_end(content, end)


def _parts(content: bytes, end: int) -> Iterator[Fault]:
    packing = int.from_bytes(content[30:34], "little") if content[14] >= _LONG_HEADER else 0
    if packing in (_JPEG, _PNG):
        yield from _whole_picture(content, images.rows_of_bmp(content)[1], end, packing)
        return
    if _colors_are_noise(content):
        yield noise("overwritten-structure", _HEADER, "colours that cannot be")
    row, start = images.rows_of_bmp(content)
    if packing in PACKINGS:
        yield from _runs(content, start, packing)
        return
    yield from check_plain(content, start, end)
    yield from zeros_in_rows(content, start, end, row)


def _whole_picture(content: bytes, start: int, end: int, packing: int) -> Iterator[Fault]:
    if packing == _PNG:
        yield from check_png_within(content, start, end)
    elif (fault := check_scan(content, start, end)) is not None:
        yield fault


def _runs(content: bytes, start: int, packing: int) -> Iterator[Fault]:
    width, height = struct.unpack_from("<ii", content, 18)
    try:
        end_of_runs(content, start, (width, abs(height)), PACKINGS[packing])
    except (TruncatedError, MalformedError) as error:
        zeros = zero_run(content, start)
        if zeros >= 0:
            yield zeroed(zeros, error.reason)
        elif isinstance(error, TruncatedError):
            yield cut(content, error.reason, len(content))
        else:
            yield _astray(content, start, error)


def _astray(content: bytes, start: int, error: MalformedError) -> Fault:
    """Judge runs that lead beyond the picture: they follow lengths, and go on for a while."""
    for at in range(max(start, error.offset - 16 * CELL) // CELL * CELL, error.offset + CELL, CELL):
        if is_noise(content[at : at + CELL]):
            return noise("overwritten-stream", at, error.reason)
    return broken_at(content, error.offset, error.reason)


def _colors_are_noise(content: bytes) -> bool:
    """Tell whether noise stands in the table of colours."""
    (header,) = struct.unpack_from("<I", content, _HEADER)
    if header < _LONG_HEADER or len(content) < _HEADER + _LONG_HEADER:
        return False
    depth, packing = struct.unpack_from("<HI", content, 28)
    if not 0 < depth <= _FEW_COLORS:
        return False
    (used,) = struct.unpack_from("<I", content, 46)
    start = _HEADER + int(header)
    start += _MASKS if packing == _MASKED and header == _LONG_HEADER else 0
    pixels = int.from_bytes(content[10:14], "little")
    end = min(start + _COLOR * min(used or 1 << depth, 1 << depth), pixels, len(content))
    return colors_are_noise(content, start, end)
