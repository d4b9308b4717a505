"""Values of Parquet columns as the text that a contract asks for."""

import struct
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from formats.parquet.columns import Column, Meaning, Stored
from formats.parquet.encodings import Raw
from formats.parquet.footer import Footer
from formats.parquet.values import rows
from schemas.tabular.contract import Column as Wanted
from schemas.tabular.contract import ColumnType, Contract
from schemas.tabular.values import format_of
from schemas.tabular.written import UNREADABLE, none_of, text_of

Write = Callable[[Raw], str]
_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 - a moment as the file has it, in no zone
_JULIAN_EPOCH, _DAY, _NANO = 2_440_588, 86_400, 1_000_000_000
_MOST_KNOWN = 100_000
_LONGEST_DECIMAL = 64
_FORMATS = {
    Meaning.DATE: "%Y-%m-%d",
    Meaning.TIME: "%H:%M:%S",
    Meaning.MOMENT: "%Y-%m-%dT%H:%M:%S",
    Meaning.OLD_MOMENT: "%Y-%m-%dT%H:%M:%S",
}
_MOMENTS = frozenset({ColumnType.DATE, ColumnType.DATETIME, ColumnType.TIME})


def written_rows(
    content: memoryview, footer: Footer, contract: Contract
) -> Iterator[tuple[str, ...]]:
    """Yield the rows of a file as fields in the order of a contract that has its columns.

    Raises:
        FormatError: a page is not what the footer or its header says.
    """
    names = [column.name for column in footer.columns]
    order = [names.index(column.name) for column in contract.columns]
    none = none_of(contract)
    writers = [
        _remembering(footer.columns[place], column)
        for place, column in zip(order, contract.columns, strict=True)
    ]
    for row in rows(content, footer, order):
        yield tuple(
            none if value is None else write(value)
            for write, value in zip(writers, row, strict=True)
        )


def _remembering(column: Column, wanted: Wanted) -> Write:
    """Return what writes values down, and knows those again that take longer than a look."""
    write = writer(column, wanted)
    if column.meaning in _PLAINLY:
        return write
    known: Write = lru_cache(_MOST_KNOWN)(write)
    return known


def writer(column: Column, wanted: Wanted) -> Write:
    """Return what writes the values of a column down, as its column of the contract is read.

    A moment is written to the second; a value that its meaning does not have is written so that
    every column refuses it.
    """
    if column.meaning in _FORMATS:
        given = format_of(wanted) if wanted.type in _MOMENTS else _FORMATS[column.meaning]
        return _moment(column, given)
    if column.meaning in (Meaning.FLOAT, Meaning.DECIMAL):
        return _point(_number(column), wanted.decimal)
    if column.meaning is Meaning.UNSIGNED:
        whole = 1 << (32 if column.stored is Stored.INT32 else 64)
        return lambda value: str(int(value) % whole)
    return _PLAINLY[column.meaning]


def _text(value: Raw) -> str:
    return text_of(value) if isinstance(value, bytes) else UNREADABLE


_PLAINLY: dict[Meaning, Write] = {
    Meaning.TEXT: _text,
    Meaning.BOOLEAN: lambda value: "true" if value else "false",
    Meaning.INTEGER: lambda value: str(int(value)),
    # Only of no value at all it is said that it stands for nothing.
    Meaning.NOTHING: lambda _value: UNREADABLE,
}


def _number(column: Column) -> Write:
    if column.meaning is Meaning.DECIMAL:
        return lambda value: _decimal(value, column.scale)
    return _double if column.stored is Stored.DOUBLE else _single


def _point(write: Write, decimal: str) -> Write:
    return write if decimal == "." else lambda value: write(value).replace(".", decimal)


def _double(value: Raw) -> str:
    return _plain(repr(value))


def _single(value: Raw) -> str:
    """Return the shortest number that is the same one in 32 bits."""
    number = float(value)
    packed = struct.pack("<f", number)
    shown = (f"{number:.{digits}g}" for digits in range(6, 9))
    same = (text for text in shown if struct.pack("<f", float(text)) == packed)
    return _plain(next(same, f"{number:.9g}"))


def _plain(text: str) -> str:
    """Return a number without an exponent; what is no number stays what it is."""
    try:
        found = Decimal(text)
    except InvalidOperation:
        return text
    return format(found, "f") if found.is_finite() else text


def _decimal(value: Raw, scale: int) -> str:
    if isinstance(value, bytes) and not 1 <= len(value) <= _LONGEST_DECIMAL:
        return UNREADABLE
    whole = int.from_bytes(value, "big", signed=True) if isinstance(value, bytes) else int(value)
    digits = str(abs(whole)).rjust(scale + 1, "0")
    text = f"{digits[:-scale]}.{digits[-scale:]}" if scale else digits
    return f"-{text}" if whole < 0 else text


def _moment(column: Column, given: str) -> Write:
    """Return what writes days and times, which are counted from 1970 on."""
    start = _EPOCH

    def write(value: Raw) -> str:
        try:
            found = start + timedelta(seconds=_seconds(column, value))
        except OverflowError:
            return UNREADABLE
        if column.meaning is Meaning.TIME and found.date() != start.date():
            return UNREADABLE
        return _formatted(found, given)

    return write


def _seconds(column: Column, value: Raw) -> int:
    """Return the seconds since the beginning of 1970."""
    if isinstance(value, bytes):  # nanoseconds of a day, and the day by the Julian count
        days = int.from_bytes(value[8:], "little", signed=True) - _JULIAN_EPOCH
        return days * _DAY + int.from_bytes(value[:8], "little", signed=True) // _NANO
    return int(value) * _DAY if column.meaning is Meaning.DATE else int(value) // column.unit


def _formatted(found: datetime, given: str) -> str:
    """Return a moment in a format; years have four digits on every system."""
    return found.strftime(given.replace("%Y", f"{found.year:04d}"))


def fits(footer: Footer, contract: Contract) -> bool:
    """Whether a file has exactly the columns of a contract, in any order."""
    names: Sequence[str] = sorted(column.name for column in footer.columns)
    return contract.fixed is None and names == sorted(contract.heading)
