"""Drafts a contract from a table: what its columns look like, for a person to correct and sign.

A draft says what is, not what should be: values outside of it are normal. Lists of values are only
proposed where each of a few short values stands often, so that no single patient is in a draft.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from custody.box import Json
from formats.csv_lines import read_blocks, read_heading
from formats.faults import MalformedError
from schemas.identifiers.checks import Check
from schemas.identifiers.registry import IDENTIFIERS
from schemas.tabular.contract import Column, ColumnType, Contract, Dialect
from schemas.tabular.rows import RowReader
from schemas.tabular.values import Unfit, parser

MOST_ROWS = 20_000
DELIMITERS = ";\t,|"
# Checks that random values hardly pass: they have check digits, or a very narrow shape.
TELLING = ("nir", "niss", "rpps", "finess", "loinc", "cip13", "ucd13", "snomed", "ccam")
FITTING_SHARE = 0.95
MOST_LISTED, LONGEST_LISTED, LEAST_OFTEN = 12, 12, 5
DATES = ("%Y-%m-%d", "%d/%m/%Y", "%Y%m%d")
DATETIMES = (
    "%Y-%m-%dT%H:%M:%S",
    "%Y-%m-%d %H:%M:%S",
    "%Y-%m-%d %H:%M",
    "%d/%m/%Y %H:%M",
    "%d/%m/%Y %H:%M:%S",
    "%Y%m%d%H%M%S",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Seen:
    """The values of one column, without the empty ones, and whether any was empty."""

    name: str
    values: Sequence[str]
    gaps: bool


def draft(content: memoryview) -> dict[str, Json]:
    """Return a contract's descriptor for a table with a heading.

    Raises:
        MalformedError: there is no heading of at least two columns, or no row below it.
    """
    heading = read_heading(content)
    encoding = _encoding(heading.content + bytes(content[: 1024 * 1024]))
    first = heading.content.decode(encoding, "replace").rstrip("\r")
    delimiter = max(DELIMITERS, key=first.count)
    names = [name.strip().strip('"') for name in first.split(delimiter)]
    if len(names) < 2 or len(set(names)) != len(names) or not all(names):
        raise MalformedError("the first line does not name at least two columns")
    rows = _rows(names, delimiter, encoding, content, heading.size)
    if not rows:
        raise MalformedError("no row has as many fields as the heading")
    seen = [
        _seen(name, column) for name, column in zip(names, zip(*rows, strict=True), strict=True)
    ]
    fields = [_field(column) for column in seen]
    key = _key(seen)
    return {
        "name": "draft",
        "encoding": encoding,
        "dialect": {"delimiter": delimiter, "quoteChar": '"'},
        "schema": {"fields": fields, **({"primaryKey": [key]} if key else {})},
    }


def _encoding(sample: bytes) -> str:
    try:
        sample[:-4].decode()
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _rows(
    names: Sequence[str], delimiter: str, encoding: str, content: memoryview, at: int
) -> list[Sequence[str]]:
    columns = tuple(Column(name=name) for name in names)
    dialect = Dialect(delimiter=delimiter, encoding=encoding)
    reader = RowReader(Contract(name="draft", columns=columns, dialect=dialect))
    rows: list[Sequence[str]] = []
    for block in read_blocks(content, at):
        rows += [row.fields for row in reader.read(block) if row.fields]
        if len(rows) >= MOST_ROWS:
            break
    return rows[:MOST_ROWS]


def _seen(name: str, column: Sequence[str]) -> _Seen:
    values = [value for value in column if value.strip()]
    return _Seen(name=name, values=values, gaps=len(values) < len(column))


def _field(column: _Seen) -> dict[str, Json]:
    constraints: dict[str, Json] = {} if column.gaps else {"required": True}
    listed = _listed(column.values)
    told = _identified(column.values) or _typed(column.values)
    if listed and told["type"] == "string" and "x-identifier" not in told:
        constraints["enum"] = listed
    return {"name": column.name, **told, **({"constraints": constraints} if constraints else {})}


def _identified(values: Sequence[str]) -> dict[str, Json] | None:
    """Return an identifier that nearly all values are."""
    different = list(dict.fromkeys(values))[:2000]
    for name in TELLING if len(different) > 4 else ():
        check = IDENTIFIERS[name]
        if sum(check(value) is Check.VALID for value in different) >= FITTING_SHARE * len(
            different
        ):
            return {"type": "string", "x-identifier": name}
    return None


def _typed(values: Sequence[str]) -> dict[str, Json]:
    """Return the narrowest type that every value has."""
    different = list(dict.fromkeys(values))
    for told in _candidates() if different else ():
        parse = _parser_of(told)
        if not any(isinstance(parse(value), Unfit) for value in different):
            return told
    return {"type": "string"}


def _candidates() -> list[dict[str, Json]]:
    return [
        *({"type": "date", "format": given} for given in DATES),
        *({"type": "datetime", "format": given} for given in DATETIMES),
        {"type": "integer"},
        {"type": "number"},
        {"type": "number", "decimalChar": ","},
    ]


def _parser_of(told: Mapping[str, Json]) -> Callable[[str], object]:
    return parser(
        Column(
            name="",
            type=ColumnType(told["type"]),
            format=told.get("format", ""),
            decimal=told.get("decimalChar", "."),
        )
    )


def _listed(values: Sequence[str]) -> list[str]:
    counted = Counter(values)
    few = 0 < len(counted) <= MOST_LISTED and min(counted.values()) >= LEAST_OFTEN
    return sorted(counted) if few and max(map(len, counted)) <= LONGEST_LISTED else []


def _key(columns: Sequence[_Seen]) -> str:
    """Return the first column whose values all differ; a key needs more rows than chance."""
    for column in columns:
        if not column.gaps and len(column.values) > LEAST_OFTEN:
            if len(set(column.values)) == len(column.values):
                return column.name
            break
    return ""
