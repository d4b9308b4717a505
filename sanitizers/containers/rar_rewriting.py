"""A RAR archive of our own around packed members: what a decompressor is given of a stranger's.

No header that a stranger wrote reaches the library: it reads these, and what was packed.
"""

import struct
import zlib
from collections.abc import Sequence

from formats.rar import MARK_4, MARK_5, RarMember

_NAME = b"m"
_LONG, _END_FLAGS = 0x8000, 0x4000
_DATA, _CRC, _SOLID_4, _SOLID_5 = 2, 4, 8, 4


def rewritten(content: bytes, form: int, members: Sequence[RarMember]) -> bytes:
    """Return an archive of these members; those after the first continue it, if they are solid."""
    solid = any(member.solid for member in members[1:])
    pieces = [_start_5(solid=solid) if form == 5 else _start_4(solid=solid)]
    for place, member in enumerate(members):
        continues = solid and place > 0
        header = _file_5 if form == 5 else _file_4
        pieces.append(header(member, solid=continues))
        pieces.append(content[member.offset : member.offset + member.packed_size])
    pieces.append(_block_5(number(5), number(0), number(0)) if form == 5 else _end_4())
    return b"".join(pieces)


def number(value: int) -> bytes:
    """Return a number as RAR 5 writes it: seven bits a byte, the last without the high bit."""
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes((*out, value))


def _start_5(*, solid: bool) -> bytes:
    return MARK_5 + _block_5(number(1), number(0), number(_SOLID_5 if solid else 0))


def _file_5(member: RarMember, *, solid: bool) -> bytes:
    exponent = (member.window // 0x20000).bit_length() - 1
    packing = member.version | (0x40 if solid else 0) | member.method << 7 | exponent << 10
    summed = b"" if member.crc is None else struct.pack("<I", member.crc)
    return _block_5(
        *(number(2), number(_DATA), number(member.packed_size)),
        *(number(_CRC if summed else 0), number(member.size), number(0), summed),
        *(number(packing), number(1), number(len(_NAME)), _NAME),
    )


def _block_5(*fields: bytes) -> bytes:
    body = b"".join(fields)
    header = number(len(body)) + body
    return struct.pack("<I", zlib.crc32(header)) + header


def _start_4(*, solid: bool) -> bytes:
    return MARK_4 + _block_4(0x73, _SOLID_4 if solid else 0, bytes(6))


def _file_4(member: RarMember, *, solid: bool) -> bytes:
    window = (member.window // 0x10000).bit_length() - 1
    flags = _LONG | window << 5 | (16 if solid else 0)
    fields = struct.pack(
        *("<IIBIIBBHI", member.packed_size, member.size, 3, member.crc or 0, 0),
        *(member.version, 0x30 + member.method, len(_NAME), 0o100644),
    )
    return _block_4(0x74, flags, fields + _NAME)


def _end_4() -> bytes:
    return _block_4(0x7B, _END_FLAGS, b"")


def _block_4(kind: int, flags: int, fields: bytes) -> bytes:
    header = struct.pack("<BHH", kind, flags, 7 + len(fields)) + fields
    return struct.pack("<H", zlib.crc32(header) & 0xFFFF) + header
