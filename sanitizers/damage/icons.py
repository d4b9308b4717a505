"""Damage in icons, cursors and portable bitmaps: pixels that nothing packs, and PNG pictures."""

from collections.abc import Callable, Iterator

from formats import images
from formats.faults import FormatError, MalformedError, TruncatedError
from formats.icons import PNG, Raster, pictures_of_anymap, pictures_of_icon
from formats.randomness import first_random_sector, is_noise
from sanitizers.damage.colors import colors_are_noise
from sanitizers.damage.fault import (
    Fault,
    after_end,
    broken_at,
    cut,
    noise,
    zero_run,
    zeroed,
)
from sanitizers.damage.plain import check_plain, zeros_in_rows
from sanitizers.damage.samples import check_samples
from sanitizers.inflating import checksum
from sanitizers.interface import Opened

_ENOUGH = 64
# Greys, and colours in bytes with or without their transparency.
_CHANNELS = frozenset({1, 3, 4})


def check_icon(opened: Opened) -> Iterator[Fault]:
    """Yield what is wrong with the pictures of an icon or a cursor.

    Raises:
        UnsupportedError: it holds something beside its pictures.
    """
    yield from _check(opened.content, pictures_of_icon)


def check_anymap(opened: Opened) -> Iterator[Fault]:
    """Yield what is wrong with a portable bitmap.

    Raises:
        UnsupportedError: its header is none that is known.
        LimitError: it holds too many pictures.
    """
    yield from _check(opened.content, pictures_of_anymap)


def _check(content: bytes, read: Callable[[bytes], list[Raster]]) -> Iterator[Fault]:
    try:
        pictures = read(content)
    except TruncatedError as error:
        yield cut(content, error.reason, error.offset)
        return
    except MalformedError as error:
        yield _astray(content, error)
        return
    end = 0
    for picture in pictures:
        faults = list(_pixels(content, picture))
        yield from faults[:1]
        if faults:
            return
        end = max(end, picture.end)
    yield from after_end(content, end)


def _astray(content: bytes, error: MalformedError) -> Fault:
    """Judge a header that cannot be: entries are numbers, and stand before all pixels."""
    if first_random_sector(content, 0, len(content)) >= 0:
        return noise("overwritten-structure", error.offset, error.reason)
    return broken_at(content, error.offset, error.reason)


def _pixels(content: bytes, picture: Raster) -> Iterator[Fault]:
    if content.startswith(PNG, picture.start):
        yield from check_png_within(content, picture.start, picture.end)
        return
    if colors_are_noise(content, picture.table, picture.start):
        yield noise("overwritten-structure", picture.table, "colours that cannot be")
        return
    if picture.pixel in _CHANNELS:
        first, last = picture.start, picture.end
        yield from check_samples(content, first, last, 1, channels=picture.pixel)
    else:
        yield from check_plain(content, picture.start, picture.end)
    yield from zeros_in_rows(content, picture.start, picture.end, picture.row)


def check_png_within(content: bytes, start: int, last: int) -> Iterator[Fault]:
    """Judge a PNG within a picture by its checksums, and by what stands where they do not fit."""
    inside = content[start:last]
    try:
        end = images.end_of_png(inside, checksum)
    except FormatError as error:
        at = start + max(error.offset, 0)
        zeros = zero_run(content, at, min(last, at + 12 + int.from_bytes(content[at : at + 4])))
        if zeros >= 0:
            yield zeroed(zeros, "a picture inside")
        elif isinstance(error, MalformedError) and _is_noisy(content, at, last):
            yield noise("overwritten-stream", at, error.reason)
        else:
            yield broken_at(content, at, error.reason)
    else:
        yield from after_end(inside, end)


def _is_noisy(content: bytes, at: int, end: int) -> bool:
    return first_random_sector(content, at, end) >= 0 or is_noise(
        content[at : min(at + _ENOUGH, end)]
    )
