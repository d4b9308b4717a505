"""Damage in FLAC: frames that do not fit their sums, and notes that are none."""

from collections.abc import Iterator

from formats.faults import MalformedError, TruncatedError, UnsupportedError
from formats.flac import (
    COMMENT,
    CUES,
    INFO,
    PADDING,
    PICTURE,
    SEEKS,
    Block,
    blocks,
    end_of_frames,
    total_samples,
)
from formats.hidden import first_hidden
from formats.randomness import CELL, is_noise
from formats.sound_tags import Picture, tags_behind
from sanitizers.damage.fault import (
    Fault,
    after_end,
    broken_at,
    cut,
    is_noise_at,
    noise,
    zero_run,
    zeroed,
)
from sanitizers.damage.mpeg_audio import check_cover
from sanitizers.interface import Opened

_SEEK = 18
# The sum of all samples, which is noise by right, ends at byte 42.
_AFTER_INFO = 48
_LONGEST = 1 << 16
_MARKS = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n")


def check_flac(opened: Opened) -> Iterator[Fault]:
    """Yield what is wrong with the notes, the cover and the frames of a recording.

    Raises:
        UnsupportedError: notes that may hold a file, or nothing says where the recording ends.
        LimitError: there are too many frames.
    """
    content = opened.content
    try:
        found = list(blocks(content))
    except (TruncatedError, MalformedError) as error:
        yield _block_fault(content, error)
        return
    try:
        faults = [fault for block in found for fault in _notes(content, block)]
        if faults:
            yield faults[0]
            return
        end = end_of_frames(content, found[-1].end, total_samples(content, found[0]))
        yield from after_end(content, tags_behind(content, end))
    except TruncatedError as error:
        yield cut(content, error.reason, len(content))
    except MalformedError as error:
        yield _overwritten(content, error)


def _block_fault(content: bytes, error: TruncatedError | MalformedError) -> Fault:
    """Judge what stands where a block has to: noise there, or in a cell beside it, in stripes."""
    at = max(error.offset // CELL * CELL, _AFTER_INFO)
    beside = (content[place : place + CELL] for place in range(at, at + 3 * CELL, CELL))
    if is_noise_at(content, error.offset) or any(map(is_noise, beside)):
        return noise("overwritten-structure", error.offset, error.reason)
    if isinstance(error, TruncatedError):
        return cut(content, error.reason, len(content))
    return broken_at(content, error.offset, error.reason)


def _overwritten(content: bytes, error: MalformedError) -> Fault:
    """Judge a frame that does not fit: it is packed, so what are no zeros was overwritten."""
    zeros = zero_run(content, max(error.offset, 0))
    if zeros >= 0:
        return zeroed(zeros, error.reason)
    return noise("overwritten-stream", error.offset, error.reason)


def _notes(content: bytes, block: Block) -> Iterator[Fault]:
    """Look at a block before the frames: numbers, words, a picture, zeros.

    Raises:
        UnsupportedError: it may hold a file.
    """
    held = content[block.start : block.end]
    if block.kind == PICTURE:
        yield from _cover(content, block)
    elif block.kind == PADDING:
        if held.strip(b"\x00"):
            first = block.start + len(held) - len(held.lstrip(b"\x00"))
            yield broken_at(content, first, "padding that is not of zeros")
    elif block.kind in (SEEKS, CUES, COMMENT):
        yield from _words(content, block)
    elif block.kind != INFO and (len(held) > _LONGEST or first_hidden(held)):
        raise UnsupportedError("notes that may hold a file", offset=block.start)


def _words(content: bytes, block: Block) -> Iterator[Fault]:
    held = content[block.start : block.end]
    if len(held) > _LONGEST or first_hidden(held):
        raise UnsupportedError("notes that may hold a file", offset=block.start)
    if block.kind == SEEKS:
        if len(held) % _SEEK:
            yield broken_at(content, block.start, "a table of places that cannot be")
    elif block.kind == COMMENT:
        remarks = _remarks(held)
        if remarks is None:
            yield broken_at(content, _first_noise(content, block), "remarks of another length")
        elif any(map(_is_overwritten, remarks)):
            at = _first_noise(content, block)
            yield noise("overwritten-structure", at, "noise in remarks")


def _remarks(held: bytes) -> list[bytes] | None:
    """Return all remarks; None when they are not as long as they say (RFC 9639 8.6)."""
    found = []
    at = 4 + int.from_bytes(held[:4], "little")
    count = int.from_bytes(held[at : at + 4], "little")
    at += 4
    for _ in range(min(count, len(held))):
        start = at + 4
        at = start + int.from_bytes(held[at:start], "little")
        found.append(held[start:at])
    return found if at == len(held) else None


def _is_overwritten(remark: bytes) -> bool:
    """Tell noise from the letters of any language, which are UTF-8."""
    try:
        remark.decode()
    except UnicodeDecodeError:
        return any(is_noise(remark[at : at + CELL]) for at in range(max(1, len(remark) - CELL + 1)))
    return False


def _first_noise(content: bytes, block: Block) -> int:
    places = range(block.start, max(block.start + 1, block.end - CELL + 1))
    return next((at for at in places if is_noise(content[at : at + CELL])), block.start)


def _cover(content: bytes, block: Block) -> Iterator[Fault]:
    """Judge the picture of a block behind its description (8.8)."""
    held = content[block.start : block.end]
    start = 8 + int.from_bytes(held[4:8])
    start += 4 + int.from_bytes(held[start : start + 4]) + 16
    size = int.from_bytes(held[start : start + 4])
    start += 4
    if start + size != len(held):
        raise MalformedError("a picture of another size", offset=block.start)
    if not held.startswith(_MARKS, start) or first_hidden(held[:start]):
        raise UnsupportedError("a picture that is none", offset=block.start)
    yield from check_cover(content, Picture(start=block.start + start, end=block.end))
