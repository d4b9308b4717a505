"""Statements of a dump, cut where the program that loads it would cut: not at every semicolon.

A line of data below COPY is no statement. A line that begins with a backslash is a command to the
client program and never reaches the database. MySQL's client changes the delimiter on demand.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from formats.faults import LimitError, TruncatedError
from formats.sql.dialects import Dialect
from formats.sql.rows import end_of_tuples
from formats.sql.tokens import Is, Reader, Token

MOST_TOKENS = 100_000
LONGEST_LINE = 4096
_DELIMITER = re.compile(rb"delimiter[ \t]+([^\s\\'\"]{1,16})[ \t\r]*(?=\n|\Z)", re.IGNORECASE)
_COPY_END = re.compile(rb"(?:^|(?<=\n))\\\.[ \t]*\r?(?:\n|\Z)")
_REMARK = (b"", b"--", b"/*")
_INSERTS = (b"INSERT", b"REPLACE")
# What the client programs of MySQL run themselves, at the beginning of a line.
_CLIENT = re.compile(
    rb"(?:system|source|tee|notee|pager|nopager|edit|prompt|resetconnection|connect|warnings"
    rb"|charset)\b(?![ \t]*[=.,(])",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Statement:
    """One statement without its remarks. `rows` are the bytes between which its tuples stand.

    `conditional` tells that some servers run all or some of it and others skip it.
    """

    offset: int
    end: int
    tokens: tuple[Token, ...]
    rows: tuple[int, int] | None = None
    conditional: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyData:
    """The lines below a COPY, without the one that ends them."""

    statement: Statement
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Command:
    """A line to the client program, from its backslash or first word on."""

    offset: int
    line: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Doubt:
    """A place that two programs would read differently."""

    offset: int
    reason: str


Item = Statement | CopyData | Command | Doubt


@dataclass(slots=True)
class _Walk:
    reader: Reader
    delimiter: bytes = b";"
    told: int = 0
    tokens: list[Token] = field(default_factory=list)


def walk(content: bytes, dialect: Dialect) -> Iterator[Item]:
    """Yield everything that a text of statements consists of, in order.

    Raises:
        TruncatedError: a text, a name, a comment or the lines of a COPY do not end.
        LimitError: a statement has too many parts.
    """
    start = 3 if content.startswith(b"\xef\xbb\xbf") else 0
    walking = _Walk(reader=Reader(content, dialect))
    walking.reader.at = start
    zero = content.find(b"\x00")
    if zero >= 0:
        yield Doubt(offset=zero, reason="a zero byte, at which some programs end the line")
    while True:
        item = _next(walking)
        yield from _doubts(walking)
        if item is None:
            return
        yield item
        if isinstance(item, Statement) and _copies_here(item):
            yield from _copied(walking.reader, item)


def _next(walking: _Walk) -> Item | None:
    """Return the next statement or command; None at the end."""
    reader = walking.reader
    while True:
        reader.skip_comments()
        client = _client_line(walking)
        if client is not None:
            return client
        tokens, rows, conditional = _parts(walking)
        if tokens and tokens[0].what is Is.BACKSLASH and len(tokens) == 1:
            return Command(offset=tokens[0].offset, line=tokens[0].text)
        if tokens:
            return Statement(
                offset=tokens[0].offset,
                end=reader.at,
                tokens=tuple(tokens),
                rows=rows,
                conditional=conditional,
            )
        if reader.at >= len(reader.content):
            return None


def _client_line(walking: _Walk) -> Command | None:
    """Return a line that the client program takes for itself, where a statement would begin."""
    reader = walking.reader
    at = reader.at
    if reader.dialect is Dialect.SQLITE and reader.content.startswith(b".", at):
        return Command(offset=at, line=_line(reader, at))
    if reader.dialect is not Dialect.MYSQL:
        return None
    changed = _DELIMITER.match(reader.content, at)
    if changed is not None:
        walking.delimiter, reader.at = changed.group(1), changed.end()
        return Command(offset=at, line=b"delimiter")
    if _CLIENT.match(reader.content, at):
        return Command(offset=at, line=_line(reader, at))
    return None


def _line(reader: Reader, offset: int) -> bytes:
    """Read to the end of the line."""
    end = reader.content.find(b"\n", offset)
    reader.at = len(reader.content) if end < 0 else end
    return reader.content[offset : min(reader.at, offset + LONGEST_LINE)]


def _parts(walking: _Walk) -> tuple[list[Token], tuple[int, int] | None, bool]:
    """Read up to the delimiter: the tokens, where the tuples stand, whether a part is optional."""
    reader, tokens = walking.reader, list[Token]()
    rows: tuple[int, int] | None = None
    conditional = reader.inside_conditional
    while not _ends(walking):
        token = reader.read()
        if token is None or (token.text == b";" and walking.delimiter == b";"):
            break
        if token.what is Is.COMMENT:
            conditional = conditional or reader.inside_conditional
            continue
        if token.what is Is.BACKSLASH:
            token = token._replace(text=_line(reader, token.offset), end=reader.at)
        if reader.dialect is Dialect.SQLITE and _ends_in_shell(reader.content, token):
            reader.doubts.append(token.offset)
        tokens.append(token)
        if len(tokens) == 1 and token.what is Is.BACKSLASH:
            break
        if len(tokens) > MOST_TOKENS:
            raise LimitError(f"a statement of more than {MOST_TOKENS} parts")
        if rows is None and token.word == b"VALUES" and tokens[0].word in _INSERTS:
            rows = reader.at, end_of_tuples(reader.content, reader.at, reader.dialect)
            reader.at = rows[1]
    if reader.inside_conditional:
        reader.doubts.append(tokens[0].offset if tokens else reader.at)
    return tokens, rows, conditional


def _ends_in_shell(content: bytes, token: Token) -> bool:
    """Whether the shell of SQLite takes a line for a semicolon: `/` or `go`, and a remark."""
    if token.text != b"/" and token.word != b"GO":
        return False
    if content[content.rfind(b"\n", 0, token.offset) + 1 : token.offset].strip():
        return False
    end = content.find(b"\n", token.end)
    return content[token.end : end if end >= 0 else None].strip()[:2] in _REMARK


def _ends(walking: _Walk) -> bool:
    """Go behind a delimiter that is not the usual one."""
    if walking.delimiter == b";":
        return False
    reader = walking.reader
    at = reader.at
    while reader.content[at : at + 1] in (b" ", b"\t", b"\r", b"\n"):
        at += 1
    if not reader.content.startswith(walking.delimiter, at):
        return False
    reader.at = at + len(walking.delimiter)
    return True


def _copies_here(statement: Statement) -> bool:
    words = [token.word for token in statement.tokens]
    if words[0] != b"COPY" or b"FROM" not in words:
        return False
    source = words.index(b"FROM") + 1
    return source < len(words) and words[source] == b"STDIN"


def _copied(reader: Reader, statement: Statement) -> Iterator[Item]:
    """Yield the lines below a COPY, up to the line of a backslash and a dot."""
    offset = reader.at
    if _line(reader, offset).strip():
        yield Doubt(offset=offset, reason="something stands behind COPY on its line")
    start = reader.at + 1
    found = _COPY_END.search(reader.content, start) if start <= len(reader.content) else None
    if found is None:
        raise TruncatedError("the rows of a table do not end", offset=start)
    yield CopyData(statement=statement, start=start, end=found.start())
    reader.at = found.end()


def _doubts(walking: _Walk) -> Iterator[Doubt]:
    doubts = walking.reader.doubts
    while walking.told < len(doubts):
        yield Doubt(
            offset=doubts[walking.told], reason="a comment that two programs read differently"
        )
        walking.told += 1
