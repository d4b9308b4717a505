"""One value of a row against its column: by what the database would refuse at loading it."""

import re
from collections.abc import Callable, Iterator
from functools import lru_cache

from schemas.dates import iso
from schemas.dumps.columns import Column, Kind
from schemas.hygiene import text_reasons
from schemas.interface import Reason
from schemas.reasons.table import because
from schemas.redaction import shape

_INTEGER = re.compile(rb"[+-]?\d{1,20}\Z")
_NUMBER = re.compile(rb"[+-]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][+-]?\d{1,4})?\Z|NaN\Z|-?Infinity\Z")
_DAY = re.compile(rb"(\d{4,6}-\d\d-\d\d)( BC)?\Z")
_MOMENT = re.compile(
    rb"(\d{4,6}-\d\d-\d\d)[ T](\d\d):(\d\d):(\d\d)(?:\.\d{1,6})?"
    rb"(?:[+-]\d\d(?::?\d\d){0,2}|Z)?( BC)?\Z"
)
_BOOLEANS = frozenset((b"t", b"f", b"true", b"false", b"0", b"1", b"TRUE", b"FALSE"))
_ENDLESS = frozenset((b"infinity", b"-infinity"))
_NO_DAY = b"0000-00-00"
# Letters, digits and signs of ASCII: nothing is ever said against them.
_PLAIN = re.compile(rb"[\x20-\x7e\t\r\n]*+")
MOST_REMEMBERED = 16_384
MOST_AT_ONCE = 1 << 20


def fine(column: Column) -> Callable[[bytes | None], bool]:
    """Return a quick test of one column's values: what passes has no reason against it.

    Nearly every value passes; the others are asked for their reasons.
    """
    required, most = column.required, column.most
    match column.kind:
        case Kind.INTEGER:
            digits = len(str(most)) - 1
            return lambda v: not required if v is None else v.isdigit() and len(v) <= digits
        case Kind.NUMBER:
            return lambda v: not required if v is None else _NUMBER.match(v) is not None
        case Kind.DAY:
            return lambda v: not required if v is None else _is_day(v)
        case Kind.TEXT | Kind.OTHER:
            longest = most or MOST_AT_ONCE
            return lambda v: (
                not required if v is None else len(v) <= longest and _PLAIN.fullmatch(v) is not None
            )
        case _:
            return lambda v: v is None and not required


@lru_cache(maxsize=MOST_REMEMBERED)
def _is_day(value: bytes) -> bool:
    return len(value) == 10 and not any(_date_reasons(value, Kind.DAY, ""))


def value_reasons(
    value: bytes | None, column: Column, where: str, encoding: str
) -> Iterator[Reason]:
    """Yield what is wrong with a value."""
    if value is None:
        if column.required:
            yield because("DMP-003", where)
        return
    match column.kind:
        case Kind.INTEGER | Kind.NUMBER | Kind.BOOLEAN:
            if not _fits(value, column):
                yield because("DMP-002", where, _shape(value))
        case Kind.DAY | Kind.MOMENT:
            yield from _date_reasons(value, column.kind, where)
        case Kind.TEXT | Kind.OTHER:
            yield from _text_reasons(value, column, where, encoding)
        case Kind.BINARY:
            pass


def _fits(value: bytes, column: Column) -> bool:
    if column.kind is Kind.INTEGER:
        return bool(_INTEGER.match(value)) and column.least <= int(value) <= column.most
    return value in _BOOLEANS if column.kind is Kind.BOOLEAN else bool(_NUMBER.match(value))


def _date_reasons(value: bytes, kind: Kind, where: str) -> Iterator[Reason]:
    if value in _ENDLESS:
        return
    found = (_DAY if kind is Kind.DAY else _MOMENT).match(value)
    if value.startswith(_NO_DAY) and found is not None:
        yield because("DMP-006", where)
    elif found is None:
        yield because("DMP-002", where, _shape(value))
    elif not _exists(found.group(1)) or not _is_time(found, kind):
        yield because("GEN-008", where, _shape(value))


def _is_time(found: re.Match[bytes], kind: Kind) -> bool:
    if kind is Kind.DAY:
        return True
    hour, minute, second = (int(found.group(n)) for n in (2, 3, 4))
    return hour <= 24 and minute <= 59 and second <= 60


@lru_cache(maxsize=MOST_REMEMBERED)
def _exists(day: bytes) -> bool:
    return len(day) > 10 or iso(day.decode("ascii")) is not None


def _text_reasons(value: bytes, column: Column, where: str, encoding: str) -> Iterator[Reason]:
    if value.isascii() and (not column.most or len(value) <= column.most):
        text = value.decode("ascii")
    elif not encoding:
        return
    else:
        try:
            text = value.decode(encoding)
        except UnicodeDecodeError:
            yield because("GEN-003", where)
            return
        if column.most and column.kind is Kind.TEXT and len(text) > column.most:
            yield because("DMP-002", where, _shape(value))
    yield from text_reasons(text, where)


def _shape(value: bytes) -> str:
    return shape(value[:200].decode("utf-8", "replace"))
