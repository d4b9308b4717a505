"""Tokens of SQL text: words, names, texts, numbers and signs, by the rules of one dialect.

What a database would take for a text is one token here, whatever stands in it. So a command within
a patient's letter is data, and a command behind a text that only seems to go on is a command.
"""

import re
from enum import IntEnum, unique
from typing import NamedTuple

from formats.faults import TruncatedError
from formats.sql.dialects import Dialect

LONGEST_KEPT = 256


@unique
class Is(IntEnum):
    """What a token is."""

    WORD = 1
    NAME = 2
    TEXT = 3
    NUMBER = 4
    SIGN = 5
    OPEN = 6
    CLOSE = 7
    COMMENT = 8
    BACKSLASH = 9


class Token(NamedTuple):
    """One token: a long text is not kept. `end` is the offset behind it."""

    what: Is
    text: bytes
    offset: int
    end: int

    @property
    def word(self) -> bytes:
        """The word in capitals; empty for everything else."""
        return self.text.upper() if self.what is Is.WORD else b""


_WORD = rb"(?P<word>[A-Za-z_\x80-\xff][\w$\x80-\xff]*+)"
_NUMBER = rb"(?P<number>(?:0[xX][0-9A-Fa-f]++|\d++(?:\.\d*+)?|\.\d++)(?:[eE][+-]?\d++)?)"
_PLAIN = rb"'[^']*+(?:''[^']*+)*+'"
_ESCAPED = rb"'[^'\\]*+(?:(?:\\.|'')[^'\\]*+)*+'"
_BLOCK = rb"(?P<block>/\*)"
_SIGNS = rb"(?P<open>\()|(?P<close>\))|(?P<backslash>\\)|(?P<sign>.)"


def _pattern(*parts: bytes) -> re.Pattern[bytes]:
    return re.compile(rb"\s*+(?:" + b"|".join(parts) + rb")", re.DOTALL)


_PATTERNS = {
    Dialect.POSTGRESQL: _pattern(
        rb"(?P<line>--[^\n\r]*+)",  # a return ends a remark (psqlscan.l, non_newline)
        _BLOCK,
        rb"(?P<text>[eE]" + _ESCAPED + rb"|(?:[bBxXnN]|[uU]&)?" + _PLAIN + rb")",
        rb"(?P<dollar>\$(?:[A-Za-z_\x80-\xff][\w\x80-\xff]*+)?\$)",
        rb'(?P<name>(?:[uU]&)?"[^"]*+(?:""[^"]*+)*+")',
        _NUMBER,
        _WORD,
        _SIGNS,
    ),
    Dialect.MYSQL: _pattern(
        rb"(?P<line>--(?=[\s\x00-\x1f]|\Z)[^\n]*+|#[^\n]*+)",
        rb"(?P<conditional>/\*M?!\d{0,6})",
        _BLOCK,
        rb"(?P<end>\*/)",
        rb"(?P<text>[bBxXnN]?" + _ESCAPED + rb'|"[^"\\]*+(?:(?:\\.|"")[^"\\]*+)*+")',
        rb"(?P<name>`[^`]*+(?:``[^`]*+)*+`)",
        _NUMBER,
        _WORD,
        _SIGNS,
    ),
    Dialect.SQLITE: _pattern(
        rb"(?P<line>--[^\n]*+)",
        _BLOCK,
        rb"(?P<text>[xX]?" + _PLAIN + rb")",
        rb'(?P<name>"[^"]*+(?:""[^"]*+)*+"|`[^`]*+(?:``[^`]*+)*+`|\[[^\]]*+\])',
        _NUMBER,
        _WORD,
        _SIGNS,
    ),
}
_PATTERNS[Dialect.OTHER] = _PATTERNS[Dialect.SQLITE]
_KINDS = {
    "word": Is.WORD,
    "name": Is.NAME,
    "text": Is.TEXT,
    "number": Is.NUMBER,
    "open": Is.OPEN,
    "close": Is.CLOSE,
    "backslash": Is.BACKSLASH,
}
# A remark to the server of MySQL, and none to its client.
_HALF_REMARK = re.compile(rb"--[\x00-\x08\x0e-\x1f]")
# A text with escapes goes on in the next line, where it has them too (PostgreSQL, 4.1.2.1).
_GOES_ON = re.compile(rb"(?:[ \t\f\v]|--[^\r\n]*+)*+[\r\n](?:\s|--[^\r\n]*+[\r\n])*+'")
_COMMENT_MARK = re.compile(rb"/\*|\*/")
_OPENING = {
    Dialect.POSTGRESQL: b"'\"",
    Dialect.MYSQL: b"'\"`",
    Dialect.SQLITE: b"'\"`[",
    Dialect.OTHER: b"'\"`[",
}


