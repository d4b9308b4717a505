"""Recordings, volumes and small pictures, whole: what a phone, a cart or a scanner writes."""

import math
import struct
import zlib

from tests.corpus.damaging import noise

RATE_128 = b"\xff\xfb\x90\x00"
FRAME = 417


def mp3(frames: int = 60, *, tag: bytes = b"", behind: bytes = b"") -> bytes:
    """Return frames of 128 kbit/s at 44.1 kHz, 417 bytes each, with what stands around them."""
    packed = (noise(FRAME - 4, n).replace(b"\xff", b"\xfe") for n in range(frames))
    return tag + b"".join(RATE_128 + body for body in packed) + behind


def tag(*parts: tuple[bytes, bytes], version: int = 3) -> bytes:
    """Return a tag of ID3v2.3 or 2.4 with these parts, and filling behind them."""
    body = b"".join(name + _seven(len(b), version) + b"\0\0" + b for name, b in parts) + bytes(64)
    return b"ID3" + bytes([version, 0, 0]) + _seven(len(body), 4) + body


def _seven(size: int, version: int) -> bytes:
    if version < 4:
        return size.to_bytes(4)
    return bytes(size >> shift & 0x7F for shift in (21, 14, 7, 0))


def edf(records: int = 40, *, signals: int = 2, samples: int = 256, claimed: int = 0) -> bytes:
    """Return a recording of waves, in records of one second."""
    size = 256 + 256 * signals
    fixed = b"0".ljust(8) + b"X X X X".ljust(80) + b"Startdate X X X X".ljust(80)
    fixed += b"01.02.2612.30.00" + str(size).encode().ljust(8) + bytes(44).replace(b"\0", b" ")
    fixed += str(claimed or records).encode().ljust(8) + b"1".ljust(8)
    fixed += str(signals).encode().ljust(4)
    each = b"EEG".ljust(16) * signals + b" " * (200 * signals)
    each += str(samples).encode().ljust(8) * signals + b" " * (32 * signals)
    values = (
        int(3000 * math.sin(at / 9) * math.sin(at / 700)) + grain % 16
        for at, grain in enumerate(noise(records * signals * samples, 3))
    )
    return fixed + each + b"".join(struct.pack("<h", value) for value in values)


def bdf(*signals: bytes, records: int = 24) -> bytes:
    """Return a recording of 24 bits a sample; each signal is what it has in one record.

    A signal without bytes is noise: 250 samples, which are others in each record.
    """
    counts = [len(signal) // 3 or 250 for signal in signals]
    size = 256 + 256 * len(signals)
    fixed = b"\xffBIOSEMI" + b"X X X X".ljust(80) + b"Startdate X X X X".ljust(80)
    fixed += b"01.02.2612.30.00" + str(size).encode().ljust(8) + b"24BIT".ljust(44)
    fixed += str(records).encode().ljust(8) + b"1".ljust(8) + str(len(signals)).encode().ljust(4)
    each = b"EEG".ljust(16) * len(signals) + b" " * (200 * len(signals))
    each += b"".join(str(count).encode().ljust(8) for count in counts)
    each += b" " * (32 * len(signals))
    return (
        fixed
        + each
        + b"".join(
            signal or noise(750, 40 * record + at)
            for record in range(records)
            for at, signal in enumerate(signals)
        )
    )


def wave(samples: int = 250) -> bytes:
    """Return a wave of 24 bits a sample."""
    values = (int(3_000_000 * math.sin(at / 9)) for at in range(samples))
    return b"".join(struct.pack("<i", value)[:3] for value in values)


def nifti(*, extension: bytes = b"", side: int = 32, slices: int = 24, version: int = 1) -> bytes:
    """Return a volume of 16 bits a voxel, with a black frame."""
    shape = (3, side, side, slices, 1, 1, 1, 1)
    if version == 1:
        head = struct.pack("<i", 348) + bytes(36) + struct.pack("<8h", *shape) + bytes(14)
        head += struct.pack("<2h", 4, 16) + bytes(34) + struct.pack("<f", 352 + len(extension))
        head = head.ljust(344, b"\0") + b"n+1\0" + bytes([bool(extension), 0, 0, 0])
    else:
        head = struct.pack("<i8s2h8q", 540, b"n+2\0\r\n\x1a\n", 4, 16, *shape)
        head = head.ljust(168, b"\0") + struct.pack("<q", 544 + len(extension))
        head = head.ljust(544, b"\0")
    grains = iter(noise(side * side * slices, 5))
    voxels = bytearray()
    for z in range(slices):
        for y in range(side):
            for x in range(side):
                inside = 4 < x < side - 5 and 4 < y < side - 5
                value = int(700 + 400 * math.sin(x / 5 + z) + next(grains) % 8) if inside else 0
                voxels += struct.pack("<h", value)
    return head + extension + bytes(voxels)


def icon(*pictures: bytes, cursor: bool = False) -> bytes:
    """Return an icon of pictures, each a bitmap without its file header or a PNG."""
    head = struct.pack("<3H", 0, 2 if cursor else 1, len(pictures))
    at = 6 + 16 * len(pictures)
    for picture in pictures:
        head += struct.pack("<4B2H2I", 0, 0, 0, 0, 1, 32, len(picture), at)
        at += len(picture)
    return head + b"".join(pictures)


def dib(side: int = 48, bits: int = 32) -> bytes:
    """Return a bitmap as icons keep it: twice as tall as it is, with a mask."""
    row, mask = (side * bits + 31) // 32 * 4, (side + 31) // 32 * 4
    table = 4 << bits if bits <= 8 else 0
    head = struct.pack("<IiiHHIIiiII", 40, side, 2 * side, 1, bits, 0, 0, 0, 0, 0, 0)
    grains = noise(row * side, 9)
    pixels = bytes(int(100 + 80 * math.sin(at / 90)) + g % 9 for at, g in enumerate(grains))
    return head + bytes(table) + pixels + bytes(mask * side)


def anymap(side: int = 128, kind: int = 5) -> bytes:
    """Return a portable bitmap in grey or in colours."""
    size = side * side * (3 if kind == 6 else 1)
    waves = (int(100 + 80 * math.sin(at / 70)) + g % 9 for at, g in enumerate(noise(size, 4)))
    return b"P%d\n# by hand\n%d %d\n255\n" % (kind, side, side) + bytes(waves)


def png(side: int = 32) -> bytes:
    """Return a small picture with its checksums."""
    head = struct.pack(">IIBBBBB", side, side, 8, 0, 0, 0, 0)
    rows = b"".join(b"\0" + noise(side, n) for n in range(side))
    chunks = ((b"IHDR", head), (b"IDAT", zlib.compress(rows)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(b)) + n + b + struct.pack(">I", zlib.crc32(n + b)) for n, b in chunks
    )
