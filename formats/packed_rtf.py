"""The packed RTF of Outlook messages ([MS-OXRTFCP]): a dictionary of 4 KiB, filled beforehand."""

import struct
from typing import Final

from formats.faults import LimitError, MalformedError, TruncatedError

_HEADER = struct.Struct("<IIII")
_BEHIND_SIZE = 12
_PACKED, _PLAIN = b"LZFu", b"MELA"
# Section 2.1.2.1: what the dictionary holds before the first byte.
_BEFOREHAND: Final = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern "
    b"\\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0"
    b"\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)
_WINDOW = 4096
_POLYNOMIAL = 0xEDB88320


def unpack_rtf(content: bytes, *, most: int) -> bytes:
    """Return the RTF text.

    Raises:
        TruncatedError: it is cut.
        MalformedError: its sizes or its checksum do not fit, or it refers to what was never
            written.
        LimitError: it comes to more than `most` bytes.
    """
    if len(content) < _HEADER.size:
        raise TruncatedError("the header of the packed text is cut", offset=0)
    size, plain_size, _, checksum = _HEADER.unpack_from(content)
    form = content[8:12]
    if plain_size > most:
        raise LimitError(f"a text of more than {most} bytes")
    if size < _BEHIND_SIZE or size + 4 > len(content):
        raise TruncatedError("the packed text is cut", offset=len(content))
    body = content[_HEADER.size : size + 4]
    if form == _PLAIN:
        return _as_long(body, plain_size)
    if form != _PACKED:
        raise MalformedError("no packed text stands here", offset=8)
    if crc(body) != checksum:
        raise MalformedError("the checksum of the packed text does not fit", offset=12)
    return _as_long(_unpacked(body, plain_size), plain_size)


def _as_long(plain: bytes, size: int) -> bytes:
    """Return as many bytes as were promised; writers fill up a text that is not packed."""
    if len(plain) < size:
        raise TruncatedError("the text is shorter than it says")
    return plain[:size]


def _unpacked(body: bytes, size: int) -> bytes:
    """Follow section 3.1.1.2: eight tokens behind each control byte, the lowest bit first."""
    written = bytearray(_BEFOREHAND)
    end = len(_BEFOREHAND) + size
    at = 0
    while at < len(body):
        control, at = body[at], at + 1
        for bit in range(8):
            if at >= len(body):
                break
            if not control >> bit & 1:
                written.append(body[at])
                at += 1
                continue
            if _refer(body[at : at + 2], written):
                return bytes(written[len(_BEFOREHAND) :])
            at += 2
        if len(written) > end + _WINDOW:
            raise MalformedError("the text is longer than it says")
    raise TruncatedError("the packed text has no end")


def _refer(token: bytes, written: bytearray) -> bool:
    """Append what a reference stands for; true at the one that marks the end."""
    if len(token) < 2:
        raise TruncatedError("a reference is cut")
    (number,) = struct.unpack(">H", token)
    back = (len(written) - (number >> 4)) % _WINDOW
    if back == 0:
        return True
    start = len(written) - back
    if start < 0:
        raise MalformedError("a reference to what was never written")
    for place in range(start, start + (number & 0xF) + 2):
        written.append(written[place])
    return False


def _table() -> tuple[int, ...]:
    rows = []
    for number in range(256):
        row = number
        for _ in range(8):
            row = row >> 1 ^ (_POLYNOMIAL if row & 1 else 0)
        rows.append(row)
    return tuple(rows)


_ROWS = _table()


def crc(body: bytes) -> int:
    """Return the checksum of [MS-OXRTFCP] 3.1.3 and [MS-PST] 5.3.

    It is CRC-32 that starts at zero and is not inverted.
    """
    held = 0
    for byte in body:
        held = _ROWS[(held ^ byte) & 0xFF] ^ held >> 8
    return held