class Reader:
    """Reads one token after the other; `at` is where it stands.

    `doubts` are the offsets of comments that two programs read differently.
    """

    def __init__(self, content: bytes, dialect: Dialect) -> None:
        self.content = content
        self.dialect = dialect
        self.at = 0
        self.doubts: list[int] = []
        self._next = _PATTERNS[dialect].match
        self._conditional = -1

    @property
    def inside_conditional(self) -> bool:
        """Whether a comment that some servers run is open."""
        return self._conditional >= 0

    def skip_comments(self) -> None:
        """Go on behind white space and remarks."""
        while True:
            before = self.at
            token = self.read()
            if token is None or token.what is not Is.COMMENT:
                self.at = before if token is None else token.offset
                return

    def read(self) -> Token | None:
        """Return the next token; None behind the last one.

        Raises:
            TruncatedError: a text, a name or a comment does not end.
        """
        found = self._next(self.content, self.at)
        if found is None:
            self.at = len(self.content)
            return None
        what = found.lastgroup or ""
        start, end = found.span(what)
        match what:
            case "line":
                kind = Is.COMMENT
                if _HALF_REMARK.match(self.content, start) and self.dialect is Dialect.MYSQL:
                    self.doubts.append(start)
            case "block":
                kind, end = Is.COMMENT, self._end_of_block(start)
            case "conditional" | "end":
                kind, end = Is.COMMENT, self._conditional_mark(what, start, end)
            case "dollar":
                kind, end = Is.TEXT, self._end_of_dollar(start, end)
            case "sign":
                kind = self._sign(start)
            case _:
                kind = _KINDS[what]
                if self._is_doubtful(kind, start, end):
                    self.doubts.append(start)
        self.at = end
        kept = self.content[start : min(end, start + LONGEST_KEPT)]
        return Token(kind, kept, start, end)

    def _is_doubtful(self, kind: Is, start: int, end: int) -> bool:
        """Whether a text or name ends elsewhere, or is another, for a program than for us."""
        first = self.content[start]
        if kind is Is.TEXT and self.dialect is Dialect.POSTGRESQL:
            return first in b"eE" and _GOES_ON.match(self.content, end) is not None
        if kind is not Is.NAME:
            return False
        if self.dialect is Dialect.POSTGRESQL:
            return first in b"uU"
        # Older clients of MySQL take a backslash in a name for an escape.
        return self.dialect is Dialect.MYSQL and b"\\" in self.content[start:end]

    def _sign(self, start: int) -> Is:
        """A quotation mark that opens nothing is one that nothing closes."""
        if self.content[start] in _OPENING[self.dialect]:
            raise TruncatedError("a text or name is not closed", offset=start)
        return Is.SIGN

    def _end_of_block(self, start: int) -> int:
        """Return the end of a comment; in PostgreSQL comments nest (4.1.5)."""
        if self.content.startswith((b"/*!", b"/*M!"), start):
            self.doubts.append(start)
        if self.dialect is not Dialect.POSTGRESQL:
            end = self.content.find(b"*/", start + 2)
            if end < 0:
                raise TruncatedError("a comment is not closed", offset=start)
            if self.inside_conditional:
                self.doubts.append(start)
            return end + 2
        depth = 0
        for mark in _COMMENT_MARK.finditer(self.content, start):
            depth += 1 if mark.group() == b"/*" else -1
            if depth == 0:
                return mark.end()
        raise TruncatedError("a comment is not closed", offset=start)

    def _conditional_mark(self, what: str, start: int, end: int) -> int:
        """Follow a comment that MySQL runs, or skips: both have to end at the same place."""
        if what == "end":
            if self._conditional < 0 or self.content.find(b"*/", self._conditional) != start:
                self.doubts.append(start)
            self._conditional = -1
            return end
        if self._conditional >= 0:
            self.doubts.append(start)
        if self.content.startswith(b"\\- enable the sandbox mode */", end):
            return end + len(b"\\- enable the sandbox mode */")
        self._conditional = end
        return end

    def _end_of_dollar(self, start: int, end: int) -> int:
        tag = self.content[start:end]
        close = self.content.find(tag, end)
        if close < 0:
            raise TruncatedError("a text is not closed", offset=start)
        return close + len(tag)
