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


def _mszip(block: bytes, history: bytes) -> bytes:
    packer = zlib.compressobj(9, zlib.DEFLATED, -15, zdict=history)
    return b"CK" + packer.compress(block) + packer.flush()
