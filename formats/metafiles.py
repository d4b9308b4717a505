"""Drawings of Windows, record by record: EMF ([MS-EMF] 2.3) and WMF ([MS-WMF] 2.3).

Each record says how long it is, and the last one that it is the last.
"""

import struct
from collections.abc import Iterator
from typing import NamedTuple

from formats.faults import LimitError, MalformedError, TruncatedError

_EMF_HEADER, _EMF_MARK_AT, _EMF_LEAST = 1, 40, 88
_EMF_SIZE_AT, _EMF_EOF = 48, 14
EMF_COMMENT, _EMF_LAST = 70, 122
# Records that hand bytes to the driver of a printer ([MS-EMF] 2.3.3, 2.3.6).
EMF_ESCAPES = frozenset({105, 106, 110})
# Records of OpenGL: bytes in a form of their own.
EMF_FOREIGN = frozenset({102, 103})
_PLACEABLE, _PLACEABLE_SIZE = b"\xd7\xcd\xc6\x9a", 22
_WMF_HEADER, _WMF_EOF, _WMF_LEAST = 18, 0, 6
WMF_ESCAPE = 0x0626
# An escape of WMF that has the file's own procedure run, one that holds remarks, and those that
# only draw: the width, ends, joins and corners of a pen, a pattern ([MS-WMF] 2.1.1.17).
ABORT_PROCEDURE, WMF_COMMENT = 9, 15
DRAWING_ESCAPES = frozenset({WMF_COMMENT, 16, 21, 22, 23, 25})
_MOST_RECORDS = 4_000_000
# Where a bitmap begins in the body of a record that draws one ([MS-WMF] 2.3.1).
_WMF_BITMAPS = {0x0940: 16, 0x0B41: 20, 0x0F43: 22, 0x0D33: 18}
# Where a record of EMF says where its bitmap lies ([MS-EMF] 2.3.1): of the header, of the pixels.
_EMF_BITMAPS = {76: 76, 77: 76, 78: 76, 80: 40, 81: 40, 114: 76}


class Record(NamedTuple):
    """One record: its number, where its body starts and ends."""

    number: int
    start: int
    end: int


def emf_records(content: bytes) -> Iterator[Record]:
    """Yield the records of an EMF picture.

    Raises:
        TruncatedError: there are fewer bytes than the header says.
        MalformedError: no record stands where one has to.
        LimitError: there are too many records.
    """
    if len(content) < _EMF_LEAST:
        raise TruncatedError("the header is cut", offset=len(content))
    (size,) = struct.unpack_from("<I", content, _EMF_SIZE_AT)
    if size > len(content):
        raise TruncatedError("records are missing", offset=len(content))
    at = number = 0
    left = _MOST_RECORDS
    while at < size and number != _EMF_EOF:
        left -= 1
        if left < 0:
            raise LimitError("too many records", offset=at)
        if at + 8 > size:
            raise MalformedError("no record stands here", offset=at)
        number, length = struct.unpack_from("<II", content, at)
        is_one = 0 < number <= _EMF_LAST and length >= 8 and length % 4 == 0
        if not is_one or at + length > size or (number == _EMF_HEADER) != (at == 0):
            raise MalformedError("no record stands here", offset=at)
        yield Record(number, at + 8, at + length)
        at += length
    if number != _EMF_EOF:
        raise MalformedError("no record is the last", offset=at)


def wmf_records(content: bytes) -> Iterator[Record]:
    """Yield the records of a WMF picture; its lengths count words of two bytes.

    Raises:
        TruncatedError: a record goes on beyond the last byte, or none is the last.
        MalformedError: no header, or no record, stands where one has to.
        LimitError: there are too many records.
    """
    start = _PLACEABLE_SIZE if content.startswith(_PLACEABLE) else 0
    if start + _WMF_HEADER > len(content):
        raise TruncatedError("the header is cut", offset=len(content))
    kind, header, version, size = struct.unpack_from("<HHHI", content, start)
    if kind not in (1, 2) or header != _WMF_HEADER // 2 or version not in (0x100, 0x300):
        raise MalformedError("no header stands here", offset=start)
    at, number = start + _WMF_HEADER, -1
    for _ in range(_MOST_RECORDS):
        if at + _WMF_LEAST > len(content):
            raise TruncatedError("no record is the last", offset=len(content))
        length, number = struct.unpack_from("<IH", content, at)
        if length * 2 < _WMF_LEAST or number & 0xFF00 == 0xFF00:
            raise MalformedError("no record stands here", offset=at)
        if at + length * 2 > len(content):
            whole = start + size * 2 <= len(content)
            error = MalformedError if whole else TruncatedError
            raise error("a record is cut", offset=at)
        yield Record(number, at + _WMF_LEAST, at + length * 2)
        at += length * 2
        if number == _WMF_EOF:
            return
    raise LimitError("too many records", offset=at)


def bitmap_of_record(content: bytes, record: Record, *, emf: bool) -> int:
    """Return where the bitmap begins that a record draws, -1 when it draws none.

    Raises:
        MalformedError: the record says that its bitmap lies elsewhere.
    """
    places = _EMF_BITMAPS if emf else _WMF_BITMAPS
    field = places.get(record.number)
    if field is None or record.start + field + (16 if emf else 40) > record.end:
        return -1
    if not emf:
        return record.start + field
    head, size, bits, length = struct.unpack_from("<4I", content, record.start + field)
    if not size:
        return -1
    if bits < head + size or record.start - 8 + bits + length > record.end:
        raise MalformedError("a bitmap beyond its record", offset=record.start)
    return record.start - 8 + int(head) if bits == head + size else -1


def is_emf(content: bytes) -> bool:
    """Tell EMF from WMF."""
    return content[_EMF_MARK_AT : _EMF_MARK_AT + 4] == b" EMF"
