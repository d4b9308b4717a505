"""Damage in JPEG, PNG and GIF pictures."""

import struct
from collections.abc import Iterator
from contextlib import suppress

from formats import images
from formats.faults import LimitError, MalformedError, TruncatedError
from formats.jpeg import count_foreign, packed_part
from formats.lzw import pixels_of_gif
from formats.randomness import CELL, first_random_window, is_noise
from sanitizers.damage.fault import (
    Fault,
    Nature,
    after_end,
    broken,
    broken_at,
    changed,
    cut,
    noise,
    zero_run,
    zeroed,
)
from sanitizers.damage.packed import End, deflation
from sanitizers.inflating import checksum
from sanitizers.interface import Opened

_PNG_HEADER = 8
_JPEG = b"\xff\xd8\xff"
_MOST_PICTURES = 64
# How much padding cameras leave between pictures.
_FARTHEST = 1 << 16
_ZLIB = 15
# Codes are walked one by one: half a second for a mebibyte.
_MOST_WALKED = 1 << 20
# Of bytes half of which are noise one in 700 contradicts what may be packed.
_LEAST_FOREIGN, _FOREIGN_IN = 4, 1500


def check_jpeg(opened: Opened) -> Iterator[Fault]:
    """Yield what is wrong with a picture."""
    content = opened.content
    end: int | None = None
    fault: Fault | None = None
    try:
        end = images.end_of_jpeg(content)
    except (TruncatedError, MalformedError, LimitError) as error:
        fault = broken(content, error)
        if isinstance(error, TruncatedError):
            fault = cut(content, error.reason, len(content))
    contradiction = check_scan(content, 0, end)
    if contradiction is not None or fault is not None:
        seen = cut(content, "no end of image") if fault is None else _packed_fault(content, fault)
        yield contradiction or seen
        return
    yield from _behind_jpeg(content, len(content) if end is None else end)


def _packed_fault(content: bytes, fault: Fault) -> Fault:
    """Look at the rest of a picture whose segments do not lead to its packed part."""
    if fault.nature not in (Nature.CHANGED, Nature.CUT):
        return fault
    start = max(fault.offset, 0) if fault.nature is Nature.CHANGED else 0
    foreign = count_foreign(content, start)
    if foreign < _LEAST_FOREIGN + (len(content) - start) // _FOREIGN_IN:
        return fault
    return noise("overwritten-structure", fault.offset, f"{foreign} impossible markers")


def _behind_jpeg(content: bytes, end: int) -> Iterator[Fault]:
    """Judge what follows a picture: further pictures, that cameras lay behind it, or anything else.

    Previews, depths and brightness are whole pictures of their own (CIPA DC-007, ISO 21496-1).
    """
    for _ in range(_MOST_PICTURES):
        following = content[end : end + _FARTHEST].lstrip(b"\x00\xff")
        start = end + min(_FARTHEST, len(content) - end) - len(following) - 1
        if not (following.startswith(b"\xd8") and content.startswith(_JPEG, start)):
            break
        try:
            stop = images.end_of_jpeg(content, start)
        except (TruncatedError, MalformedError, LimitError) as error:
            yield check_scan(content, start, None) or broken(content, error)
            return
        fault = check_scan(content, start, stop)
        if fault is not None:
            yield fault
            return
        end = stop
    yield from after_end(content, end)


def check_scan(content: bytes, start: int, end: int | None, tables: bytes = b"") -> Fault | None:
    """Return what contradicts the packed part of the JPEG picture between two offsets."""
    part = packed_part(content, start, end, tables)
    if part is None:
        return None
    if part.zeros >= 0 and content[part.zeros :].strip(b"\x00"):
        return zeroed(part.zeros, "in the packed part")
    if part.foreign > 1:
        return noise("overwritten-structure", part.first, f"{part.foreign} impossible markers")
    if part.foreign and first_random_window(content, part.start, end or len(content)) >= 0:
        return noise("overwritten-structure", part.first, "an impossible marker")
    return changed("broken-structure", part.first, "a marker") if part.foreign else None


