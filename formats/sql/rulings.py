"""What a statement of a dump does to the database that loads it: by an allow-list.

A dump that holds rows consists of a dozen kinds of statements. What would run code later or reaches
out of the database is active; what no dumping program writes at all is malicious; what is in
neither list is not known, and so not believed. A kind is named by words of ours alone, never by
words of the dump.
"""

from collections.abc import Callable, Iterator, Sequence

from formats.sql.commands import rule_command
from formats.sql.definitions import rule_alter, rule_create, rule_drop
from formats.sql.dialects import Dialect
from formats.sql.expressions import reaching_call, unknown_call
from formats.sql.filled import Filled
from formats.sql.judged import Ruled, Ruling
from formats.sql.settings import rule_setting
from formats.sql.statements import Command, CopyData, Doubt, Item, Statement
from formats.sql.systems import is_of_system
from formats.sql.tokens import Is, Token

Tokens = Sequence[Token]
Said = tuple[Ruling, str]
_ACTIVE_FIRST = {
    b"GRANT": "rights",
    b"REVOKE": "rights",
    b"REASSIGN": "rights",
    b"DO": "code-block",
    b"CALL": "procedure-call",
    b"EXEC": "procedure-call",
    b"EXECUTE": "procedure-call",
    b"PREPARE": "prepared-statement",
    b"LOAD": "file-access",
    b"ATTACH": "file-access",
    b"INSTALL": "plugin",
    b"UNINSTALL": "plugin",
    b"CHANGE": "replication",
    b"START": "replication",
    b"STOP": "replication",
    b"IMPORT": "file-access",
    b"BACKUP": "file-access",
    b"RESTORE": "file-access",
    b"NOTIFY": "notification",
    b"LISTEN": "notification",
    b"SHUTDOWN": "administration",
    b"KILL": "administration",
    b"FLUSH": "administration",
    b"RESET": "administration",
}
_LONGEST_FRAME = 6
_FRAMES = (Is.WORD, Is.NAME, Is.SIGN)
_DATA_FIRST = frozenset(b"BEGIN COMMIT UNLOCK USE ANALYZE END".split())
_GIVEN, _TRUTHS = (Is.TEXT, Is.NUMBER), (b"TRUE", b"FALSE")
# Rulings about a statement as a whole, with what it calls.
_EXACT = frozenset(("sequence", "search-path"))
_PRAGMAS = frozenset((b"FOREIGN_KEYS", b"ENCODING", b"USER_VERSION", b"APPLICATION_ID"))


def rulings(items: Iterator[Item], dialect: Dialect) -> Iterator[Ruled]:
    """Yield a ruling for every item, in order; lines of rows are data."""
    filled = Filled()
    for item in items:
        is_emptied = filled.is_emptied(item)
        match item:
            case Statement():
                yield rule_statement(item, dialect)
                if is_emptied:
                    yield Ruled(ruling=Ruling.UNKNOWN, kind="change-of-rows", offset=item.offset)
            case Command():
                yield rule_command(item.offset, item.line, dialect)
            case Doubt():
                yield Ruled(ruling=Ruling.UNKNOWN, kind="ambiguous", offset=item.offset)
            case CopyData():
                yield Ruled(ruling=Ruling.DATA, kind="rows", offset=item.start)


def rule_statement(statement: Statement, dialect: Dialect) -> Ruled:
    """Return what is said of one statement: the worst of what it is, calls and hides."""
    tokens = statement.tokens
    first = tokens[0].word
    if first == b"SET":
        own = rule_setting(tokens, dialect)
    else:
        rule = _RULES.get(first)
        ruling, kind = rule(tokens) if rule else _by_first_word(tokens)
        own = Ruled(ruling=ruling, kind=kind, offset=statement.offset)
        if ruling in (Ruling.DATA, Ruling.NOTE) and is_of_system(tokens, dialect):
            own = Ruled(ruling=Ruling.ACTIVE, kind="system-table", offset=statement.offset)
    if own.ruling is Ruling.DATA and own.kind == "insert" and statement.conditional:
        # Some servers skip it: then its rows are not there, and were counted.
        own = Ruled(ruling=Ruling.UNKNOWN, kind="ambiguous", offset=statement.offset)
    return min((own, *_inside(tokens, own)), key=lambda ruled: ruled.ruling)


def _by_first_word(tokens: Tokens) -> Said:
    """Rule by the first word; what frames rows is a few words, and holds no block of code."""
    first = tokens[0].word
    if first in _ACTIVE_FIRST:
        return Ruling.ACTIVE, _ACTIVE_FIRST[first]
    is_short = len(tokens) <= _LONGEST_FRAME and all(t.what in _FRAMES for t in tokens)
    if first in _DATA_FIRST and is_short:
        return Ruling.DATA, "transaction"
    return Ruling.UNKNOWN, "unknown-statement"


