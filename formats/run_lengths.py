"""Run lengths in pictures: BI_RLE8 and BI_RLE4 ([MS-WMF] 3.1.6), PackBits (TIFF 6.0 section 9).

Every code says how many pixels it stands for, so that rows which are too long, or too many, tell
what was overwritten.
"""

from formats.faults import MalformedError, TruncatedError

PACKINGS = {1: 8, 2: 4}
_NOTHING = 128
_END_OF_ROW, _END, _MOVE = 0, 1, 2
# Some writers fill rows up to whole bytes or words of pixels.
_SLACK = 8


def end_of_runs(content: bytes, start: int, size: tuple[int, int], bits: int) -> int:
    """Follow the codes at `start` to their end; `size` is the picture's width and height.

    Raises:
        TruncatedError: the codes stop before the picture is full.
        MalformedError: a row is longer than the picture is wide, or there are too many.
    """
    width, height = size
    at, column, row = start, 0, 0
    while at + 2 <= len(content):
        count, value = content[at], content[at + 1]
        at += 2
        if count:
            column += count
        elif value == _END:
            return at
        elif value == _END_OF_ROW:
            column, row = 0, row + 1
        elif value == _MOVE:
            right, down = (*content[at : at + 2], 0, 0)[:2]
            at, column, row = at + 2, column + right, row + down
        else:
            column += value
            at += ((value * bits + 7) // 8 + 1) // 2 * 2
        if column > width + _SLACK or row > height:
            raise MalformedError("runs beyond the edge of the picture", offset=at - 2)
    if row < height - 1:
        raise TruncatedError("the picture is not full", offset=len(content))
    return len(content)


def bytes_of_packbits(packed: bytes) -> int:
    """Return how many bytes the codes stand for; a run that is cut counts as far as it goes."""
    at = given = 0
    size = len(packed)
    while at < size:
        code = packed[at]
        if code < _NOTHING:
            given += min(code + 1, size - at - 1)
            at += code + 2
        else:
            if code > _NOTHING and at + 1 < size:
                given += 257 - code
            at += 1 + (code > _NOTHING)
    return given
