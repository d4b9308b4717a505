"""A check of property sets, as OLE2 documents keep their summaries in ([MS-OLEPS] 2.20 to 2.22)."""

import struct

from formats.faults import MalformedError, TruncatedError

_ORDER_MARK = b"\xfe\xff"
_MOST_SETS = 2
_MOST_PROPERTIES = 4096
_LARGEST_KIND = 0x2000
_DICTIONARY = 0


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
