"""Values of a dump that are documents or programs, as each program writes binary columns.

Digits behind a mark, letters with escapes, base64 in a text: no other scanner recognises a file
that is written so, and loading the dump makes it one again.
"""

import re
from collections.abc import Iterator

from custody.finding import Finding
from formats.sql.dialects import Dialect
from sanitizers.active import records
from sanitizers.active.values import finding_of
from sanitizers.dumps import Survey, survey
from sanitizers.interface import Opened
from sanitizers.values import LEAST, ValueKind, kind_of_value

MOST_BYTES = 8 << 20
_DIGITS = re.compile(rb"(?:[xX]'|0[xX]|\\\\?x)([0-9A-Fa-f]{%d,}+)" % (2 * LEAST))
# A text that begins like a file, or has a control character near its beginning.
_BEGINS = re.compile(
    rb"'(?=%PDF-|\{\\\\rt|MZ|ZM|PK|7z|Rar!|BZh|#!|\xd0\xcf"
    rb"|[^'\\]{0,24}(?:[\x01-\x08\x0e-\x1f\x7f\xff]|\\[0Z]))"
)
_TEXT = re.compile(rb"'([^'\\]*+(?:(?:\\.|'')[^'\\]*+)*+)'", re.DOTALL)
_ESCAPE = re.compile(rb"\\(.)|''", re.DOTALL)
_ESCAPES = {b"0": b"\x00", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"Z": b"\x1a"}


def look_at_values(opened: Opened) -> Iterator[Finding]:
    """Yield each kind of file that values are, once, with where the first one stands."""
    dump = opened.once(survey)
    told: set[ValueKind] = set()
    for offset, value in _values(dump):
        kind = kind_of_value(value) if len(value) >= LEAST else None
        if kind is not None and kind not in told:
            told.add(kind)
            yield finding_of(kind, f"offset {offset}")
    yield from records.look(opened)


def _values(dump: Survey) -> Iterator[tuple[int, bytes]]:
    for found in _DIGITS.finditer(dump.text):
        digits = found.group(1)[: 2 * MOST_BYTES]
        yield found.start(), bytes.fromhex(digits[: len(digits) & ~1].decode("ascii"))
    if dump.dialect is Dialect.MYSQL:
        yield from _letters(dump.text)


def _letters(text: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the texts that begin like a file; one that is none in truth begins like none either."""
    for found in _BEGINS.finditer(text):
        whole = _TEXT.match(text, found.start())
        if whole is not None:
            yield found.start(), _ESCAPE.sub(_unescaped, whole.group(1)[:MOST_BYTES])


def _unescaped(found: re.Match[bytes]) -> bytes:
    code = found.group(1)
    return b"'" if code is None else _ESCAPES.get(code, code)
