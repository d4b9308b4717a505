"""CREATE, ALTER and DROP: tables and what belongs to them are data, everything that runs is not."""

from collections.abc import Sequence
from itertools import pairwise

from formats.sql.judged import Ruling
from formats.sql.tokens import Is, Token
from formats.sql.vocabulary import OUTSIDE, STORAGE_ENGINES

Tokens = Sequence[Token]
Said = tuple[Ruling, str]
_FIRST = 24
_PLACES = (b"DATA", b"INDEX")
_TABLES = frozenset(b"TABLE INDEX SEQUENCE SCHEMA DATABASE DOMAIN STATISTICS COLLATION".split())
_RUNNING = {
    b"TRIGGER": "trigger",
    b"FUNCTION": "function",
    b"PROCEDURE": "procedure",
    b"PACKAGE": "function",
    b"AGGREGATE": "function",
    b"EVENT": "event",
    b"RULE": "rule",
    b"EXTENSION": "extension",
    b"LANGUAGE": "extension",
    b"OPERATOR": "function",
    b"CAST": "function",
    b"TRANSFORM": "function",
    b"CONVERSION": "function",
    b"ACCESS": "extension",
    b"TEXT": "extension",
    b"ASSEMBLY": "extension",
    b"LIBRARY": "extension",
    b"USER": "rights",
    b"ROLE": "rights",
    b"GROUP": "rights",
    b"LOGIN": "rights",
    b"SERVER": "foreign-data",
    b"FOREIGN": "foreign-data",
    b"VIRTUAL": "virtual-table",
    b"PUBLICATION": "replication",
    b"SUBSCRIPTION": "replication",
    b"TABLESPACE": "file-access",
    b"LOGFILE": "file-access",
    b"DEFAULT": "rights",
    b"SYSTEM": "administration",
    b"LARGE": "large-object",
}
# Tables that are a view of another kind, or a rule over rows: noted, when they call nothing else.
_SEEN = {b"VIEW": "view", b"MATERIALIZED": "view", b"POLICY": "policy"}
# What a schema may be made with at once (PostgreSQL, CREATE SCHEMA): no dump does.
_WITHIN = (b"CREATE", b"GRANT")
# How a table is changed in a dump; the second word tells where the first alone does not.
_ALTERED = frozenset(
    (
        *((b"OWNER", b"TO"), (b"ADD", b"CONSTRAINT"), (b"ADD", b"PRIMARY"), (b"ADD", b"UNIQUE")),
        *((b"ADD", b"KEY"), (b"ADD", b"INDEX"), (b"ADD", b"FOREIGN"), (b"ADD", b"FULLTEXT")),
        *((b"ADD", b"COLUMN"), (b"ADD", b"SPATIAL"), (b"ADD", b"CHECK"), (b"ALTER", b"COLUMN")),
        *((b"ATTACH", b"PARTITION"), (b"CLUSTER", b"ON"), (b"REPLICA", b"IDENTITY")),
        *((b"ENABLE", b"ROW"), (b"FORCE", b"ROW"), (b"OWNED", b"BY"), (b"ENABLE", b"KEYS")),
        *((b"DISABLE", b"KEYS"), (b"MODIFY", b""), (b"SET", b"SCHEMA"), (b"SET", b"")),
        *((b"DROP", b"CONSTRAINT"), (b"VALIDATE", b"CONSTRAINT")),
        *(
            (b"SET", b"STATISTICS"),
            (b"SET", b"WITHOUT"),
            (b"CHARACTER", b"SET"),
            (b"SET", b"LOGGED"),
        ),
        *((b"DISABLE", b"TRIGGER"), (b"ENABLE", b"TRIGGER"), (b"AUTO_INCREMENT", b"")),
    )
)
_ALTERABLE = frozenset(
    b"TABLE SEQUENCE INDEX VIEW SCHEMA DOMAIN TYPE MATERIALIZED DATABASE".split()
)
_DROPPABLE = frozenset(
    b"TABLE VIEW SEQUENCE INDEX SCHEMA TYPE DOMAIN DATABASE MATERIALIZED TRIGGER FUNCTION"
    b" PROCEDURE EVENT RULE EXTENSION POLICY".split()
)


def rule_create(tokens: Tokens) -> Said:
    """Return what is said of a CREATE: what is made is the first such word in it."""
    words = [token.word for token in tokens[1:_FIRST]]
    for word in words:
        if word in _RUNNING:
            return Ruling.ACTIVE, _RUNNING[word]
        if word in _SEEN:
            return Ruling.NOTE, _SEEN[word]
        if word == b"TYPE":
            return _type(words)
        if word == b"TABLE":
            return _table(tokens)
        if word in _TABLES:
            is_more = word == b"SCHEMA" and any(token.word in _WITHIN for token in tokens[1:])
            return (Ruling.UNKNOWN if is_more else Ruling.DATA), word.decode().lower()
    return Ruling.UNKNOWN, "create"