def _inside(tokens: Tokens, own: Ruled) -> Iterator[Ruled]:
    """Yield what stands against the parts of a statement; code is active whatever it calls."""
    for token in tokens:
        if token.what is Is.BACKSLASH:
            yield Ruled(ruling=Ruling.MALICIOUS, kind="client-shell", offset=token.offset)
    if own.ruling is Ruling.ACTIVE and own.kind in ("function", "trigger", "procedure", "event"):
        return
    called = reaching_call(tokens)
    if called is not None:
        yield Ruled(ruling=Ruling.MALICIOUS, kind="reaching-call", offset=called.offset)
    at = _writes_file(tokens)
    if at >= 0:
        yield Ruled(ruling=Ruling.MALICIOUS, kind="file-access", offset=at)
    if own.ruling in (Ruling.DATA, Ruling.NOTE) and own.kind not in _EXACT:
        unknown = unknown_call(tokens)
        if unknown is not None:
            yield Ruled(ruling=Ruling.UNKNOWN, kind="unknown-call", offset=unknown.offset)


def _writes_file(tokens: Tokens) -> int:
    for place, token in enumerate(tokens[1:], 1):
        if token.word in (b"OUTFILE", b"DUMPFILE") and tokens[place - 1].word == b"INTO":
            return token.offset
    return -1


def _insert(tokens: Tokens) -> Said:
    """Ask for plain rows, and nothing behind them but what to do with rows that are there."""
    words = [token.word for token in tokens]
    if b"VALUES" not in words or b"SELECT" in words or b"INTO" not in words:
        return Ruling.UNKNOWN, "insert-of-expressions"
    rest = words[words.index(b"VALUES") + 1 :]
    if rest and rest != [b"ON", b"CONFLICT", b"DO", b"NOTHING"]:
        return Ruling.UNKNOWN, "insert-of-expressions"
    return Ruling.DATA, "insert"


def _copy(tokens: Tokens) -> Said:
    words = [token.word for token in tokens]
    if b"PROGRAM" in words:
        return Ruling.MALICIOUS, "copy-program"
    if b"FROM" not in words or words[words.index(b"FROM") + 1 :] != [b"STDIN"]:
        plain = b"STDIN" in words and not any(t.what is Is.TEXT for t in tokens)
        return (Ruling.UNKNOWN, "copy-options") if plain else (Ruling.ACTIVE, "file-access")
    return Ruling.DATA, "copy"


def _select(tokens: Tokens) -> Said:
    """Accept the two calls that pg_dump makes: the search path, and where a sequence stands.

    Either is the whole statement: a second call beside it may change what a quotation mark means.
    """
    called = tokens[1:]
    if [token.text.upper() for token in called[:2]] == [b"PG_CATALOG", b"."]:
        called = called[2:]
    if len(called) < 3 or [t.what for t in (called[1], called[-1])] != [Is.OPEN, Is.CLOSE]:
        return Ruling.UNKNOWN, "query"
    given = called[2:-1]
    plain = all(t.what in _GIVEN or t.word in _TRUTHS or t.text in (b",", b"-") for t in given)
    if plain and called[0].word == b"SETVAL":
        return Ruling.DATA, "sequence"
    if plain and called[0].word == b"SET_CONFIG" and given[0].text == b"'search_path'":
        return Ruling.DATA, "search-path"
    return Ruling.UNKNOWN, "query"


def _pragma(tokens: Tokens) -> Said:
    if len(tokens) > 1 and tokens[1].word in _PRAGMAS:
        return Ruling.DATA, "set"
    return Ruling.ACTIVE, "pragma"


def _start(tokens: Tokens) -> Said:
    if len(tokens) > 1 and tokens[1].word == b"TRANSACTION":
        return Ruling.DATA, "transaction"
    return Ruling.ACTIVE, "replication"


def _lock(tokens: Tokens) -> Said:
    is_tables = len(tokens) > 1 and tokens[1].word in (b"TABLES", b"TABLE")
    return (Ruling.DATA, "lock") if is_tables else (Ruling.UNKNOWN, "unknown-statement")


def _delete(tokens: Tokens) -> Said:
    is_own = [t.text.lower() for t in tokens] == [b"delete", b"from", b"sqlite_sequence"]
    return (Ruling.DATA, "sequence") if is_own else (Ruling.UNKNOWN, "change-of-rows")


def _change(tokens: Tokens) -> Said:
    del tokens
    return Ruling.UNKNOWN, "change-of-rows"


def _comment(tokens: Tokens) -> Said:
    is_on = len(tokens) > 1 and tokens[1].word == b"ON"
    return (Ruling.DATA, "comment") if is_on else (Ruling.UNKNOWN, "unknown-statement")


def _refresh(tokens: Tokens) -> Said:
    del tokens
    return Ruling.NOTE, "view"


_RULES: dict[bytes, Callable[[Tokens], Said]] = {
    b"INSERT": _insert,
    b"REPLACE": _insert,
    b"COPY": _copy,
    b"SELECT": _select,
    b"PRAGMA": _pragma,
    b"START": _start,
    b"LOCK": _lock,
    b"DELETE": _delete,
    b"UPDATE": _change,
    b"TRUNCATE": _change,
    b"MERGE": _change,
    b"COMMENT": _comment,
    b"REFRESH": _refresh,
    b"CREATE": rule_create,
    b"ALTER": rule_alter,
    b"DROP": rule_drop,
}
