"""Columns of a Parquet file: how their values are stored, and what they stand for.

By parquet-format 2.11, parquet.thrift (SchemaElement, LogicalType, ConvertedType). A column has to
be flat, one value or none a row, and of a type whose values can be written down as text.
"""

import base64
import binascii
from dataclasses import dataclass
from enum import Enum, IntEnum, unique

from formats.faults import MalformedError, UnsupportedError
from formats.parquet.compact import Struct, of_type, whole

MOST_COLUMNS = 2_000
_EXTENSION = b"ARROW:extension:"


@unique
class Stored(IntEnum):
    """How values are stored (parquet.thrift, Type)."""

    BOOLEAN = 0
    INT32 = 1
    INT64 = 2
    INT96 = 3
    FLOAT = 4
    DOUBLE = 5
    BYTES = 6
    FIXED = 7


@unique
class Meaning(Enum):
    """What values stand for."""

    TEXT = "text"
    BOOLEAN = "boolean"
    INTEGER = "integer"
    UNSIGNED = "unsigned"
    FLOAT = "float"
    DECIMAL = "decimal"
    DATE = "date"
    TIME = "time"
    MOMENT = "moment"
    OLD_MOMENT = "moment of 96 bits"
    NOTHING = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column. `size` is the length of a FIXED value in bytes, `scale` that of a decimal.

    `unit` is how many parts a second has, of a time or a moment.
    """

    name: str
    stored: Stored
    meaning: Meaning
    optional: bool
    size: int = 0
    scale: int = 0
    unit: int = 1


_INTEGERS = frozenset({Stored.INT32, Stored.INT64})
_DECIMALS = _INTEGERS | {Stored.BYTES, Stored.FIXED}
_REQUIRED, _OPTIONAL = 0, 1
_UNITS = {1: 1_000, 2: 1_000_000, 3: 1_000_000_000}
# Of a value without a mark its storage says what it is; bytes may be anything.
_PLAIN = {
    Stored.BOOLEAN: Meaning.BOOLEAN,
    Stored.INT32: Meaning.INTEGER,
    Stored.INT64: Meaning.INTEGER,
    Stored.INT96: Meaning.OLD_MOMENT,
    Stored.FLOAT: Meaning.FLOAT,
    Stored.DOUBLE: Meaning.FLOAT,
}
_FITTING = {
    Meaning.TEXT: frozenset({Stored.BYTES}),
    Meaning.INTEGER: _INTEGERS,
    Meaning.UNSIGNED: _INTEGERS,
    Meaning.DECIMAL: _DECIMALS,
    Meaning.DATE: frozenset({Stored.INT32}),
    Meaning.TIME: _INTEGERS,
    Meaning.MOMENT: frozenset({Stored.INT64}),
    Meaning.NOTHING: frozenset(Stored),
}
# ConvertedType, the older mark: meaning and parts of a second.
_CONVERTED = {
    0: (Meaning.TEXT, 1),
    4: (Meaning.TEXT, 1),
    5: (Meaning.DECIMAL, 1),
    6: (Meaning.DATE, 1),
    7: (Meaning.TIME, 1_000),
    8: (Meaning.TIME, 1_000_000),
    9: (Meaning.MOMENT, 1_000),
    10: (Meaning.MOMENT, 1_000_000),
    **dict.fromkeys(range(11, 15), (Meaning.UNSIGNED, 1)),
    **dict.fromkeys(range(15, 19), (Meaning.INTEGER, 1)),
    19: (Meaning.TEXT, 1),
}
# LogicalType, the newer one, by the number of its field in the union.
_LOGICAL = {
    1: Meaning.TEXT,
    4: Meaning.TEXT,
    5: Meaning.DECIMAL,
    6: Meaning.DATE,
    7: Meaning.TIME,
    8: Meaning.MOMENT,
    10: Meaning.INTEGER,
    11: Meaning.NOTHING,
    12: Meaning.TEXT,
}


def read_columns(schema: list[Struct]) -> tuple[Column, ...]:
    """Return the columns that a schema describes.

    Raises:
        MalformedError: a schema without columns, or one that contradicts itself.
        UnsupportedError: columns within columns, lists, or values that are no text, number or day.
    """
    if not schema or whole(schema[0], 5, 0) != len(schema) - 1:
        nested = any(whole(element, 5, 0) for element in schema[1:])
        if nested:
            raise UnsupportedError("columns within columns")
        raise MalformedError("a schema that does not count its columns")
    if not 1 <= len(schema) - 1 <= MOST_COLUMNS:
        raise UnsupportedError(f"{len(schema) - 1} columns")
    columns = tuple(_column(element) for element in schema[1:])
    if len({column.name for column in columns}) != len(columns):
        raise MalformedError("two columns of one name")
    return columns


def _column(element: Struct) -> Column:
    if 5 in element:
        raise UnsupportedError("columns within columns")
    repetition = whole(element, 3, _REQUIRED)
    if repetition not in (_REQUIRED, _OPTIONAL):
        raise UnsupportedError("a column of lists")
    try:
        name = of_type(element, 4, bytes).decode()
        stored = Stored(whole(element, 1))
    except ValueError as error:
        raise MalformedError("a column without a name or a known type") from error
    meaning, scale, unit = _meaning(element, stored)
    if stored not in _FITTING.get(meaning, frozenset({stored})):
        raise MalformedError(f"a column of {meaning.value} that is stored as {stored.name}")
    size = whole(element, 2, 0) if stored is Stored.FIXED else 0
    if stored is Stored.FIXED and not 1 <= size <= 64:
        raise UnsupportedError(f"values of {size} bytes")
    return Column(
        name=name,
        stored=stored,
        meaning=meaning,
        optional=repetition == _OPTIONAL,
        size=size,
        scale=scale,
        unit=unit,
    )


def _meaning(element: Struct, stored: Stored) -> tuple[Meaning, int, int]:
    """Return what a column stands for, its scale, and the parts of a second.

    Where both marks are there they have to agree: one program reads the older, another the newer.
    """
    newer = _logical(of_type(element, 10, dict)) if 10 in element else None
    older = None
    if 6 in element:
        older = _CONVERTED.get(whole(element, 6))
        if older is None:
            raise UnsupportedError(f"a column of converted type {whole(element, 6)}")
    if newer and older and newer[0::2] != older:
        raise MalformedError("two marks that give a column two meanings")
    scale = newer[1] if newer else whole(element, 7, 0)
    if newer and 7 in element and scale != whole(element, 7):
        raise MalformedError("two scales of one column")
    if not 0 <= scale <= 38:
        raise UnsupportedError(f"decimals of scale {scale}")
    found = (newer[0], newer[2]) if newer else older
    if found is not None:
        return found[0], scale, found[1]
    if stored not in _PLAIN:
        raise UnsupportedError("a column of bytes that are called no text")
    return _PLAIN[stored], 0, 1


def _logical(union: Struct) -> tuple[Meaning, int, int]:
    if len(union) != 1:
        raise MalformedError("a logical type that is not one")
    (number,) = union
    meaning = _LOGICAL.get(number)
    if meaning is None:
        raise UnsupportedError(f"a column of logical type {number}")
    told: Struct = of_type(union, number, dict)
    if meaning is Meaning.INTEGER:
        return (meaning if told.get(2, True) is True else Meaning.UNSIGNED), 0, 1
    if meaning in (Meaning.TIME, Meaning.MOMENT):
        unit: Struct = of_type(told, 2, dict)
        if len(unit) != 1 or (parts := _UNITS.get(next(iter(unit)))) is None:
            raise MalformedError("a time without its unit")
        return meaning, 0, parts
    return meaning, whole(told, 1, 0) if meaning is Meaning.DECIMAL else 0, 1


def find_extension(notes: list[Struct]) -> str:
    """Return the key of what declares a type of its own in the notes of a file; empty if none does.

    Arrow keeps its schema as base64 among them; a type of its own may run code that reads it.
    """
    for note in notes:
        key, value = of_type(note, 1, bytes), of_type(note, 2, bytes)
        if _EXTENSION in key + value or _EXTENSION in _decoded(value):
            return key[:40].decode("ascii", "replace")
    return ""


def _decoded(value: bytes) -> bytes:
    """Return what a text of base64 stands for; nothing where it is none."""
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        return b""
