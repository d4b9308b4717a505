"""Tables as a dump defines them: columns, what may stand in them, and the key of a row."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, unique
from itertools import pairwise

from formats.sql.dialects import Dialect
from formats.sql.statements import Statement
from formats.sql.tokens import Is, Token

Tokens = Sequence[Token]
_NO_COLUMN = frozenset(
    b"PRIMARY UNIQUE KEY INDEX CONSTRAINT FOREIGN CHECK FULLTEXT SPATIAL EXCLUDE LIKE"
    b" PERIOD".split()
)
_BITS = {
    **dict.fromkeys((b"TINYINT", b"INT1"), 8),
    **dict.fromkeys((b"SMALLINT", b"INT2", b"SMALLSERIAL"), 16),
    **dict.fromkeys((b"MEDIUMINT", b"INT3"), 24),
    **dict.fromkeys((b"INTEGER", b"INT", b"INT4", b"SERIAL"), 32),
    **dict.fromkeys((b"BIGINT", b"INT8", b"BIGSERIAL"), 64),
}


@unique
class Kind(Enum):
    """What the values of a column are; OTHER is a type that nothing is known of."""

    INTEGER = "integer"
    NUMBER = "number"
    BOOLEAN = "boolean"
    DAY = "day"
    MOMENT = "moment"
    TEXT = "text"
    BINARY = "binary"
    OTHER = "other"


_KINDS = {
    **dict.fromkeys(_BITS, Kind.INTEGER),
    **dict.fromkeys(
        b"NUMERIC DECIMAL DEC FIXED REAL FLOAT FLOAT4 FLOAT8 DOUBLE".split(), Kind.NUMBER
    ),
    **dict.fromkeys((b"BOOLEAN", b"BOOL"), Kind.BOOLEAN),
    b"DATE": Kind.DAY,
    **dict.fromkeys((b"TIMESTAMP", b"TIMESTAMPTZ", b"DATETIME"), Kind.MOMENT),
    **dict.fromkeys(
        b"TEXT TINYTEXT MEDIUMTEXT LONGTEXT CHAR CHARACTER VARCHAR NCHAR NVARCHAR BPCHAR".split(),
        Kind.TEXT,
    ),
    **dict.fromkeys(
        b"BYTEA BLOB TINYBLOB MEDIUMBLOB LONGBLOB BINARY VARBINARY BIT GEOMETRY POINT".split(),
        Kind.BINARY,
    ),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Column:
    """One column; `least` and `most` bound an integer, `most` the letters of a text, 0 for none."""

    name: bytes
    kind: Kind = Kind.OTHER
    least: int = 0
    most: int = 0
    required: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A table: `key` are the places of the columns that no two rows may share; empty if unknown."""

    columns: tuple[Column, ...]
    key: tuple[int, ...] = ()

    def picked(self, names: Sequence[bytes]) -> "Table":
        """Return the table with the columns that a statement lists, in its order."""
        known = {column.name: column for column in self.columns}
        key = {self.columns[place].name for place in self.key}
        places = tuple(place for place, name in enumerate(names) if name in key)
        return Table(
            columns=tuple(known.get(name, Column(name=name)) for name in names),
            key=places if len(places) == len(key) else (),
        )


@dataclass(slots=True)
class Tables:
    """The tables that the statements so far define, by name."""

    dialect: Dialect
    known: dict[bytes, Table] = field(default_factory=dict)

    def take(self, statement: Statement) -> None:
        """Learn from a CREATE TABLE, or from the ALTER TABLE that adds a key."""
        words = [token.word for token in statement.tokens[:6]]
        if words[0] == b"CREATE" and b"TABLE" in words:
            name, at = name_of(statement.tokens, words.index(b"TABLE") + 1)
            self.known[name] = _table(statement.tokens[at:], self.dialect)
        elif words[:2] == [b"ALTER", b"TABLE"]:
            name, at = name_of(statement.tokens, 2)
            table = self.known.get(name)
            key = _key(statement.tokens[at:])
            if table is not None and key:
                self.known[name] = replace(table, key=_places(table.columns, key))


