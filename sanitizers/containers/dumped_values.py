"""Values of a dump that are files, as each program writes binary columns: taken out one by one.

Digits behind a mark, or letters with escapes: no other scanner recognises a file that is written
so, and loading the dump makes it one again.
"""

import re
from collections.abc import Iterator
from typing import NamedTuple

from formats.faults import LimitError
from formats.signatures import candidates
from formats.sql.dialects import Dialect, dialect_of
from formats.text import read_text
from sanitizers.containers.unpacked import Unpacked
from sanitizers.limits import Limits

# Nothing shorter is a file of its own, and nothing longer is looked at whole.
LEAST, MOST_BYTES = 24, 32 << 20
_DIGITS = re.compile(rb"(?:[xX]'|0[xX]|\\\\?x)([0-9A-Fa-f]{%d,}+)" % (2 * LEAST))
# A text that begins like a file, or has a control character near its beginning; a quotation mark
# that is escaped, or doubled, begins none.
_BEGINS = re.compile(
    rb"(?<![\\'])'(?=%PDF-|\{\\\\rt|MZ|ZM|PK|7z|Rar!|BZh|#!|\xd0\xcf"
    rb"|(?:[^'\\\x01-\x08\x0e-\x1f\x7f\xff]|\\[^0Z]){0,64}+"
    rb"(?:[\x01-\x08\x0e-\x1f\x7f\xff]|\\[0Z]))",
    re.DOTALL,
)
_TEXT = re.compile(rb"'([^'\\]*+(?:(?:\\.|'')[^'\\]*+)*+)'", re.DOTALL)
_ESCAPE = re.compile(rb"\\(.)|''", re.DOTALL)
_ESCAPES = {b"0": b"\x00", b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"Z": b"\x1a"}
_WIDE = ("utf-16", "utf-32")


class Value(NamedTuple):
    """A value that was written as bytes: where it stands, and whether that is all of it."""

    offset: int
    content: bytes
    whole: bool

    @property
    def is_file(self) -> bool:
        """Whether it is a file as it stands, which is taken out."""
        return self.whole and len(self.content) >= LEAST and bool(candidates(self.content))


def unpack(content: bytes, limits: Limits) -> Iterator[Unpacked]:
    """Yield every value that is a file of its own, in the order of the rows.

    Raises:
        LimitError: it holds too many files.
    """
    text = read_text(content)
    plain = text.view if text is not None and text.encoding.startswith(_WIDE) else content
    files = (value for value in values(plain, dialect_of(plain)) if value.is_file)
    for number, value in enumerate(files, 1):
        if number > limits.most_members:
            raise LimitError(f"more than {limits.most_members} files")
        yield Unpacked(content=value.content)


def values(text: bytes, dialect: Dialect) -> Iterator[Value]:
    """Yield what may be a file among the values of a dump."""
    for found in _DIGITS.finditer(text):
        digits = found.group(1)
        whole = len(digits) <= 2 * MOST_BYTES and len(digits) % 2 == 0
        pairs = digits[: 2 * MOST_BYTES]
        told = bytes.fromhex(pairs[: len(pairs) & ~1].decode("ascii"))
        yield Value(found.start(), told, whole)
    if dialect is Dialect.MYSQL:
        yield from _letters(text)


def _letters(text: bytes) -> Iterator[Value]:
    """Yield the texts that begin like a file; one that is none in truth begins like none either."""
    for found in _BEGINS.finditer(text):
        written = _TEXT.match(text, found.start())
        if written is not None:
            escaped = written.group(1)
            told = _ESCAPE.sub(_unescaped, escaped[:MOST_BYTES])
            yield Value(found.start(), told, len(escaped) <= MOST_BYTES)


def _unescaped(found: re.Match[bytes]) -> bytes:
    code = found.group(1)
    return b"'" if code is None else _ESCAPES.get(code, code)
