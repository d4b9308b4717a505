"""Values of one column: text is parsed by an explicit format, and held against its bounds."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal, InvalidOperation

from schemas.dates import EARLIEST_YEAR, exists
from schemas.identifiers.registry import fault_of
from schemas.interface import Reason, ReasonClass
from schemas.reasons.table import because
from schemas.redaction import shape
from schemas.tabular.contract import Column, ColumnType

Parsed = str | Decimal | None
_INTEGER = re.compile(r"[+-]?\d{1,30}", re.ASCII)
_NUMBER = re.compile(r"[+-]?(?:\d{1,30}(?:\.\d{0,30})?|\.\d{1,30})(?:[eE][+-]?\d{1,2})?", re.ASCII)
_YEAR = re.compile(r"\d{4}", re.ASCII)
# What begins like a formula and only counts or calls: an amount, a telephone number.
_FIGURES = re.compile(r"[+-][\d\s().,/:-]*", re.ASCII)
_BOOLEAN = frozenset("true false True False TRUE FALSE 1 0 O N oui non OUI NON Y".split())
# CWE-1236: what a spreadsheet takes for a formula, also behind spaces and in full width.
_FORMULA = re.compile(r"[\s\x00\ufeff\u00a0]*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]")
_ABSENT = re.compile(r"[-+=.\s]*")
_PARTS = {
    "Y": r"(\d{4})",
    "m": r"(\d\d)",
    "d": r"(\d\d)",
    "H": r"(\d\d)",
    "M": r"(\d\d)",
    "S": r"(\d\d)",
}
_FORMATS = {
    ColumnType.DATE: "%Y-%m-%d",
    ColumnType.DATETIME: "%Y-%m-%dT%H:%M:%S",
    ColumnType.TIME: "%H:%M:%S",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Unfit:
    """A value that cannot be parsed, or may not stand here: the code of its reason."""

    code: str


class Values:
    """Judges the values of one column, each by itself."""

    def __init__(self, column: Column, missing: frozenset[str], today: date) -> None:
        self.column = column
        self._missing = missing
        self._parse = parser(column, today)
        self._judge_further = _bounds(column)

    def judge(self, value: str) -> tuple[Parsed, Reason | None]:
        """Return a value as it is compared with others, and what is to be said against it."""
        if value in self._missing:
            return None, self._against("TAB-006", value) if self.column.required else None
        found = self._parse(value)
        if isinstance(found, Unfit):
            return None, self._against(found.code, value)
        code = self._judge_further(value, found)
        return found, self._against(code, value) if code else None

    def _against(self, code: str, value: str) -> Reason:
        where = f"column {self.column.name}"
        reason = because(code, where, shape(value))
        if code == "TAB-009" and self.column.listed is ReasonClass.CONFORMANCE:
            reason = because("TAB-019", where, shape(value))
        return self.column.tempered(reason)


def parser(column: Column, today: date | None = None) -> Callable[[str], Parsed | Unfit]:
    """Return what parses the values of a column; without a day, none lies in the future."""
    match column.type:
        case ColumnType.STRING:
            return _text_parser(column)
        case ColumnType.INTEGER:
            return _integer
        case ColumnType.NUMBER:
            return _number_parser(column.decimal)
        case ColumnType.BOOLEAN:
            return lambda value: value if value in _BOOLEAN else Unfit(code="TAB-007")
        case ColumnType.YEAR:
            return lambda value: value if _YEAR.fullmatch(value) else Unfit(code="TAB-007")
        case ColumnType.DATE | ColumnType.DATETIME | ColumnType.TIME:
            return _moment_parser(column, today)


def _text_parser(column: Column) -> Callable[[str], Parsed | Unfit]:
    """Refuse formulas but where a list or a check says more; a pattern may allow figures."""
    if column.formula or column.enum or column.identifier:
        return lambda value: value
    if column.pattern:
        return lambda value: (
            Unfit(code="TAB-005") if is_formula(value) and not _FIGURES.fullmatch(value) else value
        )
    return lambda value: Unfit(code="TAB-005") if is_formula(value) else value


def is_formula(value: str) -> bool:
    """Whether a spreadsheet would run this text; signs alone ("-", "+++") are no formula."""
    return _FORMULA.match(value) is not None and not _ABSENT.fullmatch(value)


def _integer(value: str) -> Parsed | Unfit:
    return Decimal(value) if _INTEGER.fullmatch(value) else Unfit(code="TAB-007")


def _number_parser(decimal: str) -> Callable[[str], Parsed | Unfit]:
    def parse(value: str) -> Parsed | Unfit:
        if decimal == "," and "." in value:
            return Unfit(code="TAB-007")
        plain = value.replace(decimal, ".")
        return Decimal(plain) if _NUMBER.fullmatch(plain) else Unfit(code="TAB-007")

    return parse


def _moment_parser(column: Column, today: date | None) -> Callable[[str], Parsed | Unfit]:
    given = format_of(column)
    pattern, order = moment_pattern(given)
    bounded = today is not None and not column.future
    latest = f"{today:%Y%m%d}" if bounded and "Y" in order else ""
    places = [order.index(part) if part in order else None for part in "YmdHMS"]
    has_date = "Y" in order

    def parse(value: str) -> Parsed | Unfit:
        found = pattern.fullmatch(value)
        if found is None:
            return Unfit(code="TAB-007")
        groups = found.groups()
        parts = [groups[place] if place is not None else None for place in places]
        numbers = [
            int(p) if p else default
            for p, default in zip(parts, (2000, 1, 1, 0, 0, 0), strict=True)
        ]
        if not exists(numbers):
            return Unfit(code="GEN-008")
        digits = "".join(p for p in parts if p)
        if has_date and (numbers[0] < EARLIEST_YEAR or (latest and digits[:8] > latest)):
            return Unfit(code="GEN-009")
        return digits

    return parse


def format_of(column: Column) -> str:
    """Return the format of a column of moments."""
    return column.format if column.format not in ("", "default", "any") else _FORMATS[column.type]


def moment_pattern(given: str) -> tuple[re.Pattern[str], str]:
    """Return the pattern of a strptime format, and the order of its parts.

    Raises:
        ValueError: the format uses a part that is not numeric.
    """
    pattern, order, place = "", "", 0
    while place < len(given):
        character = given[place]
        if character == "%":
            part = given[place + 1 : place + 2]
            if part not in _PARTS or part in order:
                raise ValueError(given)
            pattern, order, place = pattern + _PARTS[part], order + part, place + 2
            continue
        pattern, place = pattern + re.escape(character), place + 1
    return re.compile(pattern, re.ASCII), order


def _bounds(column: Column) -> Callable[[str, Parsed], str | None]:
    """Return what says which bound of its column a value breaks."""
    pattern = re.compile(column.pattern) if column.pattern else None
    low, high = _limit(column, column.minimum), _limit(column, column.maximum)

    def judge(value: str, parsed: Parsed) -> str | None:
        if not column.least_length <= len(value) <= column.most_length:
            return "TAB-011"
        if column.enum and value not in column.enum:
            return "TAB-009"
        if pattern is not None and not pattern.fullmatch(value):
            return "TAB-010"
        if column.identifier and (code := fault_of(column.identifier, value)):
            return code
        return "TAB-008" if _outside(parsed, low, high) else None

    return judge


def _limit(column: Column, given: str) -> Parsed:
    if not given:
        return None
    if column.type in (ColumnType.INTEGER, ColumnType.NUMBER):
        try:
            return Decimal(given)
        except InvalidOperation:
            return None
    return "".join(re.findall(r"\d", given))


def _outside(parsed: Parsed, low: Parsed, high: Parsed) -> bool:
    if isinstance(parsed, Decimal):
        return (isinstance(low, Decimal) and parsed < low) or (
            isinstance(high, Decimal) and parsed > high
        )
    if isinstance(parsed, str):
        return (isinstance(low, str) and parsed < low) or (isinstance(high, str) and parsed > high)
    return False