def check_png(opened: Opened) -> Iterator[Fault]:
    """Yield what is wrong with a picture: chunks, their CRCs, and how its packed pixels end."""
    content = opened.content
    try:
        end = images.end_of_png(content, checksum)
    except TruncatedError as error:
        has_name = content[error.offset + 4 : error.offset + 8].isalpha()
        whole = has_name or error.offset + 8 > len(content)
        yield cut(content, error.reason, error.offset) if whole else broken(content, error)
    except MalformedError as error:
        yield _chunk_fault(opened, error)
    else:
        yield from after_end(content, end)


def _chunk_fault(opened: Opened, error: MalformedError) -> Fault:
    content, at = opened.content, error.offset
    if not content[at + 4 : at + 8].isalpha():
        return broken(content, error)
    end = at + 12 + int(struct.unpack_from(">I", content, at)[0])
    zeros = zero_run(content, at + 8, end)
    if zeros >= 0:
        return zeroed(zeros, "in a chunk")
    if first_random_window(content, at + 8, end - 4) >= 0 or _pixels_break(opened):
        return noise("overwritten-structure", at, "a chunk does not fit its CRC")
    if not content[end + 4 : end + 8].isalpha() and end + 8 <= len(content):
        return broken_at(content, end, "no chunk stands here")
    return changed("broken-structure", at, "a chunk does not fit its CRC")


def _pixels_break(opened: Opened) -> bool:
    """Join the data chunks, whatever their CRCs, and see whether they inflate."""
    content = opened.content
    pieces, at = [], _PNG_HEADER
    while at + 12 <= len(content):
        end = at + 12 + int(struct.unpack_from(">I", content, at)[0])
        if content[at + 4 : at + 8] == b"IDAT":
            pieces.append(content[at + 8 : end - 4])
        at = end
    most = opened.limits.most_expanded_bytes
    return deflation(b"".join(pieces), most=most, window=_ZLIB).end is End.BREAKS


def check_gif(opened: Opened) -> Iterator[Fault]:
    """Yield what is wrong with a picture."""
    content = opened.content
    try:
        end = images.end_of_gif(content)
    except (TruncatedError, MalformedError) as error:
        yield _gif_fault(content, error)
        return
    fault = _gif_codes(content)
    yield from after_end(content, end) if fault is None else [fault]


def _gif_codes(content: bytes) -> Fault | None:
    """Follow the codes of the first pictures: the walk passes over noise that leads back to it."""
    left = _MOST_WALKED
    for start, pixels, bits, blocks in _begun_pictures(content):
        left -= len(blocks)
        if left < 0:
            return None
        if pixels_of_gif(blocks, bits, pixels) is None:
            reason = "an impossible code"
            zeros = zero_run(content, start, start + len(blocks))
            return (
                zeroed(zeros, reason) if zeros >= 0 else noise("overwritten-stream", start, reason)
            )
    return None


def _begun_pictures(content: bytes) -> Iterator[tuple[int, int, int, bytes]]:
    with suppress(TruncatedError):
        yield from images.pictures_of_gif(content)


def _colors_end_in_noise(content: bytes, at: int) -> bool:
    """Tell whether the blocks begin within a cell of noise that the colours end in."""
    cell = at // CELL * CELL
    return at == images.after_gif_colors(content) and is_noise(content[cell : cell + CELL])


def _gif_fault(content: bytes, error: TruncatedError | MalformedError) -> Fault:
    """Judge a walk that failed: it follows lengths, so the fault began before it was seen.

    Few writers leave blocks half full. Of theirs the codes make sense up to where they were cut.
    """
    here = content[max(error.offset, 0) :][:16]
    if isinstance(error, MalformedError) and not here.strip(b"\x00"):
        return zeroed(error.offset, error.reason)
    if not content[-512:].strip(b"\x00"):
        return cut(content, error.reason)
    uneven = images.gif_blocks_are_uneven(content)
    is_cut = isinstance(error, TruncatedError)
    if uneven and is_cut:
        uneven = _gif_codes(content) is not None
    if uneven or _colors_end_in_noise(content, error.offset):
        return noise("overwritten-structure", 13, error.reason)
    if is_cut:
        return cut(content, error.reason, len(content))
    return broken(content, error)
