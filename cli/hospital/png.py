"""Small grey pictures (PNG, ISO/IEC 15948)."""

import zlib

WIDTH = 96
HEIGHT = 48


def png(shade: int) -> bytes:
    """Return a picture with a gradient that depends on the shade."""
    rows = b"".join(
        b"\0" + bytes((x * 2 + y + shade) % 256 for x in range(WIDTH)) for y in range(HEIGHT)
    )
    header = WIDTH.to_bytes(4, "big") + HEIGHT.to_bytes(4, "big") + b"\x08\0\0\0\0"
    chunks = (_chunk(b"IHDR", header), _chunk(b"IDAT", zlib.compress(rows)), _chunk(b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(kind + content)
    return len(content).to_bytes(4, "big") + kind + content + check.to_bytes(4, "big")
