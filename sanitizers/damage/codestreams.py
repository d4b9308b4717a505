"""Damage in the packed pictures that a DICOM file carries in fragments (PS3.5 annex A.4)."""

import struct
from collections.abc import Iterator

from formats.codestreams import (
    JPEG,
    JPEG2000,
    foreign_in_jpeg_2000,
    foreign_in_jpeg_ls,
    is_jpeg_ls,
)
from sanitizers.damage.fault import Fault, noise
from sanitizers.damage.pictures import check_scan

_ITEM = b"\xfe\xff\x00\xe0"


def check_fragments(content: bytes, start: int, end: int) -> Iterator[Fault]:
    """Yield the first contradiction in any fragment between two offsets."""
    for first, last in _fragments(content, start, end):
        fault = _check(content, first, last)
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
    return None if at < 0 else noise("overwritten-structure", at, "an impossible marker")
