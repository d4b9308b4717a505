"""Tables of the database system itself: rows that are written there are rights and code."""

from collections.abc import Sequence

from formats.sql.dialects import Dialect
from formats.sql.tokens import Is, Token

Tokens = Sequence[Token]
_SCHEMAS = {
    Dialect.POSTGRESQL: frozenset((b"pg_catalog", b"information_schema", b"pg_toast")),
    Dialect.MYSQL: frozenset((b"mysql", b"sys", b"performance_schema", b"information_schema")),
}
# Names of a system's own tables where nothing stands before them.
_PREFIXES = {Dialect.POSTGRESQL: b"pg_", Dialect.SQLITE: b"sqlite_"}
_SQLITE_ROWS = frozenset((b"sqlite_sequence", *(b"sqlite_stat%d" % n for n in range(1, 5))))
_MAKING = frozenset((b"CREATE", b"ALTER", b"DROP"))
_MADE = frozenset(b"TABLE VIEW SEQUENCE INDEX TYPE DOMAIN SCHEMA DATABASE".split())
_BETWEEN = frozenset(b"IF NOT EXISTS ONLY CONCURRENTLY".split())


def is_of_system(tokens: Tokens, dialect: Dialect) -> bool:
    """Whether a statement changes a table of the system, or goes to a database of it."""
    names = target(tokens)
    if not names:
        return False
    schemas = _SCHEMAS.get(dialect, frozenset())
    if len(names) > 1 or tokens[0].word == b"USE":
        return names[0] in schemas
    prefix = _PREFIXES.get(dialect)
    return prefix is not None and names[0].startswith(prefix) and names[0] not in _SQLITE_ROWS


def target(tokens: Tokens) -> list[bytes]:
    """Return the parts of the name that a statement is about, in small letters."""
    words = [token.word for token in tokens]
    at = _place(words)
    while 0 < at < len(tokens) and words[at] in _BETWEEN:
        at += 1
    parts: list[bytes] = []
    while 0 < at < len(tokens) and tokens[at].what in (Is.WORD, Is.NAME):
        token = tokens[at]
        parts.append((token.text if token.what is Is.WORD else token.text[1:-1]).lower())
        if at + 1 >= len(tokens) or tokens[at + 1].text != b".":
            break
        at += 2
    return parts


def _place(words: Sequence[bytes]) -> int:
    """Return where the name begins; 0 in statements that are about none."""
    first = words[0]
    if first in (b"COPY", b"USE"):
        return 1
    if first in (b"INSERT", b"REPLACE"):
        return words.index(b"INTO") + 1 if b"INTO" in words else 0
    if first in _MAKING:
        return next((n for n, word in enumerate(words, 1) if word in _MADE), 0)
    return 0
