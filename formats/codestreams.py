"""Which bytes may follow 0xFF in the packed parts of JPEG-LS and JPEG 2000 pictures.

JPEG-LS stuffs a zero bit behind 0xFF (ITU T.87 annex A), so that the next byte is under 0x80; JPEG
2000 keeps its packets under 0xFF90 (ITU T.800 B.10.1). Everything over that is a marker, and only
few markers may stand there.
"""

import re

JPEG2000 = b"\xff\x4f\xff\x51"
JPEG = b"\xff\xd8"
_START_OF_DATA = b"\xff\x93"
_START_OF_SCAN = b"\xff\xda"
_LOSSLESS_FRAME = b"\xff\xf7"
_FOREIGN_2000 = re.compile(rb"\xff[\x94-\xd8\xda-\xfe]")
_FOREIGN_LS = re.compile(rb"\xff[\x80-\xcf\xde\xdf\xf0-\xf6\xf9-\xfd]")
_HEADER_WITHIN = 65_536


def is_jpeg_ls(content: bytes, start: int) -> bool:
    """Tell whether the JPEG picture at `start` is of the lossless kind (T.87)."""
    return (
        content[start + 2 : start + 4] == _LOSSLESS_FRAME
        or content.find(_LOSSLESS_FRAME, start, start + 256) >= 0
    )


def foreign_in_jpeg_ls(content: bytes, start: int, end: int) -> int:
    """Return where the packed part contradicts itself first, -1 if it does not."""
    scan = content.find(_START_OF_SCAN, start, min(end, start + _HEADER_WITHIN))
    return _first(_FOREIGN_LS, content, scan + 12, end) if scan >= 0 else -1


def foreign_in_jpeg_2000(content: bytes, start: int, end: int) -> int:
    """Return where the packed part contradicts itself first, -1 if it does not."""
    data = content.find(_START_OF_DATA, start, min(end, start + _HEADER_WITHIN))
    return _first(_FOREIGN_2000, content, data + 2, end) if data >= 0 else -1


def _first(pattern: re.Pattern[bytes], content: bytes, start: int, end: int) -> int:
    found = pattern.search(content, start, end)
    return found.start() if found else -1
