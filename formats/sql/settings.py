"""SET: the settings that dumping programs change for their session, and no others."""

import re
from collections.abc import Sequence

from formats.sql.dialects import Dialect
from formats.sql.judged import Ruled, Ruling
from formats.sql.tokens import Is, Token

_KNOWN = frozenset(
    b"""STATEMENT_TIMEOUT LOCK_TIMEOUT IDLE_IN_TRANSACTION_SESSION_TIMEOUT TRANSACTION_TIMEOUT
    CLIENT_ENCODING STANDARD_CONFORMING_STRINGS CHECK_FUNCTION_BODIES XMLOPTION CLIENT_MIN_MESSAGES
    ROW_SECURITY DEFAULT_TABLESPACE DEFAULT_TABLE_ACCESS_METHOD DEFAULT_WITH_OIDS SEARCH_PATH
    ESCAPE_STRING_WARNING DATESTYLE INTERVALSTYLE EXTRA_FLOAT_DIGITS SYNCHRONIZE_SEQSCANS
    NAMES CHARACTER_SET_CLIENT CHARACTER_SET_RESULTS COLLATION_CONNECTION CHARACTER_SET_DATABASE
    TIME_ZONE UNIQUE_CHECKS FOREIGN_KEY_CHECKS SQL_MODE SQL_NOTES SQL_LOG_BIN AUTOCOMMIT
    SQL_QUOTE_SHOW_CREATE NOTE_VERBOSITY INFORMATION_SCHEMA_STATS_EXPIRY SQL_REQUIRE_PRIMARY_KEY
    CHARACTER ANSI_NULLS QUOTED_IDENTIFIER NOCOUNT XACT_ABORT""".split()
)
Said = tuple[Ruling, str]
_ENCODINGS = (b"NAMES", b"CLIENT_ENCODING", b"CHARACTER_SET_CLIENT", b"CHARACTER")
_WIDE = (b"GLOBAL", b"PERSIST", b"PERSIST_ONLY")
_SCOPES = frozenset((b"SESSION", b"LOCAL"))
# Encodings in which a quotation mark or a backslash may be the second half of a letter.
_HALVES = re.compile(rb"sjis|cp932|shift|gbk|gb18030|gb2312|big5|uhc|johab|mskanji", re.IGNORECASE)
# What changes the meaning of quotation marks and backslashes in all that follows.
_MODES = re.compile(
    rb"no_backslash|ansi|oracle|postgresql|mssql|db2|maxdb|ignore_space|pipes", re.IGNORECASE
)


def rule_setting(tokens: Sequence[Token], dialect: Dialect) -> Ruled:
    """Return what is said of a SET statement; MySQL's may change several settings."""
    offset = tokens[0].offset
    parts = _parts(tokens[1:]) if dialect is Dialect.MYSQL else [list(tokens[1:])]
    for part in parts:
        ruling = _rule_part(part)
        if ruling is not None:
            return Ruled(ruling=ruling[0], kind=ruling[1], offset=offset)
    return Ruled(ruling=Ruling.DATA, kind="set", offset=offset)


def _parts(tokens: Sequence[Token]) -> list[list[Token]]:
    """Cut at commas."""
    parts: list[list[Token]] = [[]]
    for token in tokens:
        if token.text == b"," and token.what is Is.SIGN:
            parts.append([])
        else:
            parts[-1].append(token)
    return parts


def _rule_part(part: Sequence[Token]) -> Said | None:
    signs = [token for token in part if token.text not in (b"@", b".")]
    if not signs:
        return Ruling.UNKNOWN, "set"
    if [token.text for token in part[:2]].count(b"@") == 1:
        return None if _keeps(signs[1:]) else (Ruling.UNKNOWN, "set-variable")
    name, value = signs[0].word, signs[1:]
    if name in _SCOPES and value:
        name, value = value[0].word, value[1:]
    if name in _WIDE:
        purged = value and value[0].word == b"GTID_PURGED"
        return None if purged else (Ruling.ACTIVE, "set-global")
    if name in (b"ROLE", b"AUTHORIZATION"):
        return Ruling.ACTIVE, "rights"
    return _rule_value(name, value)


def _keeps(value: Sequence[Token]) -> bool:
    """Whether a variable only keeps a setting for later: SET @OLD = @@SETTING."""
    return all(token.what in (Is.WORD, Is.SIGN, Is.NUMBER, Is.TEXT) for token in value)


def _rule_value(name: bytes, value: Sequence[Token]) -> Said | None:
    text = b" ".join(token.text for token in value)
    if name not in _KNOWN:
        return Ruling.UNKNOWN, "set"
    if name in _ENCODINGS and _HALVES.search(text):
        return Ruling.UNKNOWN, "encoding"
    if name == b"SQL_MODE" and _MODES.search(text):
        return Ruling.UNKNOWN, "string-mode"
    if name == b"STANDARD_CONFORMING_STRINGS" and not re.search(rb"\bon\b|true|1", text):
        return Ruling.UNKNOWN, "string-mode"
    is_call = any(token.what is Is.OPEN for token in value)
    return (Ruling.UNKNOWN, "set") if is_call else None
