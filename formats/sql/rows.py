"""Rows of a dump: the lines below COPY, and the tuples behind VALUES.

Only plain values are rows: texts, numbers, NULL, TRUE and FALSE. An expression is code, and the
statement that it stands in is judged as such.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from formats.sql.dialects import Dialect

_SPACE = rb"[ \t\r\n]*+"
_NUMBER = rb"[+-]?(?:\d++(?:\.\d*+)?|\.\d++)(?:[eE][+-]?\d++)?"
_PLAIN = rb"'[^']*+(?:''[^']*+)*+'"
_ESCAPED = rb"'[^'\\]*+(?:(?:\\.|'')[^'\\]*+)*+'"
_WORDS = rb"(?:NULL|TRUE|FALSE|DEFAULT|null|true|false)\b"
# The shell of SQLite writes line ends and control characters by a call: nothing else is called.
_SIGN_OF = rb",'[^']{1,20}',char\(1[03]\)\)"
_CALLED = (
    rb"replace\((?:replace\("
    + _PLAIN
    + _SIGN_OF
    + rb"|"
    + _PLAIN
    + rb")"
    + _SIGN_OF
    + rb"|unistr\("
    + _PLAIN
    + rb"\)"
)
_LITERALS = {
    Dialect.POSTGRESQL: rb"(?:[eE]" + _ESCAPED + rb"|[bBxX]?" + _PLAIN + rb"|",
    Dialect.MYSQL: rb"(?:0[xX][0-9A-Fa-f]++|(?:_binary |_utf8mb4 |_utf8 |_latin1 )?[bBxX]?"
    + _ESCAPED
    + rb"|",
    Dialect.SQLITE: rb"(?:[xX]?" + _PLAIN + rb"|" + _CALLED + rb"|",
    Dialect.OTHER: rb"(?:[xXnN]?" + _PLAIN + rb"|",
}


def _literal(dialect: Dialect) -> bytes:
    return _LITERALS[dialect] + _NUMBER + rb"|" + _WORDS + rb")"


_TUPLE = {
    dialect: re.compile(
        _SPACE
        + rb"(\("
        + _SPACE
        + _literal(dialect)
        + _SPACE
        + rb"(?:,"
        + _SPACE
        + _literal(dialect)
        + _SPACE
        + rb")*+\))"
        + _SPACE
        + rb"(,?)",
        re.DOTALL,
    )
    for dialect in Dialect
}
_VALUE = {
    dialect: re.compile(_SPACE + rb"(" + _literal(dialect) + rb")" + _SPACE + rb"[,)]", re.DOTALL)
    for dialect in Dialect
}
_COPY_ESCAPES = {
    b"b": b"\b",
    b"f": b"\f",
    b"n": b"\n",
    b"r": b"\r",
    b"t": b"\t",
    b"v": b"\v",
}
_COPY_ESCAPE = re.compile(rb"\\(x[0-9A-Fa-f]{1,2}|[0-7]{1,3}|.)", re.DOTALL)
_TEXT_ESCAPES = {
    b"0": b"\x00",
    b"b": b"\b",
    b"n": b"\n",
    b"r": b"\r",
    b"t": b"\t",
    b"Z": b"\x1a",
}
_TEXT_ESCAPE = re.compile(rb"\\(.)|''", re.DOTALL)
Value = bytes | None


class Row(NamedTuple):
    """One row: its values, None for NULL, and the bytes that it stands in."""

    values: tuple[Value, ...]
    offset: int
    size: int


def end_of_tuples(content: bytes, at: int, dialect: Dialect) -> int:
    """Return where the plain tuples from an offset on end."""
    match = _TUPLE[dialect].match
    while (found := match(content, at)) is not None:
        at = found.end()
        if not found.group(2):
            break
    return at


def tuples(content: bytes, start: int, end: int, dialect: Dialect) -> Iterator[Row]:
    """Yield the tuples between two offsets that `end_of_tuples` returned."""
    at = start
    match = _TUPLE[dialect].match
    while at < end and (found := match(content, at)) is not None:
        offset, stop = found.span(1)
        yield Row(_values(content, offset, stop, dialect), offset, stop - offset)
        at = found.end()


def _values(content: bytes, offset: int, stop: int, dialect: Dialect) -> tuple[Value, ...]:
    values: list[Value] = []
    match = _VALUE[dialect].match
    at = offset + 1
    while at < stop and (found := match(content, at)) is not None:
        values.append(_plain(found.group(1), dialect))
        at = found.end()
    return tuple(values)


def _plain(literal: bytes, dialect: Dialect) -> Value:
    """Return the value that a literal stands for; what is binary stays as it is written."""
    if literal[-1:] == b")":
        return _called(literal)
    if literal[-1:] != b"'":
        upper = literal.upper()
        return None if upper in (b"NULL", b"DEFAULT") else literal
    prefix, _, rest = literal.partition(b"'")
    text = rest[:-1]
    if prefix.strip().lower() in (b"x", b"b", b"_binary"):
        return literal
    if dialect is Dialect.MYSQL or prefix in (b"e", b"E"):
        return _TEXT_ESCAPE.sub(_unescaped, text) if b"\\" in text or b"''" in text else text
    return text.replace(b"''", b"'")


_REPLACED = re.compile(rb",'([^']{1,20})',char\((1[03])\)\)\Z")
_UNISTR = re.compile(rb"\\(?:u([0-9a-fA-F]{4})|(\\))")


def _called(literal: bytes) -> bytes:
    """Return the text that the shell of SQLite wrote by a call."""
    name, _, rest = literal.partition(b"(")
    if name == b"unistr":
        text = rest[1:-2].replace(b"''", b"'")
        return _UNISTR.sub(
            lambda f: b"\\" if f[2] else chr(int(f[1], 16)).encode("utf-8", "replace"), text
        )
    found = _REPLACED.search(rest)
    if found is None:
        return literal
    inner = _plain(rest[: found.start()], Dialect.SQLITE) or b""
    return inner.replace(found.group(1), bytes([int(found.group(2))]))


def _unescaped(found: re.Match[bytes]) -> bytes:
    if found.group() == b"''":
        return b"'"
    return _TEXT_ESCAPES.get(found.group(1), found.group(1))


def copied(content: bytes, start: int, end: int) -> Iterator[Row]:
    """Yield the lines between two offsets, by the rules of COPY's text format."""
    at = start
    while at < end:
        stop = content.find(b"\n", at, end)
        following = end if stop < 0 else stop + 1
        line = content[at : end if stop < 0 else stop].removesuffix(b"\r")
        yield Row(tuple(_copy_value(field) for field in line.split(b"\t")), at, following - at)
        at = following


def _copy_value(field: bytes) -> Value:
    if field == b"\\N":
        return None
    if b"\\" not in field:
        return field
    return _COPY_ESCAPE.sub(_copy_unescaped, field)


def _copy_unescaped(found: re.Match[bytes]) -> bytes:
    code = found.group(1)
    if code[:1] == b"x" and len(code) > 1:
        return bytes([int(code[1:], 16)])
    if code[:1].isdigit() and code[:1] < b"8":
        return bytes([int(code, 8) & 0xFF])
    return _COPY_ESCAPES.get(code, code)
