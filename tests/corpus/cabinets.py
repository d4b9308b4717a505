"""Cabinets made by hand, honest or crafted: stored, or packed by MSZIP."""

import struct
import zlib

from formats.cabinet import checksum

BLOCK = 0x8000


def cabinet(
    members: dict[str, bytes],
    *,
    packed: bool = False,
    flags: int = 0,
    gap: bytes = b"",
    packing: int | None = None,
) -> bytes:
    """Return a cabinet of one folder; `gap` lies between the lists and the blocks."""
    plain = b"".join(members.values())
    blocks = [plain[at : at + BLOCK] for at in range(0, len(plain), BLOCK)]
    files, start = b"", 0
    for name, content in members.items():
        told = name.encode() + b"\0"
        files += struct.pack("<2I4H", len(content), start, 0, 0x5A6D, 0, 0x80 | 0x20) + told
        start += len(content)
    first_file = 36 + 8
    at = first_file + len(files) + len(gap)
    data, history = b"", b""
    for block in blocks:
        body = _mszip(block, history) if packed else block
        history = block
        counted = struct.pack("<2H", len(body), len(block))
        data += struct.pack("<I", checksum(counted, checksum(body))) + counted + body
    kind = (1 if packed else 0) if packing is None else packing
    folder = struct.pack("<I2H", at, len(blocks), kind)
    header = struct.pack(
        *("<4s5I2B5H", b"MSCF", 0, at + len(data), 0, first_file, 0, 3, 1),
        *(1, len(members), flags, 0, 0),
    )
    return header + folder + files + gap + data


def signed_message(inside: bytes = b"") -> bytes:
    """Return a message of PKCS#7 that claims to be signed, as far as its outermost fields go."""
    told = b"\x06\x09" + bytes.fromhex("2a864886f70d010702") + b"\xa0\x82\x01\x00" + inside
    told = told.ljust(400, b"\0")
    return b"\x30\x82" + len(told).to_bytes(2) + told


def signed(content: bytes, message: bytes, *, claimed: int = 0) -> bytes:
    """Return a cabinet of one folder with a message behind it, and what its header says of that."""
    grown = 24
    size, _, first = struct.unpack_from("<3I", content, 8)
    (at,) = struct.unpack_from("<I", content, 36)
    field = struct.pack("<2H5I", 20, 0, 0x00100000, size + grown, claimed or len(message), 0, 0)
    header = bytearray(content[:36])
    struct.pack_into("<I", header, 8, size + grown)
    struct.pack_into("<I", header, 16, first + grown)
    struct.pack_into("<H", header, 30, 4)
    folder = struct.pack("<I", at + grown) + content[40:44]
    return bytes(header) + field + folder + content[44:] + message


def _mszip(block: bytes, history: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, zdict=history)
    return b"CK" + packer.compress(block) + packer.flush()
