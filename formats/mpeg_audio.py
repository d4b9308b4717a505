"""The frames of MPEG audio, one behind the other to the end (ISO 11172-3 2.4.1.3, 13818-3).

A frame says how long it is, and the next one stands behind it: what was overwritten anywhere hides
the header of a frame.
"""

import struct

from formats.faults import LimitError, MalformedError, TruncatedError, UnsupportedError

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


def end_of_frames(content: bytes, start: int) -> int:
    """Follow the frames from the first one, and return where the last one ends.

    Raises:
        TruncatedError: a frame goes on beyond the last byte, or there are fewer than it says.
        MalformedError: no frame starts where one has to: the first, or one that others follow.
        UnsupportedError: frames do not say how long they are.
        LimitError: there are too many frames.
    """
    at = start
    frames = 0
    kinds = set()
    while size := frame_size(content, at):
        kinds.add(content[at + 1] & 0xFE)
        at += size
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


def _frame_further_on(content: bytes, at: int) -> bool:
    """Tell whether three frames in a row stand somewhere behind."""
    found = content.find(b"\xff", at)
    while found >= 0:
        following = found
        for _ in range(3):
            size = frame_size(content, following)
            following += size
            if not size:
                break
        else:
            return True
        found = content.find(b"\xff", found + 1)
    return False
