"""Tables of dBase and FoxPro: a header that describes the fields, and records of equal length.

As published by Borland (dBase III and later) and Microsoft (Visual FoxPro table structure).
"""

import re
import struct
from dataclasses import dataclass

from formats.faults import MalformedError, TruncatedError, UnsupportedError

_FIXED, _FIELD, _END_OF_FIELDS, _BACK_LINK = 32, 32, b"\x0d", 263
_LEVEL_7, _SEVEN = 0x8C, 0x04
_KINDS = b"CNFDLMGPBIYTVWX@+OQ0"
_FLAGS = b" *"
_NAME = re.compile(rb"[A-Za-z_\x80-\xff][\w \x80-\xff.#$%&-]*(?:\x00.*)?", re.DOTALL)
# What the letters of a field may be, by its kind; numbers and memos of FoxPro are binary.
_VALUES = {
    ord("D"): re.compile(rb"[\d \x00]{8}"),
    ord("L"): re.compile(rb"[YyNnTtFfJj?01 \x00]"),
    ord("N"): re.compile(rb"[\d \x00.,+*eE-]*"),
    ord("F"): re.compile(rb"[\d \x00.,+*eE-]*"),
}
_MEMO_FLAGS = frozenset({0x30, 0x31, 0x32})
_DATABASE_LINKED = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One column: its kind, and where its value lies in a record."""

    kind: int
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """The columns, where the records begin and end, and how long each is."""

    fields: tuple[Field, ...]
    start: int
    end: int
    record: int


def read_table(content: bytes) -> Table:
    """Read the header, and compare it with the size.

    Raises:
        TruncatedError: the header or a record goes on beyond the last byte.
        MalformedError: fields that cannot be.
        UnsupportedError: a table of dBase 7, or one that is a database of FoxPro itself.
    """
    if len(content) < _FIXED + 1:
        raise TruncatedError("the header is cut", offset=len(content))
    version = content[0]
    if version == _LEVEL_7 or version & 7 == _SEVEN:
        raise UnsupportedError("a table of dBase 7")
    if version in _MEMO_FLAGS and content[28] & _DATABASE_LINKED:
        raise UnsupportedError("a database of FoxPro, which may hold code")
    count, start, record = struct.unpack_from("<IHH", content, 4)
    if start > len(content):
        raise TruncatedError("the header is cut", offset=len(content))
    fields = _fields(content, start, record)
    end = start + count * record
    if end > len(content):
        raise TruncatedError("records are missing", offset=len(content))
    return Table(fields=fields, start=start, end=end, record=record)


def _fields(content: bytes, end: int, record: int) -> tuple[Field, ...]:
    fields: list[Field] = []
    at, place = _FIXED, 1
    while content[at : at + 1] != _END_OF_FIELDS:
        if at + _FIELD > end:
            raise MalformedError("fields that do not end", offset=at)
        kind, length = content[at + 11], content[at + 16]
        if kind == ord("C"):
            length += content[at + 17] << 8  # long letters keep their upper byte with the decimals
        if kind not in _KINDS or not _NAME.fullmatch(content[at : at + 11]):
            raise MalformedError("no field stands here", offset=at)
        fields.append(Field(kind=kind, start=place, end=place + length))
        place += length
        at += _FIELD
    if not fields or place != record:
        raise MalformedError("fields that do not fill a record", offset=at)
    if end - at - 1 not in (0, 1, _BACK_LINK):
        raise MalformedError("a header that does not end where it says", offset=at)
    return tuple(fields)


def first_odd_record(content: bytes, table: Table) -> int:
    """Return where a record stands that cannot be one, -1 if there is none."""
    checked = [(field, _VALUES[field.kind]) for field in table.fields if field.kind in _VALUES]
    for at in range(table.start, table.end, table.record):
        if content[at] not in _FLAGS:
            return at
        for field, value in checked:
            if not value.fullmatch(content, at + field.start, at + field.end):
                return at + field.start
    return -1
