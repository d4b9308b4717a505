"""Frames of AAC in a stream of their own (ADTS, ISO/IEC 13818-7 6.2): each says how long it is."""

from formats.faults import LimitError, MalformedError, TruncatedError, UnsupportedError

_HEADER = 7
_LEAST_FRAMES = 3
_MOST_FRAMES = 4_000_000
_RATES = 13
# Bits that are the same in every frame: the mark, version, kind of sound, rate and channels.
_FIXED = (0xFF, 0xFE, 0xFD, 0xC0)


def end_of_frames(content: bytes, start: int) -> int:
    """Follow the frames from the first one, and return where the last one ends.

    Raises:
        TruncatedError: a frame goes on beyond the last byte.
        MalformedError: no frame starts where one has to: the first, or one that others follow.
        UnsupportedError: there are too few frames to be sure.
        LimitError: there are too many frames.
    """
    at, frames = start, 0
    mark = _mark(content, start)
    while size := _frame_size(content, at, mark):
        at += size
        frames += 1
        if frames > _MOST_FRAMES:
            raise LimitError("too many frames", offset=at)
    if at > len(content):
        raise TruncatedError("a frame is cut", offset=len(content))
    if not frames or (at < len(content) and _follow(content, at, mark)):
        raise MalformedError("no frame starts here", offset=at)
    if 0 < len(content) - at < _HEADER and content[at : at + 1] == b"\xff":
        raise TruncatedError("a frame is cut", offset=len(content))
    if frames < _LEAST_FRAMES:
        raise UnsupportedError("too few frames", offset=at)
    return at


def _mark(content: bytes, at: int) -> bytes:
    return bytes(byte & mask for byte, mask in zip(content[at : at + 4], _FIXED, strict=False))


def _frame_size(content: bytes, at: int, mark: bytes) -> int:
    """Return the length of the frame at an offset, 0 when none starts there."""
    header = content[at : at + _HEADER]
    if len(header) < _HEADER or header[0] != 0xFF or header[1] & 0xF6 != 0xF0:
        return 0
    if _mark(content, at) != mark or header[2] >> 2 & 15 >= _RATES:
        return 0
    size = (header[3] & 3) << 11 | header[4] << 3 | header[5] >> 5
    return size if size > (_HEADER if header[1] & 1 else _HEADER + 2) else 0


def _follow(content: bytes, at: int, mark: bytes) -> bool:
    """Tell whether three frames in a row stand somewhere behind."""
    found = content.find(b"\xff", at)
    while found >= 0:
        following = found
        for _ in range(_LEAST_FRAMES):
            size = _frame_size(content, following, mark)
            following += size
            if not size or following > len(content):
                break
        else:
            return True
        found = content.find(b"\xff", found + 1)
    return False
