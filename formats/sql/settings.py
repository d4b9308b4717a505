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
_ENCODINGS = frozenset(
    b"""NAMES CLIENT_ENCODING CHARACTER CHARACTER_SET_CLIENT CHARACTER_SET_RESULTS
    CHARACTER_SET_DATABASE""".split()
)
_WIDE = (b"GLOBAL", b"PERSIST", b"PERSIST_ONLY")
_SCOPES = frozenset((b"SESSION", b"LOCAL"))
_KEPT_SCOPES = _SCOPES | {b"GLOBAL"}
# Encodings in which no quotation mark and no backslash is a part of another letter.
_PLAIN_ENCODING = re.compile(
    rb"(?:utf-?8(?:mb[34])?|unicode|(?:latin-?|iso[_-]8859[_-])\d{1,2}|(?:win|windows-?|cp)125\d"
    rb"|cp85[0-2]|cp866|win866|koi8-?[ru]|sql_ascii|ascii|binary|default|null|macroman)\Z",
    re.IGNORECASE,
)
# Modes in which quotation marks and backslashes mean what they usually mean.
_MODES = frozenset(
    b"""NO_AUTO_VALUE_ON_ZERO STRICT_TRANS_TABLES STRICT_ALL_TABLES NO_ZERO_IN_DATE NO_ZERO_DATE
    ERROR_FOR_DIVISION_BY_ZERO NO_ENGINE_SUBSTITUTION NO_AUTO_CREATE_USER ONLY_FULL_GROUP_BY
    ALLOW_INVALID_DATES PAD_CHAR_TO_FULL_LENGTH NO_TABLE_OPTIONS NO_KEY_OPTIONS NO_FIELD_OPTIONS
    TRADITIONAL HIGH_NOT_PRECEDENCE NO_UNSIGNED_SUBTRACTION NO_DIR_IN_CREATE""".split()
)
_TEXT = re.compile(rb"'([\w ,-]*)'\Z|\"([\w ,-]*)\"\Z")
_ON = frozenset((b"ON", b"TRUE", b"1"))


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
    if [token.text for token in part[:2]].count(b"@") == 1:
        kept = [token for token in part[2:] if token.text not in (b"@", b".")]
        return None if _keeps(kept) else (Ruling.UNKNOWN, "set-variable")
    name, value = _named(part)
    if name in _SCOPES and value:
        name, value = _named(value)
    if name in _WIDE:
        purged = value and value[0].word == b"GTID_PURGED"
        return None if purged else (Ruling.ACTIVE, "set-global")
    if name in (b"ROLE", b"AUTHORIZATION"):
        return Ruling.ACTIVE, "rights"
    return _rule_value(name, value)


def _named(part: Sequence[Token]) -> tuple[bytes, Sequence[Token]]:
    """Return the first word of a part, without marks before it or a dot behind, and the rest."""
    at = next((n for n, token in enumerate(part) if token.text != b"@"), len(part))
    if at == len(part):
        return b"", ()
    rest = part[at + 1 :]
    return part[at].word, rest[1:] if rest and rest[0].text == b"." else rest


def _keeps(value: Sequence[Token]) -> bool:
    """Whether a variable only keeps a setting for later: SET @OLD = @@SETTING.

    With any other value in it, a setting that takes it later would be one that nobody looked at.
    """
    if [token.text for token in value[:1]] != [b"="] or len(value) < 2:
        return False
    scope, name = value[1:-1], value[-1].word
    return name in _KNOWN and all(token.word in _KEPT_SCOPES for token in scope)


def _rule_value(name: bytes, value: Sequence[Token]) -> Said | None:
    if name not in _KNOWN:
        return Ruling.UNKNOWN, "set"
    told = value[1:] if value and value[0].text.upper() in (b"=", b"TO", b"SET") else value
    if any(token.what is Is.OPEN for token in value):
        return Ruling.UNKNOWN, "set"
    if name in _ENCODINGS and not (_is_kept(told) or _is_plain_encoding(told)):
        return Ruling.UNKNOWN, "encoding"
    if name == b"SQL_MODE" and not (_is_kept(told) or _is_plain_mode(told)):
        return Ruling.UNKNOWN, "string-mode"
    if name == b"STANDARD_CONFORMING_STRINGS" and not (len(told) == 1 and _said(told[0]) in _ON):
        return Ruling.UNKNOWN, "string-mode"
    return None


def _said(token: Token) -> bytes:
    """Return a plain word, number or text in capitals; empty for everything else.

    A text with a prefix, an escape, or a part that was not kept is not plain.
    """
    if token.what is not Is.TEXT:
        return token.text.upper() if token.what in (Is.WORD, Is.NUMBER) else b""
    found = _TEXT.match(token.text)
    return b"" if found is None else (found.group(1) or found.group(2) or b" ").upper()


def _is_kept(told: Sequence[Token]) -> bool:
    """Whether a variable is put back: nothing but settings was kept in any."""
    return len(told) == 2 and told[0].text == b"@" and told[1].what is Is.WORD


def _is_plain_encoding(told: Sequence[Token]) -> bool:
    is_collated = len(told) == 3 and told[1].word == b"COLLATE" and told[2].what is Is.WORD
    if len(told) != 1 and not is_collated:
        return False
    return _PLAIN_ENCODING.match(_said(told[0])) is not None


def _is_plain_mode(told: Sequence[Token]) -> bool:
    if len(told) != 1 or told[0].what is not Is.TEXT or not _said(told[0]):
        return False
    modes = _said(told[0]).split(b",")
    return all(mode.strip() in _MODES or not mode.strip() for mode in modes)
