"""Damage in the pictures of old Office files: each lies whole in a record of its own ([MS-ODRAW]).

A JPEG or PNG picture is checked as a file would be, a metafile by its Deflate stream. Their records
stand one behind the other in the pictures of a presentation, and anywhere in the data of a text.
"""

import re
import struct
from collections.abc import Iterator
from typing import NamedTuple

from formats import images
from formats.faults import FormatError
from formats.randomness import SECTOR, is_noise
from sanitizers.damage.fault import Fault, changed, noise, zero_run, zeroed
from sanitizers.damage.packed import End, deflation
from sanitizers.damage.pictures import check_scan
from sanitizers.inflating import checksum

_JPEG, _PNG = b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n"
_RECORD = re.compile(
    rb"(?:[\xa0\xb0]\x46|[\x20\x30]\x6e|[\x00\x10]\x6e|[\x40\x50]\x3d|[\x60\x70]\x21)[\x1a\x1b\x1d\x1e]\xf0"
)
_ANY_PICTURE = re.compile(rb"[\x18-\x2a]\xf0")
_HEADER, _UID, _METAFILE = 8, 16, 34
_METAFILES = frozenset({0xF01A, 0xF01B})
_PLAIN_METAFILE = 0xFE
_ZLIB = 15
_MOST_PICTURES = 4096
_MOST_INFLATED = 1 << 28


class Blip(NamedTuple):
    """One picture: the type of its record, and where its own bytes lie."""

    kind: int
    start: int
    end: int


def may_hold_pictures(stream: bytes) -> bool:
    """Tell whether a record of any kind of picture may stand in a stream."""
    return _ANY_PICTURE.search(stream) is not None


def blips(stream: bytes) -> Iterator[Blip]:
    """Yield the pictures of a stream, in their order."""
    at = 0
    for _ in range(_MOST_PICTURES):
        found = _RECORD.search(stream, at)
        if found is None or found.start() + _HEADER > len(stream):
            return
        instance, kind, size = struct.unpack_from("<HHI", stream, found.start())
        end = found.start() + _HEADER + size
        uids = 2 if instance >> 4 & 1 else 1
        start = found.start() + _HEADER + uids * _UID + (_METAFILE if kind in _METAFILES else 1)
        if start < end <= len(stream):
            yield Blip(kind, start, end)
        at = found.end() if end > len(stream) else max(end, found.end())


def check_blips(stream: bytes) -> Iterator[Fault]:
    """Yield the first contradiction in any picture of a stream."""
    for blip in blips(stream):
        fault = _check(stream, blip)
        if fault is not None:
            yield fault
            return


def _check(stream: bytes, blip: Blip) -> Fault | None:
    picture = stream[blip.start : blip.end]
    if blip.kind in _METAFILES:
        # The last but one byte before a metafile says whether it is packed.
        if stream[blip.start - 2] == _PLAIN_METAFILE:
            return None
        whole = deflation(picture, most=_MOST_INFLATED, window=_ZLIB).end in (
            End.WHOLE,
            End.TOO_LONG,
        )
    elif picture.startswith(_JPEG):
        return check_scan(stream, blip.start, blip.end)
    elif picture.startswith(_PNG):
        whole = _is_whole_png(picture)
    else:
        whole = picture[:1] not in (b"\x00", b"") and not is_noise(picture[:SECTOR])
    return None if whole else _fault(stream, blip)


def _is_whole_png(picture: bytes) -> bool:
    try:
        images.end_of_png(picture, checksum)
    except FormatError:
        return False
    return True


def _fault(stream: bytes, blip: Blip) -> Fault:
    detail = "a picture inside"
    zeros = zero_run(stream, blip.start, blip.end)
    if zeros >= 0:
        return zeroed(zeros, detail)
    if any(is_noise(stream[at : at + SECTOR]) for at in range(blip.start, blip.end, SECTOR)):
        return noise("overwritten-stream", blip.start, detail)
    return changed("broken-stream", blip.start, detail)
