"""Films and photographs in boxes, whole: H.264 and AAC in MP4, H.265 in HEIF."""

import struct

from tests.corpus.damaging import noise

_BRANDS = {"heic": b"heic", "mp4": b"isom", "mov": b"qt  "}


def box(name: bytes, *parts: bytes) -> bytes:
    """Return a box."""
    body = b"".join(parts)
    return struct.pack(">I4s", 8 + len(body), name) + body


def full(name: bytes, *parts: bytes, version: int = 0) -> bytes:
    """Return a box with a version and flags."""
    return box(name, struct.pack(">I", version << 24), *parts)


def unit(size: int, key: int, first: int = 0x65) -> bytes:
    """Return a unit behind its length, without the bytes that none has."""
    body = bytes([first]) + noise(size - 1, key).replace(b"\x00", b"\x80")
    return struct.pack(">I", len(body)) + body


def film(
    *,
    kind: str = "mp4",
    pictures: int = 24,
    notes: bytes = b"",
    gap: bytes = b"",
    behind: bytes = b"",
    packing: bytes = b"avc1",
) -> bytes:
    """Return a film of pictures of H.264 and sound of AAC, its tables behind its data."""
    start = box(b"ftyp", _BRANDS[kind], bytes(4))
    seen = [unit(1500, n) + unit(90, n + 500, 0x06) for n in range(pictures)]
    heard = [b"\x21" + noise(300, n + 900) for n in range(pictures)]
    data = b"".join(picture + sound for picture, sound in zip(seen, heard, strict=True))
    places, at = [], len(start) + 8 + len(gap)
    for picture, sound in zip(seen, heard, strict=True):
        places.append((at, at + len(picture)))
        at += len(picture) + len(sound)
    configured = box(b"avcC", b"\x01\x64\x00\x1f\xff")
    video = box(packing, bytes(78), configured)
    audio = box(b"mp4a", bytes(28))
    tracks = (
        _track(video, [len(p) for p in seen], [first for first, _ in places]),
        _track(audio, [len(s) for s in heard], [second for _, second in places]),
    )
    moov = box(b"moov", full(b"mvhd", bytes(96)), *tracks, *([notes] if notes else []))
    return start + box(b"mdat", gap, data) + moov + behind


def _track(entry: bytes, sizes: list[int], places: list[int]) -> bytes:
    count = struct.pack(">I", len(sizes))
    tables = (
        full(b"stsd", struct.pack(">I", 1), entry),
        full(b"stts", struct.pack(">3I", 1, len(sizes), 1)),
        full(b"stsc", struct.pack(">4I", 1, 1, 1, 1)),
        full(b"stsz", bytes(4), count, *(struct.pack(">I", size) for size in sizes)),
        full(b"stco", count, *(struct.pack(">I", place) for place in places)),
    )
    return box(b"trak", box(b"mdia", box(b"minf", box(b"stbl", *tables))))


def photograph(
    *, tiles: int = 6, notes: bytes = b"Exif\0\0II*\0" + bytes(60), last: bytes = b"Exif"
) -> bytes:
    """Return a photograph of tiles of H.265, with what a phone notes of it."""
    items = [unit(3000, n, 0x26) for n in range(tiles)] + [notes]
    kinds = [b"hvc1"] * tiles + [last]
    entries = (
        full(b"infe", struct.pack(">HH4s", n, 0, kind), b"\0", version=2)
        for n, kind in enumerate(kinds, 1)
    )
    start = box(b"ftyp", _BRANDS["heic"], bytes(4))

    def listed(first: int) -> bytes:
        table, at = b"", first
        for number, item in enumerate(items, 1):
            table += struct.pack(">3H2I", number, 0, 1, at, len(item))
            at += len(item)
        return full(
            b"meta",
            full(b"hdlr", bytes(4), b"pict", bytes(13)),
            full(b"pitm", struct.pack(">H", 1)),
            full(b"iinf", struct.pack(">H", len(items)), *entries_),
            full(b"iloc", b"\x44\x00", struct.pack(">H", len(items)), table),
        )

    entries_ = tuple(entries)
    head = len(start) + len(listed(0)) + 8
    return start + listed(head) + box(b"mdat", *items)
