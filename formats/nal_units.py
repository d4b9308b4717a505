"""Units of packed films: H.264 and H.265 behind their lengths, AV1 behind its own.

ISO 14496-15 (lengths), ITU H.264 7.4.1 and H.265 7.4.2 (what no unit has), AV1 5.3 (OBUs).
"""

import re

from formats.faults import MalformedError

# Three bytes that a start code or its end would have: writers put a 3 between (7.4.1).
_FORBIDDEN = re.compile(rb"\x00\x00[\x00-\x02]")
_FORBIDDEN_BIT = 0x80
# Some writers fill the end of a unit.
_MOST_ZEROS = 8
_LEB, _MOST_LEB = 0x7F, 8


def check_units(content: bytes, start: int, end: int, length_size: int) -> None:
    """Follow the units that fill a sample, each behind its length.

    Raises:
        MalformedError: they do not, or a unit has bytes that none has.
    """
    at = start
    while at < end:
        first = at + length_size
        last = first + int.from_bytes(content[at:first])
        if last > end or last <= first or content[first] & _FORBIDDEN_BIT:
            raise MalformedError("no unit starts here", offset=at)
        found = _FORBIDDEN.search(content, first, last)
        if found is not None and (found.start() + _MOST_ZEROS < last or content[last - 1]):
            raise MalformedError("bytes that no unit has", offset=found.start())
        at = last


def check_obus(content: bytes, start: int, end: int) -> None:
    """Follow the units of AV1 that fill a sample; the last one may have no length.

    Raises:
        MalformedError: they do not.
    """
    at = start
    while at < end:
        header = content[at]
        if header & 0x81:
            raise MalformedError("no unit starts here", offset=at)
        body = at + (2 if header & 4 else 1)
        if not header & 2:
            return
        size, body = _leb128(content, body, end)
        if body + size > end:
            raise MalformedError("no unit starts here", offset=at)
        at = body + size


def _leb128(content: bytes, at: int, end: int) -> tuple[int, int]:
    value = 0
    for place in range(_MOST_LEB):
        if at + place >= end:
            break
        byte = content[at + place]
        value |= (byte & _LEB) << 7 * place
        if byte <= _LEB:
            return value, at + place + 1
    raise MalformedError("a length that is none", offset=at)
