"""A 7z archive of our own around one packed stream: what a decompressor is given of a stranger's.

No header that a stranger wrote reaches the library: it reads this one, and what was packed.
"""

import struct
import zlib

MARK = b"7z\xbc\xaf\x27\x1c\x00\x04"
_WITH_PROPERTIES = 0x20
_NAME = "m\0".encode("utf-16-le")


def rewritten(packed: bytes, method: bytes, properties: bytes, size: int) -> bytes:
    """Return an archive with one member of so many bytes, packed by one method."""
    coder = bytes([len(method) | _WITH_PROPERTIES]) + method
    coder += number(len(properties)) + properties
    header = b"".join(
        (
            *(b"\x01\x04\x06", number(0), number(1), b"\x09", number(len(packed)), b"\x00"),
            *(b"\x07\x0b", number(1), b"\x00\x01", coder, b"\x0c", number(size), b"\x00"),
            b"\x08\x00\x00",
            *(b"\x05", number(1), b"\x11", number(1 + len(_NAME)), b"\x00", _NAME, b"\x00\x00"),
        )
    )
    where = struct.pack("<QQI", len(packed), len(header), zlib.crc32(header))
    return MARK + struct.pack("<I", zlib.crc32(where)) + where + packed + header


def number(value: int) -> bytes:
    """Return a number as 7z writes it, in its longest form: a mark and eight bytes."""
    return b"\xff" + value.to_bytes(8, "little")
