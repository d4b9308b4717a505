"""A strict reader of TIFF directories (TIFF 6.0 section 2): where every strip and tile lies."""

import struct
from dataclasses import dataclass

from formats.faults import MalformedError, TruncatedError

_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4}
_NEWER_KINDS = frozenset({14, 15, 16, 17, 18, 129})
_STRIPS, _TILES = (273, 279), (324, 325)
_WIDTH, _BITS, _PACKING, _SAMPLES = 256, 258, 259, 277
_READ = frozenset({_WIDTH, _BITS, _PACKING, _SAMPLES, *_STRIPS, *_TILES})
_MOST_DIRECTORIES = 100_000
_MOST_ENTRIES = 4096


@dataclass(frozen=True, slots=True, kw_only=True)
class Strip:
    """One strip or tile: its place, how it is packed (tag 259), and the bytes in a row of it."""

    start: int
    end: int
    packing: int
    row: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """All strips and tiles in the order of the file, and where the last byte in use ends."""

    strips: tuple[Strip, ...]
    end: int


def read_tiff(content: bytes) -> Picture:
    """Follow the directories, and compare strips and tiles with the size.

    Raises:
        TruncatedError: a directory, a value, a strip or a tile lies beyond the last byte.
        MalformedError: what stands at a directory's place is none, or they go in circles.
    """
    order = "<" if content.startswith(b"II") else ">"
    if len(content) < 8:
        raise TruncatedError("the header is cut", offset=len(content))
    (at,) = struct.unpack_from(order + "I", content, 4)
    seen: set[int] = set()
    strips: list[Strip] = []
    end = 8
    while at:
        if at in seen or len(seen) > _MOST_DIRECTORIES:
            raise MalformedError("directories go in circles", offset=at)
        seen.add(at)
        at, reached = _read_directory(content, at, order, strips)
        end = max(end, reached)
    strips.sort(key=lambda strip: strip.start)
    return Picture(strips=tuple(strips), end=min(end, len(content)))


def _read_directory(content: bytes, at: int, order: str, strips: list[Strip]) -> tuple[int, int]:
    if at + 2 > len(content):
        raise TruncatedError("a directory lies beyond the last byte", offset=at)
    (count,) = struct.unpack_from(order + "H", content, at)
    end = at + 2 + count * 12 + 4
    if not 0 < count <= _MOST_ENTRIES:
        raise MalformedError("no directory stands here", offset=at)
    if end > len(content) + 4:  # some writers leave out the link after the last directory
        raise TruncatedError("a directory is cut", offset=at)
    values: dict[int, tuple[int, ...]] = {}
    reached = end
    for entry in range(at + 2, at + 2 + count * 12, 12):
        reached = max(reached, _read_entry(content, entry, order, values))
    strips += _strips(values)
    reached = max([reached, *(strip.end for strip in strips)])
    if reached > len(content) + 4:
        raise TruncatedError("a strip lies beyond the last byte", offset=len(content))
    following = struct.unpack_from(order + "I", content, end - 4)[0] if end <= len(content) else 0
    return int(following), min(reached, len(content))


def _read_entry(content: bytes, entry: int, order: str, values: dict[int, tuple[int, ...]]) -> int:
    tag, kind, number = struct.unpack_from(order + "HHI", content, entry)
    if kind not in _SIZES and kind not in _NEWER_KINDS and kind > 255:
        raise MalformedError("a value of no known kind", offset=entry)
    size = _SIZES.get(kind, 0) * number
    place = entry + 8
    reached = 0
    if size > 4:
        (place,) = struct.unpack_from(order + "I", content, entry + 8)
        reached = place + size
    if place + size > len(content):
        raise TruncatedError("a value lies beyond the last byte", offset=entry)
    if tag in _READ and kind in (3, 4):
        letter = "H" if kind == 3 else "I"
        values[tag] = struct.unpack_from(f"{order}{number}{letter}", content, place)
    return reached


def _strips(values: dict[int, tuple[int, ...]]) -> list[Strip]:
    packing = _first(values, _PACKING, 1)
    row = _first(values, _WIDTH, 0) * _first(values, _BITS, 1) * _first(values, _SAMPLES, 1) // 8
    found = []
    for offsets, counts in (_STRIPS, _TILES):
        pairs = zip(values.get(offsets, ()), values.get(counts, ()), strict=False)
        found += [
            Strip(
                start=start,
                end=start + size,
                packing=packing,
                row=row if (offsets, counts) == _STRIPS else 0,
            )
            for start, size in pairs
        ]
    return found


def _first(values: dict[int, tuple[int, ...]], tag: int, default: int) -> int:
    return next(iter(values.get(tag, ())), default)
