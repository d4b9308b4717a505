"""FLAC recordings whose samples are written as they are (RFC 9639 9.2.2)."""

import math
import struct

SAMPLES = 576


def remainder(content: bytes, width: int, polynomial: int) -> int:
    """Return the checksum of a content, bit by bit, as the standard writes it down."""
    value, top = 0, 1 << width - 1
    for byte in content:
        value ^= byte << width - 8
        for _ in range(8):
            value = (value << 1) ^ polynomial if value & top else value << 1
            value &= (1 << width) - 1
    return value


def block(kind: int, content: bytes, *, last: bool = False) -> bytes:
    """Return one block of notes."""
    return bytes([kind | last << 7]) + len(content).to_bytes(3) + content


def frame(number: int, seed: int = 3) -> bytes:
    """Return a frame of 576 samples of 16 bits, one channel."""
    head = b"\xff\xf8\x29\x08" + bytes([number])
    head += bytes([remainder(head, 8, 0x07)])
    tones = (9000 * math.sin((number * SAMPLES + k) / 17 + k * k * seed) for k in range(SAMPLES))
    body = head + b"\x02" + b"".join(struct.pack(">h", int(tone)) for tone in tones)
    return body + remainder(body, 16, 0x8005).to_bytes(2)


def remarks(*words: bytes) -> bytes:
    """Return the content of a block of remarks."""
    told = b"".join(struct.pack("<I", len(word)) + word for word in words)
    return struct.pack("<I", 4) + b"Test" + struct.pack("<I", len(words)) + told


def flac(
    frames: int = 18, *blocks: bytes, claimed: int | None = None, behind: bytes = b""
) -> bytes:
    """Return a recording; `claimed` is how many samples it says that it has."""
    total = frames * SAMPLES if claimed is None else claimed
    told = 44_100 << 44 | 0 << 41 | 15 << 36 | total
    info = struct.pack(">HH", SAMPLES, SAMPLES) + bytes(6) + told.to_bytes(8) + bytes(16)
    notes = block(0, info) + b"".join(blocks) + block(1, bytes(512), last=True)
    return b"fLaC" + notes + b"".join(map(frame, range(frames))) + behind
