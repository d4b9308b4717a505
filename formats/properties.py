"""A check of property sets, as OLE2 documents keep their summaries in ([MS-OLEPS] 2.20 to 2.22)."""

import struct
from enum import IntEnum, unique
from typing import NamedTuple

from formats.faults import MalformedError, TruncatedError

_ORDER_MARK = b"\xfe\xff"
_MOST_SETS = 2
_MOST_PROPERTIES = 4096
_LARGEST_KIND = 0x2000
_DICTIONARY = 0
_FIRST_SET, _THUMBNAIL = 44, 0x11
# A picture of the clipboard: its kind, its size, -1 for a number of Windows, and that number.
_CLIPBOARD, _OF_WINDOWS, _CLIPBOARD_HEADER = 0x47, -1, 16
# The size of a drawing stands in front of it ([MS-OSHARED] 2.3.3.2.1, PropertySetThumbnail).
_DRAWING_HEADER = 8


@unique
class Drawn(IntEnum):
    """How the small picture of the first page is kept."""

    WMF = 3
    BITMAP = 8
    EMF = 14


class Thumbnail(NamedTuple):
    """The small picture of the first page: what it is, and where it starts and ends."""

    drawn: Drawn
    start: int
    end: int


def thumbnail_of(stream: bytes) -> Thumbnail | None:
    """Return the picture in a summary that was checked before; None when it has none of Windows.

    Raises:
        TruncatedError: it goes on beyond the last byte.
    """
    if len(stream) < _FIRST_SET + 4:
        return None
    (start,) = struct.unpack_from("<I", stream, _FIRST_SET)
    (count,) = struct.unpack_from("<I", stream, start + 4)
    for at in range(start + 8, start + 8 + 8 * count, 8):
        identifier, offset = struct.unpack_from("<II", stream, at)
        if identifier == _THUMBNAIL:
            return _clipboard(stream, start + offset)
    return None


def _clipboard(stream: bytes, at: int) -> Thumbnail | None:
    if at + _CLIPBOARD_HEADER > len(stream):
        raise TruncatedError("a small picture is cut", offset=at)
    kind, size, tag, drawn = struct.unpack_from("<IIiI", stream, at)
    if kind != _CLIPBOARD or tag != _OF_WINDOWS or drawn not in list(Drawn):
        return None
    first, end = at + _CLIPBOARD_HEADER, at + 8 + size
    if end > len(stream):
        raise TruncatedError("a small picture is cut", offset=at)
    return Thumbnail(Drawn(drawn), first + (_DRAWING_HEADER if drawn == Drawn.WMF else 0), end)


def check_property_sets(stream: bytes) -> None:
    """Follow every set to every property, and look at its kind.

    Raises:
        TruncatedError: a set lies beyond the last byte.
        MalformedError: what stands at its place is no set, or no property.
    """
    if not stream:
        return
    if len(stream) < 28:
        raise TruncatedError("a property set is cut", offset=len(stream))
    (count,) = struct.unpack_from("<I", stream, 24)
    if not stream.startswith(_ORDER_MARK) or count > _MOST_SETS:
        raise MalformedError("no property sets stand here", offset=0)
    if 28 + 20 * count > len(stream):
        raise TruncatedError("a property set is cut", offset=len(stream))
    for number in range(count):
        (start,) = struct.unpack_from("<I", stream, 44 + 20 * number)
        _check_set(stream, start)


def _check_set(stream: bytes, start: int) -> None:
    if start + 8 > len(stream):
        raise TruncatedError("a property set lies beyond the last byte", offset=start)
    size, count = struct.unpack_from("<II", stream, start)
    if size < 8 or count > _MOST_PROPERTIES or start + 8 + 8 * count > len(stream):
        raise MalformedError("no property set stands here", offset=start)
    for at in range(start + 8, start + 8 + 8 * count, 8):
        identifier, offset = struct.unpack_from("<II", stream, at)
        place = start + offset
        if place + 4 > len(stream):
            raise TruncatedError("a property lies beyond the last byte", offset=at)
        (kind,) = struct.unpack_from("<I", stream, place)
        if identifier != _DICTIONARY and not 0 < kind < _LARGEST_KIND:
            raise MalformedError("a property of no known kind", offset=place)
