"""Damage in the packed pictures that a DICOM file carries in fragments (PS3.5 annex A.4)."""

import struct
from collections.abc import Iterator
from itertools import pairwise

from formats.codestreams import (
    JPEG,
    JPEG2000,
    foreign_in_jpeg_2000,
    foreign_in_jpeg_ls,
    is_jpeg_ls,
)
from formats.randomness import CELL, first_random_sector, is_noise
from formats.run_lengths import bytes_of_packbits
from formats.stripes import find_stripes
from sanitizers.damage.fault import Fault, changed, noise, zero_run, zeroed
from sanitizers.damage.pictures import check_scan

_RUNS_HEADER = 64
# A byte that makes the length of a segment even may stand for a run of its own.
_FILLING = 128
_ITEM = b"\xfe\xff\x00\xe0"


def check_fragments(content: bytes, start: int, end: int, *, plane: int = 0) -> Iterator[Fault]:
    """Yield the first contradiction in any fragment between two offsets.

    `plane` is how many bytes each run-length segment unpacks to; 0 where there are none.
    """
    for first, last in _fragments(content, start, end):
        fault = _runs(content, first, last, plane) if plane else _check(content, first, last)
        if fault is not None:
            yield fault
            return


def _fragments(content: bytes, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Yield the places of the fragments; the first item is the table of offsets."""
    at = start
    while content.startswith(_ITEM, at) and at + 8 <= end:
        (size,) = struct.unpack_from("<I", content, at + 4)
        if at > start and size:
            yield at + 8, min(at + 8 + size, end)
        at += 8 + size


def _check(content: bytes, start: int, end: int) -> Fault | None:
    if content.startswith(JPEG2000, start):
        at = foreign_in_jpeg_2000(content, start, end)
    elif not content.startswith(JPEG, start):
        return None
    elif is_jpeg_ls(content, start):
        at = foreign_in_jpeg_ls(content, start, end)
    else:
        return check_scan(content, start, end)
    zeros = zero_run(content, start, end)
    if zeros >= 0 and content[zeros:end].strip(b"\x00"):
        return zeroed(zeros, "in a packed picture")
    return None if at < 0 else noise("overwritten-structure", at, "an impossible marker")


def _runs(content: bytes, start: int, end: int, plane: int) -> Fault | None:
    """Compare what the segments of a run-length frame unpack to with its size (PS3.5 G.5)."""
    fragment = content[start:end]
    reason = _contradiction(fragment, plane)
    if not reason:
        return None
    zeros = zero_run(fragment, _RUNS_HEADER)
    if zeros >= 0:
        return zeroed(start + zeros, reason)
    noisy = first_random_sector(fragment, 0, len(fragment))
    if noisy >= 0 or is_noise(fragment[:CELL]) or find_stripes(fragment, 0, len(fragment)):
        return noise("overwritten-stream", start + max(noisy, 0), reason)
    return changed("broken-stream", start, reason)


def _contradiction(fragment: bytes, plane: int) -> str:
    if len(fragment) < _RUNS_HEADER:
        return "the header of a frame is cut"
    count, *offsets = struct.unpack_from("<16I", fragment)
    places = [*offsets[:count], len(fragment)]
    if not 0 < count < 16 or places[0] != _RUNS_HEADER or places != sorted(places):
        return "segments that cannot be"
    for first, last in pairwise(places):
        given = bytes_of_packbits(fragment[first:last])
        if not plane <= given <= plane + _FILLING:
            return f"a segment of {given} bytes instead of {plane}"
    return ""