def _type(words: list[bytes]) -> Said:
    """A list or a row of other types is data; a base type is functions of the server."""
    return (Ruling.DATA, "type") if b"AS" in words else (Ruling.ACTIVE, "function")


def _table(tokens: Tokens) -> Said:
    """Look at a table's options, behind its columns: some reach out of the database."""
    if any(b.word == b"DIRECTORY" and a.word in _PLACES for a, b in pairwise(tokens)):
        return Ruling.ACTIVE, "file-access"  # of a partition it stands within a parenthesis
    if any(token.word == b"SELECT" for token in tokens):
        return Ruling.UNKNOWN, "create-from-query"
    depth, outside = 0, list[Token]()
    for token in tokens:
        depth += (token.what is Is.OPEN) - (token.what is Is.CLOSE)
        if depth == 0:
            outside.append(token)
    for place, token in enumerate(outside):
        following = [t for t in outside[place + 1 : place + 3] if t.text != b"="]
        if token.word in OUTSIDE and following:
            return Ruling.ACTIVE, "file-access"
        if token.word in (b"ENGINE", b"TYPE") and not _is_stored(following):
            return Ruling.ACTIVE, "storage-engine"
        if token.word == b"AS":
            return Ruling.UNKNOWN, "create-from-query"
    return Ruling.DATA, "table"


def _is_stored(following: Tokens) -> bool:
    return bool(following) and following[0].word in STORAGE_ENGINES


def rule_alter(tokens: Tokens) -> Said:
    """Return what is said of an ALTER: each change in it has to be one that dumps make."""
    words = [token.word for token in tokens[:_FIRST]]
    kind = words[1] if len(words) > 1 else b""
    if kind in _RUNNING:
        return Ruling.ACTIVE, _RUNNING[kind]
    if kind not in _ALTERABLE:
        return Ruling.UNKNOWN, "alter"
    if any(token.word in OUTSIDE | {b"TABLESPACE"} for token in tokens):
        return Ruling.ACTIVE, "file-access"
    actions = _actions(tokens[2:])
    if kind == b"DATABASE" and any(first == b"SET" for first, _ in actions):
        return Ruling.ACTIVE, "administration"
    if any(pair in ((b"ENABLE", b"ALWAYS"), (b"ENABLE", b"REPLICA")) for pair in actions):
        return Ruling.ACTIVE, "trigger"
    known = actions and all(pair in _ALTERED for pair in actions) and not _casts(tokens, actions)
    return (Ruling.DATA, "alter") if known else (Ruling.UNKNOWN, "alter")


def _casts(tokens: Tokens, actions: Sequence[tuple[bytes, bytes]]) -> bool:
    """Whether a column gets another type, and so its rows other values, computed perhaps.

    What dumps change of a column is its default, and that MySQL counts it up.
    """
    words = [token.word for token in tokens]
    if (b"ALTER", b"COLUMN") in actions and b"TYPE" in words:
        return True
    modified = sum(first == b"MODIFY" for first, _ in actions)
    # Where the table begins to count is said behind that, as a change of its own.
    counted = sum(token.word == b"AUTO_INCREMENT" for token in tokens)
    return modified > counted - sum(first == b"AUTO_INCREMENT" for first, _ in actions)


def _actions(tokens: Tokens) -> list[tuple[bytes, bytes]]:
    """Return the first two words of every change; what is altered stands before the first."""
    starts = {first for first, _ in _ALTERED} | {b"ENABLE", b"DISABLE", b"DISCARD", b"RENAME"}
    found: list[tuple[bytes, bytes]] = []
    depth, is_start, place = 0, False, 0
    while place < len(tokens):
        token = tokens[place]
        depth += (token.what is Is.OPEN) - (token.what is Is.CLOSE)
        if depth == 0 and (token.word in starts if not found else is_start):
            second = tokens[place + 1].word if place + 1 < len(tokens) else b""
            found.append((token.word, second))
        is_start = depth == 0 and token.text == b"," and bool(found)
        place += 1
    return found


def rule_drop(tokens: Tokens) -> Said:
    """Return what is said of a DROP: dumps clear what they are about to make."""
    words = [token.word for token in tokens[1:4]]
    if words and words[0] in _DROPPABLE:
        return Ruling.DATA, "drop"
    return Ruling.UNKNOWN, "drop"
