"""WebP pictures, and fonts that Brotli packs; what is packed in them is noise."""

import struct

from tests.corpus.damaging import noise

KEY_FRAME = struct.pack("<I", 9000 << 5 | 0x10)[:3] + b"\x9d\x01\x2a\x40\x00\x40\x00"
LOSSLESS = b"\x2f\x3f\xc0\x0f\x00"


def chunk(name: bytes, body: bytes) -> bytes:
    """Return one chunk."""
    return name + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)


def webp(*parts: bytes) -> bytes:
    """Return a picture of chunks."""
    body = b"WEBP" + b"".join(parts)
    return b"RIFF" + struct.pack("<I", len(body)) + body


LOSSY = webp(
    chunk(b"VP8X", bytes(10)),
    chunk(b"VP8 ", KEY_FRAME + noise(12_001, 3)),
    chunk(b"XMP ", b"<x:xmpmeta/>" * 200),
)


def woff2(*, size: int = 9000, claimed: int = 0) -> bytes:
    """Return a font of two tables, one of them in another form (glyf, whose version is 0)."""
    records = b"\x0a" + b"\x81\x00" + b"\x81\x00" + b"\x3fTest" + b"\x30"
    packed = noise(size, 8)
    body = records + packed + bytes(-(48 + len(records) + size) % 4)
    length = 48 + len(body)
    head = struct.pack(">4s4sIHHII", b"wOF2", b"\0\1\0\0", claimed or length, 2, 0, 20_000, size)
    return head + bytes(48 - len(head)) + body
