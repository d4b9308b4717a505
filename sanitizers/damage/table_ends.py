"""Where a table stops that no line end closes: in its last row, by what all other rows have there.

A row that is cut before its last separator has fewer of them. One that is cut behind it shows that
only where the last column is regular: values of one width, of so many decimals, or of a few words.
"""

import re
from collections import Counter
from collections.abc import Sequence

SEPARATORS = (b";", b"\t", b",", b"|")
LEAST_ROWS = 5
_MOSTLY = 0.95
_QUOTED = re.compile(rb'"[^"]*"')
_LEAST_REGULAR, _LEAST_FILLED = 10, 20
_LEAST_WIDTH = 4
_DECIMALS = re.compile(rb"[+-]?\d+[.,](\d+)")
_NUMBER = re.compile(rb"[+-]?\d+(?:[.,](\d*))?")
_DIGITS = re.compile(rb"\s*[+-]?(?:\d+[.,]?\d*(?:[eE]?[+-]?\d*)|0[xX][0-9a-fA-F]*)")
# Where all are long, one that ends in zeros is a letter or two shorter; a half or none is three.
_LONG_NUMBER, _SHORTER = 8, 3
# A column of words that come back: one in so many rows has a new one at most.
_REPEATED = 4


def why_row_cut(content: bytes, *, from_start: bool, least_columns: int = 2) -> str:
    """Return what says that the last row goes on, empty when nothing does.

    `content` is the end of a table without a last line end, and `from_start` says whether it begins
    with the first row.
    """
    written = content.splitlines()[0 if from_start else 1 :]
    rows = _QUOTED.sub(b"", content).splitlines()[0 if from_start else 1 :]
    if len(rows) < LEAST_ROWS or not rows[-1] or not written:
        return ""
    *others, last = rows
    for separator in SEPARATORS:
        counts = Counter(row.count(separator) for row in others)
        usual, times = max(counts.items(), key=lambda item: item[1])  # most_common would import
        if usual == 1 and _are_statements(others, separator):
            return ""
        if usual + 1 < least_columns or times < len(others) * _MOSTLY:
            continue
        if last.count(separator) < usual or _opens_quote(last, separator):
            return "the last row is cut"
        whole = [row for row in others[1:] if row.count(separator) == usual]
        return _why_value_cut([_last_value(row, separator) for row in whole], last, separator)
    return ""


def _last_value(row: bytes, separator: bytes) -> bytes:
    return row.rsplit(separator, 1)[-1]


def _are_statements(rows: Sequence[bytes], separator: bytes) -> bool:
    """Tell lines of a program, each with its only separator at the end, from rows of a table."""
    return sum(row.rstrip().endswith(separator) for row in rows) >= len(rows) * _MOSTLY


def _opens_quote(row: bytes, separator: bytes) -> bool:
    """Tell whether the last field begins with a quote that nothing closes."""
    return _last_value(row, separator).startswith(b'"')


def _why_value_cut(column: Sequence[bytes], last: bytes, separator: bytes) -> str:
    """Compare the last value of all with those above it."""
    value = _last_value(last, separator)
    if len(column) < _LEAST_REGULAR:
        return ""
    if not value:
        is_filled = len(column) >= _LEAST_FILLED and all(column)
        return "the last value is missing" if is_filled else ""
    widths = {len(other) for other in column}
    words = Counter(column)
    signs = {
        "the last value is shorter than all others": len(widths) == 1
        and _LEAST_WIDTH <= max(widths) > len(value),
        "the last number is far shorter than all others": _is_half_a_number(column, value),
        "the last value has fewer decimals than all others": _has_fewer_decimals(column, value),
        "the last value is the beginning of another one": len(words) <= len(column) // _REPEATED
        and value not in words
        and any(word.startswith(value) and word.isalpha() for word in words),
    }
    return next((reason for reason, holds in signs.items() if holds), "")


def _is_half_a_number(column: Sequence[bytes], value: bytes) -> bool:
    """Tell whether all others are long numbers: computed ones differ by a last zero or two."""
    if len(column) < _LEAST_FILLED or _DIGITS.fullmatch(value) is None:
        return False
    shortest = min(map(len, column))
    if shortest < _LONG_NUMBER or not _LEAST_WIDTH <= len(value) <= shortest - _SHORTER:
        return False
    return all(map(_DIGITS.fullmatch, column))


def _has_fewer_decimals(column: Sequence[bytes], value: bytes) -> bool:
    found = [_DECIMALS.fullmatch(other) for other in column]
    decimals = {len(match.group(1)) for match in found if match is not None}
    if not all(found) or len(decimals) != 1:
        return False
    told = _NUMBER.fullmatch(value)
    return told is not None and len(told.group(1) or b"") < decimals.pop()
