"""Small pictures and DICOM files of known structure."""

import struct
import zlib
from collections.abc import Iterable, Iterator

EXPLICIT = b"1.2.840.10008.1.2.1\x00"
IMPLICIT = b"1.2.840.10008.1.2\x00"


def chunk(kind: bytes, body: bytes = b"") -> bytes:
    """Return a PNG chunk."""
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png() -> bytes:
    """Return a picture of one pixel."""
    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", header)
        + chunk(b"IDAT", zlib.compress(b"\x00\x00"))
        + chunk(b"IEND")
    )


def chunked_png(pixels: bytes, *, width: int) -> bytes:
    """Return a grey picture whose packed pixels stand in chunks of 4 KiB."""
    height = len(pixels) // width
    rows = b"".join(b"\x00" + pixels[at : at + width] for at in range(0, len(pixels), width))
    packed = zlib.compress(rows)
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    parts = (packed[at : at + 4096] for at in range(0, len(packed), 4096))
    body = b"".join(chunk(b"IDAT", part) for part in parts)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + body + chunk(b"IEND")


def jpeg() -> bytes:
    """Return the skeleton of a picture: two segments, a scan with a stuffed byte, the end."""
    return (
        b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
        b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00"
        b"\x12\x34\xff\x00\x56\xff\xd0\x78\xff\xd9"
    )


def jpeg_with(scan: bytes, *, tables: bytes = b"") -> bytes:
    """Return the skeleton of a picture with these bytes as its packed part."""
    head = b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01\x00\x00\x01\x00\x01\x00\x00"
    return head + tables + b"\xff\xda\x00\x08\x01\x01\x00\x00\x3f\x00" + scan + b"\xff\xd9"


def gif() -> bytes:
    """Return a picture with one extension and one image block."""
    return (
        b"GIF89a\x01\x00\x01\x00\x80\x00\x00\x00\x00\x00\xff\xff\xff"
        b"\x21\xf9\x04\x00\x00\x00\x00\x00"
        b"\x2c\x00\x00\x00\x00\x01\x00\x01\x00\x00\x02\x02\x44\x01\x00\x3b"
    )


def gif_of(pixels: bytes, *, width: int) -> bytes:
    """Return a grey picture whose codes give out and clear their whole table, in blocks of 255."""
    colors = b"".join(bytes([value] * 3) for value in range(256))
    size = struct.pack("<HH", width, len(pixels) // width)
    packed = _least_first(_lzw_codes(pixels))
    blocks = (packed[at : at + 255] for at in range(0, len(packed), 255))
    body = b"".join(bytes([len(block)]) + block for block in blocks)
    head = b"GIF89a" + size + b"\xf7\x00\x00" + colors
    return head + b"\x2c\x00\x00\x00\x00" + size + b"\x00\x08" + body + b"\x00\x3b"


def _lzw_codes(pixels: bytes) -> Iterator[tuple[int, int]]:
    """Yield codes and their widths (GIF89a appendix F)."""
    table: dict[bytes, int] = {}
    width, run = 9, b""
    yield 256, width
    for byte in pixels:
        if not run or run + bytes([byte]) in table:
            run += bytes([byte])
            continue
        yield table.get(run, run[0]), width
        table[run + bytes([byte])] = 258 + len(table)
        width = max(width, (257 + len(table)).bit_length())
        if len(table) == 4096 - 258:
            yield 256, width
            table, width = {}, 9
        run = bytes([byte])
    yield table.get(run, run[0]), width
    yield 257, width


def _least_first(codes: Iterable[tuple[int, int]]) -> bytes:
    number = filled = 0
    for code, width in codes:
        number |= code << filled
        filled += width
    return number.to_bytes((filled + 7) // 8, "little")


def bmp() -> bytes:
    """Return a bitmap of 2 x 2 pixels of 24 bits."""
    pixels = bytes(16)
    head = struct.pack("<2sIII", b"BM", 54 + len(pixels), 0, 54)
    return head + struct.pack("<IiiHHIIiiII", 40, 2, 2, 1, 24, 0, 16, 0, 0, 0, 0) + pixels


def tiff(*, following: int = 0) -> bytes:
    """Return a picture with one strip of four bytes; `following` links a further directory."""
    entries = struct.pack("<HHII", 273, 4, 1, 38) + struct.pack("<HHII", 279, 4, 1, 4)
    return b"II*\x00\x08\x00\x00\x00\x02\x00" + entries + struct.pack("<I", following) + b"\x01" * 4


def plain_tiff(pixels: bytes, *, width: int) -> bytes:
    """Return a grey picture of 8 bits whose pixels stand in one strip, as they are."""
    entries = ((256, width), (257, len(pixels) // width), (258, 8), (259, 1), (273, 98))
    written = b"".join(
        struct.pack("<HHII", tag, 4, 1, value)
        for tag, value in (*entries, (277, 1), (279, len(pixels)))
    )
    return b"II*\x00\x08\x00\x00\x00\x07\x00" + written + bytes(4) + pixels


def wide_tiff(pixels: bytes, *, width: int) -> bytes:
    """Return the same picture as BigTIFF."""
    entries = ((256, width), (257, len(pixels) // width), (258, 8), (259, 1), (273, 172))
    written = b"".join(
        struct.pack("<HHQQ", tag, 16, 1, value)
        for tag, value in (*entries, (277, 1), (279, len(pixels)))
    )
    head = b"II+\x00\x08\x00\x00\x00" + struct.pack("<QQ", 16, 7)
    return head + written + bytes(8) + pixels


def grey_bmp(pixels: bytes, *, width: int) -> bytes:
    """Return a bitmap of 24 bits from pixels whose rows are multiples of four bytes."""
    height = len(pixels) // (width * 3)
    head = struct.pack("<2sIII", b"BM", 54 + len(pixels), 0, 54)
    fields = (40, width, height, 1, 24, 0, len(pixels), 0, 0, 0, 0)
    return head + struct.pack("<IiiHHIIiiII", *fields) + pixels


def element(group: int, number: int, kind: bytes, value: bytes) -> bytes:
    """Return an explicit little-endian element."""
    head = struct.pack("<HH", group, number) + kind
    if kind in (b"OB", b"OW", b"SQ", b"UN", b"UT"):
        return head + struct.pack("<HI", 0, len(value)) + value
    return head + struct.pack("<H", len(value)) + value


def implicit(group: int, number: int, value: bytes) -> bytes:
    """Return an implicit little-endian element."""
    return struct.pack("<HHI", group, number, len(value)) + value


def dicom(
    body: bytes | None = None, *, preamble: bytes = bytes(128), syntax: bytes = EXPLICIT
) -> bytes:
    """Return a file with its meta group and the given data set."""
    if body is None:
        body = element(8, 0x16, b"UI", b"1.2\x00") + element(0x10, 0x10, b"PN", b"DOE^JO")
        body += element(0x7FE0, 0x10, b"OW", b"\x01\x02" * 64)
    return preamble + b"DICM" + element(2, 0x10, b"UI", syntax) + body