def name_of(tokens: Tokens, at: int) -> tuple[bytes, int]:
    """Return the name of a table that begins at a place, and the place behind it."""
    while at < len(tokens) and tokens[at].word in (b"IF", b"NOT", b"EXISTS", b"ONLY"):
        at += 1
    parts = []
    while at < len(tokens) and tokens[at].what in (Is.WORD, Is.NAME):
        parts.append(identifier(tokens[at]))
        at += 1
        if at >= len(tokens) or tokens[at].text != b".":
            break
        at += 1
    return b".".join(parts), at


def identifier(token: Token) -> bytes:
    """Return a name without its quotes; one without any is in lower case."""
    return token.text.lower() if token.what is Is.WORD else token.text[1:-1]


def listed(tokens: Tokens, at: int) -> list[bytes]:
    """Return the names in the parenthesis that opens at a place; none when nothing opens there."""
    if at >= len(tokens) or tokens[at].what is not Is.OPEN:
        return []
    inside = []
    for token in tokens[at + 1 :]:
        if token.what is Is.CLOSE:
            break
        inside.append(token)
    return [identifier(token) for token in inside if token.what in (Is.WORD, Is.NAME)]


def _table(tokens: Tokens, dialect: Dialect) -> Table:
    columns: list[Column] = []
    key: list[bytes] = []
    for item in _items(tokens):
        first = item[0]
        if first.word in _NO_COLUMN:
            key = _key(item) or key
            continue
        words = [token.word for token in item]
        if b"PRIMARY" in words:
            key = [identifier(first)]
        # SQLite keeps whatever it is given, whatever the column says (datatype3.html).
        is_loose = dialect is Dialect.SQLITE
        columns.append(Column(name=identifier(first)) if is_loose else _column(item, words))
    return Table(columns=tuple(columns), key=_places(columns, key))


def _items(tokens: Tokens) -> Iterator[list[Token]]:
    """Yield what stands between the commas of the first parenthesis."""
    depth, item = 0, list[Token]()
    for token in tokens:
        depth += (token.what is Is.OPEN) - (token.what is Is.CLOSE)
        if depth == 0 and token.what is Is.CLOSE:
            break
        if depth == 1 and token.text == b"," and item:
            yield item
            item = []
        elif depth > 1 or (depth == 1 and (token.what is not Is.OPEN or item)):
            item.append(token)
    if item:
        yield item


def _column(item: Tokens, words: Sequence[bytes]) -> Column:
    name = identifier(item[0])
    word = words[1] if len(words) > 1 else b""
    kind = _KINDS.get(word, Kind.OTHER)
    declared = item[1:6]
    if b"GENERATED" in words or b"AS" in words:
        return Column(name=name)
    if any(token.text in (b".", b"[") for token in declared):
        kind = Kind.OTHER
    required = (b"NOT", b"NULL") in pairwise(words)
    if kind is Kind.INTEGER:
        span = 1 << _BITS[word]
        least, most = (0, span - 1) if b"UNSIGNED" in words else (-span // 2, span // 2 - 1)
        return Column(name=name, kind=kind, least=least, most=most, required=required)
    most = _length(declared) if kind is Kind.TEXT else 0
    return Column(name=name, kind=kind, most=most, required=required)


def _length(declared: Tokens) -> int:
    for token in declared:
        if token.what is Is.NUMBER and token.text.isdigit():
            return int(token.text)
    return 0


def _key(tokens: Tokens) -> list[bytes]:
    for place, token in enumerate(tokens[:-2]):
        if token.word == b"PRIMARY" and tokens[place + 1].word == b"KEY":
            return listed(tokens, place + 2)
    return []


def _places(columns: Sequence[Column], key: Sequence[bytes]) -> tuple[int, ...]:
    """Return where the columns of a key stand; none when one of them is not known."""
    at = {column.name: place for place, column in enumerate(columns)}
    return tuple(at[name] for name in key) if key and all(name in at for name in key) else ()
