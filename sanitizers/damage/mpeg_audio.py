"""Damage in MPEG audio: frames that say how long they are, and a picture in front of them."""

from collections.abc import Iterator

from formats import images
from formats.faults import FormatError, MalformedError, TruncatedError
from formats.mpeg_audio import end_of_frames
from formats.randomness import CELL, SECTOR, is_noise
from formats.sound_tags import Picture, tags_before, tags_behind
from sanitizers.damage.fault import (
    Fault,
    Nature,
    after_end,
    broken_at,
    cut,
    noise,
    zero_run,
    zeroed,
)
from sanitizers.damage.pictures import check_scan
from sanitizers.inflating import checksum
from sanitizers.interface import Opened

# Writers fill up a block at most.
_LEAST_UNWRITTEN = 4096
# The first frame may hold counts instead of sound, and zeros.
_FIRST_FRAME = 2881


def check_mpeg_audio(opened: Opened) -> Iterator[Fault]:
    """Yield what is wrong with the tags, the picture and the frames of a recording.

    Raises:
        UnsupportedError: they cannot be followed, or a tag may hold a file.
        LimitError: there are too many frames.
    """
    content = opened.content
    try:
        start, pictures = tags_before(content)
        faults = [fault for picture in pictures for fault in check_cover(content, picture)]
        end = tags_behind(content, end_of_frames(content, start))
    except TruncatedError as error:
        yield cut(content, error.reason, len(content))
    except MalformedError as error:
        yield astray(content, error)
    else:
        unwritten = not content[end:].strip(b"\x00") and _is_unwritten(content, start, end)
        if faults or unwritten:
            yield faults[0] if faults else cut(content, "no frames at the end", end)
        else:
            yield from after_end(content, end)


def _is_unwritten(content: bytes, start: int, end: int) -> bool:
    """Tell zeros that nobody wrote from filling: they are too many, or begin amid the last frame.

    Sound without anything in it has zeros in every frame; here no other one has.
    """
    if len(content) - end >= _LEAST_UNWRITTEN:
        return True
    zeros = len(content.rstrip(b"\x00"))
    amid = start < zeros <= end - CELL and len(content) - zeros >= SECTOR
    return amid and bytes(CELL) not in content[start + _FIRST_FRAME : zeros]


def astray(content: bytes, error: MalformedError) -> Fault:
    """Judge what stands where a frame has to: packed sound looks as random as noise does."""
    fault = broken_at(content, error.offset, error.reason)
    if fault.nature is not Nature.CHANGED:
        return fault
    zeros = zero_run(content[error.offset :][:SECTOR])
    if zeros >= 0:
        return zeroed(error.offset + zeros, error.reason)
    if is_noise(content[error.offset :][:SECTOR]):
        return noise(fault.rule, error.offset, error.reason)
    return fault


def check_cover(content: bytes, picture: Picture) -> Iterator[Fault]:
    """Judge the picture of a tag by its own structure."""
    inside = content[picture.start : picture.end]
    is_jpeg = inside.startswith(b"\xff\xd8")
    try:
        end = images.end_of_jpeg(inside) if is_jpeg else images.end_of_png(inside, checksum)
    except FormatError as error:
        at = picture.start + max(error.offset, 0)
        zeros = zero_run(content, picture.start, picture.end)
        yield zeroed(zeros, error.reason) if zeros >= 0 else broken_at(content, at, error.reason)
        return
    fault = check_scan(inside, 0, end) if is_jpeg else None
    yield from [fault] if fault is not None else after_end(inside, end)
