"""A walk over LZW codes that tells where they stop making sense, without what they stand for.

Every code has to be one that was given out before (TIFF 6.0 section 13, GIF89a appendix F); a
quarter of random codes is not. No output is kept, so a picture costs no memory.
"""

from collections.abc import Generator

_CLEAR, _END, _FIRST = 256, 257, 258
_LARGEST, _WIDEST = 4095, 12
# Codes have twelve bits at most, and one more than a pixel at least.
_LEAST_BITS, _MOST_BITS = 1, 11
# How wide a code is, by the next one to be given out: TIFF changes one code early.
_WIDTHS = (9, 10, 11, 11, 12, 12, 12, 12)


def first_impossible_code(packed: bytes) -> int:
    """Return the byte at which a TIFF strip's codes stop making sense, -1 if they never do.

    Codes stand with their highest bit first; a strip may end without an end code.
    """
    bits = held = at = 0
    width, following, fresh = 9, _FIRST, True
    size = len(packed)
    while True:
        while held < width:
            if at >= size:
                return -1
            bits = (bits << 8 | packed[at]) & 0xFFFFFF
            held += 8
            at += 1
        held -= width
        code = bits >> held & (1 << width) - 1
        if code == _CLEAR:
            width, following, fresh = 9, _FIRST, True
        elif code == _END:
            return -1
        elif code > following - fresh or following > _LARGEST + 1:
            return at
        else:
            following += not fresh
            fresh = False
            width = _WIDTHS[min(following + 1, _LARGEST) >> 9]


def pixels_of_gif(blocks: bytes, bits: int, most: int) -> int | None:
    """Count the pixels that a picture's codes stand for; None where they stop making sense.

    `bits` is the size of a pixel that stands before the blocks, and `most` how many pixels are
    enough (GIF89a appendix F). Codes stand with their lowest bit first; the table may stay full.
    """
    if not _LEAST_BITS <= bits <= _MOST_BITS:
        return None
    clear = 1 << bits
    lengths = [1] * clear + [0, 0]
    pixels = before = 0
    codes = _least_first(blocks)
    next(codes)
    width = bits + 1
    while (code := codes.send(width)) >= 0 and code != clear + 1 and pixels < most:
        if code == clear:
            del lengths[clear + 2 :]
            width, before = bits + 1, 0
            continue
        if before and len(lengths) <= _LARGEST:
            lengths.append(before + 1)
            width += len(lengths) == 1 << width and width < _WIDEST
        if code >= len(lengths):
            return None
        before = lengths[code]
        pixels += before
    return pixels


def _least_first(packed: bytes) -> Generator[int, int, None]:
    """Yield codes, each as wide as was asked for, and -1 where the bytes end."""
    held = filled = 0
    width = yield -1
    for byte in packed:
        held |= byte << filled
        filled += 8
        while filled >= width:
            code = held & (1 << width) - 1
            held >>= width
            filled -= width
            width = yield code
    while True:
        yield -1
