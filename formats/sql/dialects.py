"""Which program wrote a text of SQL statements, and whether it wrote it to the end.

The dialect decides what a quotation mark, a backslash and a comment mean. It is taken from the
first lines that the dumping program writes. Where nobody says which one it was, the meaning of a
text is not certain.
"""

import re
from enum import Enum, unique

HEAD = 8192
TAIL = 4096


@unique
class Dialect(Enum):
    """Whose rules a text follows; OTHER is SQL that no known program signed."""

    POSTGRESQL = "postgresql"
    MYSQL = "mysql"
    SQLITE = "sqlite"
    OTHER = "other"


# Lines of remarks and blank lines, as they stand before the first statement.
_BEFORE = rb"(?:\xef\xbb\xbf)?(?:[ \t\r]*\n|[ \t]*--[^\n]*\n|/\*[^!M][^*]{0,2000}\*/)*?"
# Without its remarks (--skip-comments, --compact) mysqldump begins with what keeps the letters.
_KEPT_PLAIN = b"/*!40101 SET @"
_KEPT = rb"/\*!40101 SET @"
_COMPACT = re.compile(_BEFORE + _KEPT + rb"saved_cs_client\b")
_SIGNED: tuple[tuple[re.Pattern[bytes], Dialect], ...] = (
    (
        re.compile(_BEFORE + rb"-- PostgreSQL database (?:cluster )?dump[ \t\r]*\n"),
        Dialect.POSTGRESQL,
    ),
    (
        re.compile(
            rb"(?:/\*M?!999999\\- enable the sandbox mode \*/[ ;\t\r]*\n)?"
            + _BEFORE
            + rb"(?:-- (?:MySQL dump|MariaDB dump|phpMyAdmin SQL Dump)\b"
            + rb"|"
            + _KEPT
            + rb"OLD_CHARACTER_SET_CLIENT\b)"
        ),
        Dialect.MYSQL,
    ),
    (_COMPACT, Dialect.MYSQL),
    (
        re.compile(_BEFORE + rb"PRAGMA foreign_keys=OFF;\r?\n(?:BEGIN TRANSACTION;)"),
        Dialect.SQLITE,
    ),
)
# Further down than at the start: something else, a warning mostly, was written before it.
_ANYWHERE = re.compile(
    rb"^-- (?:PostgreSQL database (?:cluster )?dump[ \t\r]*$|MySQL dump \d|MariaDB dump \d"
    rb"|phpMyAdmin SQL Dump[ \t\r]*$)",
    re.MULTILINE,
)
_CLUSTER = re.compile(rb"^-- PostgreSQL database cluster dump[ \t\r]*$", re.MULTILINE)
_CLUSTER_ENDS = re.compile(rb"^-- PostgreSQL database cluster dump complete\b", re.MULTILINE)
_ENDINGS = {
    Dialect.POSTGRESQL: re.compile(rb"^-- PostgreSQL database dump complete\b", re.MULTILINE),
    Dialect.MYSQL: re.compile(
        rb"^(?:-- Dump completed\b[^\n]*"
        rb"|/\*!40101 SET COLLATION_CONNECTION=@OLD_COLLATION_CONNECTION \*/;)",
        re.MULTILINE,
    ),
    Dialect.SQLITE: re.compile(rb"^COMMIT;[ \t\r]*$", re.MULTILINE),
}


def dialect_of(content: bytes) -> Dialect:
    """Return whose rules a text of statements follows, by what its beginning says."""
    head = content[:HEAD]
    return next((dialect for sign, dialect in _SIGNED if sign.match(head)), Dialect.OTHER)


def is_signed(content: bytes) -> bool:
    """Tell whether a text begins as one of the known programs begins a dump."""
    return dialect_of(content) is not Dialect.OTHER


def is_announced(content: bytes) -> bool:
    """Tell whether a program names itself as the writer of a dump, at the start or below it."""
    head = content[:HEAD]
    if b"ump" not in head and b"PRAGMA" not in head and _KEPT_PLAIN not in head:
        return False  # nearly every text is told by a plain search
    return is_signed(head) or _ANYWHERE.search(head) is not None


def has_ending(content: bytes, dialect: Dialect) -> bool:
    """Tell whether the line stands at the end that the program writes last.

    Where no program is known nobody can tell, and this is False. What mysqldump writes with
    --compact ends with its last statement.
    """
    if dialect is Dialect.MYSQL and _COMPACT.match(content[:HEAD]):
        return content[-TAIL:].rstrip().endswith(b";")
    is_cluster = dialect is Dialect.POSTGRESQL and _CLUSTER.search(content[:HEAD]) is not None
    ending = _CLUSTER_ENDS if is_cluster else _ENDINGS.get(dialect)
    return ending is not None and ending.search(content[-TAIL:].rstrip(b"\x00")) is not None
