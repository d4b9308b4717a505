"""A walk over LZW codes that tells where they stop making sense, without what they stand for.

Every code has to be one that was given out before (TIFF 6.0 section 13, GIF89a appendix F); a
quarter of random codes is not. No output is kept, so a picture costs no memory.
"""

_CLEAR, _END, _FIRST = 256, 257, 258
_LARGEST = 4095
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
