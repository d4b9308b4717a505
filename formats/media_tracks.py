"""The tracks of a film: where each sample lies, and what it is packed with (ISO 14496-12 8.5)."""

import struct
from array import array
from collections.abc import Iterator
from dataclasses import dataclass

from formats.base_media import Box, boxes, check_notes, child
from formats.faults import LimitError, MalformedError, TruncatedError, UnsupportedError

_TABLES = frozenset({b"stsd", b"stsz", b"stsc", b"stco", b"co64"})
_CONTAINERS = frozenset({b"moov", b"trak", b"mdia", b"minf", b"stbl"})
_MOST_SAMPLES = 4_000_000
# Behind the fields of a sample entry: 8 of all, 70 of pictures.
_ENTRY, _PICTURE = 16, 78
_LENGTH_AT = {b"avcC": 4, b"hvcC": 21}
_VIDEO = frozenset({b"avc1", b"avc3", b"hvc1", b"hev1", b"dvh1", b"dvhe"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """Samples of one packing; `length_size` is of the lengths before units of H.264 and H.265."""

    packing: bytes
    starts: "array[int]"
    sizes: "array[int]"
    length_size: int = 4


def read_tracks(content: bytes, moov: Box) -> Iterator[Track]:
    """Yield the tracks of a film.

    Raises:
        FormatError: a table is missing, cut or impossible, or notes may hold a file.
    """
    _check_beside(content, moov, depth=0)
    left = _MOST_SAMPLES
    for box in boxes(content, moov.start, moov.end):
        if box.name == b"trak":
            track = _track(content, box)
            left -= len(track.sizes)
            if left < 0:
                raise LimitError("too many samples", offset=box.at)
            yield track


def _check_beside(content: bytes, box: Box, depth: int) -> None:
    """Look at all that is no table and no list of boxes as at notes."""
    for inside in boxes(content, box.start, box.end):
        if inside.name in _CONTAINERS and depth < len(_CONTAINERS):
            _check_beside(content, inside, depth + 1)
        elif inside.name not in _TABLES:
            check_notes(content, inside.start, inside.end)


def _track(content: bytes, trak: Box) -> Track:
    stbl = child(content, trak, b"mdia", b"minf", b"stbl")
    tables = {b.name: b for b in boxes(content, stbl.start, stbl.end)} if stbl else {}
    places = tables.get(b"co64") or tables.get(b"stco")
    if not {b"stsd", b"stsz", b"stsc"} <= set(tables) or places is None:
        raise UnsupportedError("a track without its tables", offset=trak.at)
    packing, length_size = _packing(content, tables[b"stsd"])
    sizes = _sizes(content, tables[b"stsz"])
    chunks = _numbers(content, places, "Q" if places.name == b"co64" else "I")
    starts = _starts(sizes, chunks, _triples(content, tables[b"stsc"]))
    return Track(packing=packing, starts=starts, sizes=sizes, length_size=length_size)


def _packing(content: bytes, stsd: Box) -> tuple[bytes, int]:
    """Read the sample entry: one packing, and how long the lengths in its samples are."""
    (count,) = struct.unpack_from(">I", content, _within(stsd, stsd.start + 4, 4))
    entries = list(boxes(content, stsd.start + 8, stsd.end))
    if count != 1 or len(entries) != 1:
        raise UnsupportedError("a track of several packings", offset=stsd.at)
    entry = entries[0]
    if entry.name not in _VIDEO:
        return entry.name, 0
    for box in boxes(content, entry.start + _PICTURE, entry.end):
        if box.name in _LENGTH_AT:
            at = _within(box, box.start + _LENGTH_AT[box.name], 1)
            return entry.name, (content[at] & 3) + 1
    raise UnsupportedError("a packing that is not described", offset=entry.at)


def _within(box: Box, at: int, size: int) -> int:
    if at + size > box.end:
        raise MalformedError("a table is shorter than it says", offset=box.at)
    return at


def _sizes(content: bytes, stsz: Box) -> "array[int]":
    same, count = struct.unpack_from(">II", content, _within(stsz, stsz.start + 4, 8))
    if count > _MOST_SAMPLES:
        raise LimitError("too many samples", offset=stsz.at)
    if count * same > len(content):
        raise TruncatedError("samples are missing", offset=len(content))
    if same:
        alike: array[int] = array("I", [same]) * count
        return alike
    return _array(content, _within(stsz, stsz.start + 12, 4 * count), count, "I")


def _numbers(content: bytes, box: Box, code: str) -> "array[int]":
    (count,) = struct.unpack_from(">I", content, _within(box, box.start + 4, 4))
    size = 8 if code == "Q" else 4
    return _array(content, _within(box, box.start + 8, size * count), count, code)


def _array(content: bytes, at: int, count: int, code: str) -> "array[int]":
    numbers = array(code)
    numbers.frombytes(content[at : at + count * numbers.itemsize])
    numbers.byteswap()
    return numbers


def _triples(content: bytes, stsc: Box) -> list[tuple[int, int]]:
    """Return from which chunk on (counted from 1) a chunk has how many samples."""
    (count,) = struct.unpack_from(">I", content, _within(stsc, stsc.start + 4, 4))
    flat = _array(content, _within(stsc, stsc.start + 8, 12 * count), 3 * count, "I")
    return list(zip(flat[::3], flat[1::3], strict=True))


def _starts(sizes: "array[int]", chunks: "array[int]", runs: list[tuple[int, int]]) -> "array[int]":
    """Lay the samples out into their chunks, one behind the other."""
    starts = array("Q")
    number, run, each = 0, 0, 0
    for index, place in enumerate(chunks, 1):
        if run < len(runs) and runs[run][0] == index:
            each, run = runs[run][1], run + 1
        at = place
        for size in sizes[number : number + each]:
            starts.append(at)
            at += size
        number += each
    if len(starts) != len(sizes):
        raise MalformedError("tables that contradict each other")
    return starts
