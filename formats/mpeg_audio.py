"""The frames of MPEG audio, one behind the other to the end (ISO 11172-3 2.4.1.3, 13818-3).

A frame says how long it is, and the next one stands behind it: what was overwritten anywhere hides
the header of a frame. Recordings that were put together, or received, have a tag or a few stray
bytes between two frames: fewer than a frame, since what is overwritten is at least one. Where they
were joined a frame may also stop early, and the next ones begin within it.
"""

import struct

from formats.faults import LimitError, MalformedError, TruncatedError, UnsupportedError
from formats.hidden import first_hidden
from formats.randomness import is_noise
from formats.sound_tags import tags_behind

_V1 = {
    1: (0, 32, 64, 96, 128, 160, 192, 224, 256, 288, 320, 352, 384, 416, 448),
    2: (0, 32, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320, 384),
    3: (0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320),
}
_V2 = {
    1: (0, 32, 48, 56, 64, 80, 96, 112, 128, 144, 160, 176, 192, 224, 256),
    2: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
    3: (0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160),
}
_RATES = (44_100, 48_000, 32_000)
# Version bits 3, 2 and 0: MPEG 1, 2 and 2.5, which halve the rates.
_HALVES = {3: 1, 2: 2, 0: 4}
_LEAST_FRAMES, _LONGEST_FRAME = 4, 2881
_WITHIN = 64
_COUNTED = (b"Xing", b"Info")
_MOST_FRAMES = 2_000_000
_MOST_GAPS, _NOISY_GAP = 16, 64
_IN_A_ROW = 3
_HEADER = 4


def end_of_frames(content: bytes, start: int) -> int:
    """Follow the frames from the first one, and return where the last one ends.

    Raises:
        TruncatedError: a frame goes on beyond the last byte, or there are fewer than it says.
        MalformedError: no frame starts where one has to: the first, or one that others follow.
        UnsupportedError: frames do not say how long they are.
        LimitError: there are too many frames.
    """
    at, frames, gaps, least = start, 0, 0, _LONGEST_FRAME
    last = start
    kinds = set()
    while True:
        size = frame_size(content, at)
        if not size:
            further = _within_frame(content, last, at) if frames else at
            if further == at:
                further = _behind_gap(content, at, least if frames else _NOISY_GAP if start else 0)
            gaps += 1
            if further == at or gaps > _MOST_GAPS:
                break
            at = further
            continue
        kinds.add(content[at + 1] & 0xFE)
        last = at
        at += size
        least = min(least, size)
        frames += 1
        if frames > _MOST_FRAMES:
            raise LimitError("too many frames", offset=at)
    if at > len(content):
        raise TruncatedError("a frame is cut", offset=len(content))
    lost = 0 < frames < _LEAST_FRAMES and len(content) > at + _LONGEST_FRAME
    begins = frames > 0 or content[at : at + 1] == b"\xff"
    if lost or not begins or _frame_further_on(content, at):
        raise MalformedError("no frame starts here", offset=at)
    if frames < _LEAST_FRAMES or len(kinds) > 1:
        raise UnsupportedError("no frames that say how long they are", offset=at)
    if _counted(content, start) > at - start:
        raise TruncatedError("frames are missing", offset=len(content))
    return at


def frame_size(content: bytes, at: int) -> int:
    """Return the length of the frame at an offset, 0 when none starts there."""
    if at + 4 > len(content):
        return 0
    (word,) = struct.unpack_from(">I", content, at)
    version, layer, rate = word >> 19 & 3, 4 - (word >> 17 & 3), word >> 10 & 3
    index = word >> 12 & 15
    if word >> 21 != 0x7FF or version not in _HALVES or layer == 4 or rate == 3 or index == 15:
        return 0
    bits = (_V1 if version == 3 else _V2)[layer][index] * 1000
    rate_a_second = _RATES[rate] // _HALVES[version]
    padding = word >> 9 & 1
    if layer == 1:
        return (12 * bits // rate_a_second + padding) * 4 if bits else 0
    samples = 72 if layer == 3 and version != 3 else 144
    return samples * bits // rate_a_second + padding if bits else 0


def _counted(content: bytes, start: int) -> int:
    """Return how many bytes the first frame says that all frames have, 0 if it does not."""
    head = content[start : start + _WITHIN]
    at = next((place for mark in _COUNTED if (place := head.find(mark)) >= 0), -1)
    if at < 0 or not content[start + at + 7] & 2:
        return 0
    place = start + at + (12 if content[start + at + 7] & 1 else 8)
    return int.from_bytes(content[place : place + 4], "big")


def _behind_gap(content: bytes, at: int, least: int) -> int:
    """Return where frames go on behind a tag, or behind fewer bytes than a frame has; else `at`."""
    behind = tags_behind(content, at)
    if behind > at and _frames_at(content, behind):
        return behind
    found = content.find(b"\xff", at, at + least)
    while found >= 0 and not _frames_at(content, found):
        found = content.find(b"\xff", found + 1, at + least)
    gap = content[at:found] if found > at else b""
    stray = gap and not first_hidden(gap) and (len(gap) < _NOISY_GAP or not is_noise(gap))
    return found if stray else at


def _within_frame(content: bytes, last: int, at: int) -> int:
    """Return where frames go on within the last one, which was joined to them; else `at`."""
    found = content.find(b"\xff", last + _HEADER, at)
    while found >= 0 and not _frames_at(content, found):
        found = content.find(b"\xff", found + 1, at)
    return found if found >= 0 else at


def _frames_at(content: bytes, at: int) -> bool:
    """Tell whether some frames in a row begin here."""
    for _ in range(_IN_A_ROW):
        size = frame_size(content, at)
        if not size:
            return False
        at += size
    return at <= len(content)


def _frame_further_on(content: bytes, at: int) -> bool:
    """Tell whether frames in a row stand somewhere behind."""
    found = content.find(b"\xff", at)
    while found >= 0:
        if _frames_at(content, found):
            return True
        found = content.find(b"\xff", found + 1)
    return False
