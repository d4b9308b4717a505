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
_SIGNED: tuple[tuple[re.Pattern[bytes], Dialect], ...] = (
    (
        re.compile(_BEFORE + rb"-- PostgreSQL database (?:cluster )?dump[ \t\r]*\n"),
        Dialect.POSTGRESQL,
    ),
    (
        re.compile(
            rb"(?:/\*M?!999999\\- enable the sandbox mode \*/[ ;\t\r]*\n)?"
            + _BEFORE
            + rb"-- (?:MySQL dump|MariaDB dump|phpMyAdmin SQL Dump)\b"
        ),
        Dialect.MYSQL,
    ),
    (
        re.compile(_BEFORE + rb"PRAGMA foreign_keys=OFF;\r?\n(?:BEGIN TRANSACTION;)"),
        Dialect.SQLITE,
    ),
)
# First words that no sentence begins with, in lower case, behind remarks.
_STATEMENT = re.compile(
    rb"(?:\s|--[^\n]*(?:\n|\Z)|#[^\n!]*(?:\n|\Z)|/\*(?:[^*]|\*(?!/)){0,4000}\*/)*"
    rb"(?:create (?:or replace )?(?:temporary |unlogged |unique |virtual )?"
    rb"(?:table|database|schema|index|view|sequence|function|procedure|trigger|event|user|role"
    rb"|extension|type)\b[^\n]{0,200}[(;\n]"
    rb"|drop (?:table|database|schema|view|index|sequence|user|role)\b[^\n]{0,200};"
    rb"|insert into [^\n]{1,200}(?:\bvalues\b|\bselect\b|\()"
    rb"|alter (?:table|database|role|user|system|sequence)\b[^\n]{0,200}[;\n]"
    rb"|copy [^\n]{1,400}\b(?:from|to) (?:stdin|stdout|program|')"
    rb"|set (?:names|search_path|client_encoding|statement_timeout|ansi_nulls|quoted_identifier"
    rb"|nocount|foreign_key_checks|sql_mode|identity_insert|global|session|@)\b"
    rb"|use \[?[\w$]{1,80}\]?;?[ \t\r]*\n"
    rb"|(?:begin|begin transaction|start transaction|begin work);"
    rb"|pragma \w{1,60}[ \t]*[=(;]"
    rb"|lock tables [^\n]{1,200};"
    rb"|grant [^\n]{1,400} (?:on|to) |delete from [^\n]{1,200};"
    rb"|update [^\n]{1,100} set [^\n]{1,100}=|truncate (?:table )?[^\n]{1,100};"
    rb"|exec(?:ute)? (?:sp_|xp_|master|dbo)|do \$|\\(?:restrict|connect|c|i|copy|set|!)[ \t\r\n]"
    rb"|select (?:pg_catalog\.|pg_\w|load_file|[^\n]{1,200}\binto (?:out|dump)file)"
    rb"|/\*m?!\d{5,6}[ \\])"
)
_ENDINGS = {
    Dialect.POSTGRESQL: re.compile(
        rb"^-- PostgreSQL database (?:cluster )?dump complete\b[^\n]*", re.MULTILINE
    ),
    Dialect.MYSQL: re.compile(
        rb"^(?:-- Dump completed\b[^\n]*"
        rb"|/\*!40101 SET COLLATION_CONNECTION=@OLD_COLLATION_CONNECTION \*/;)",
        re.MULTILINE,
    ),
    Dialect.SQLITE: re.compile(rb"^COMMIT;[ \t\r]*$", re.MULTILINE),
}


def is_sql(start: bytes) -> bool:
    """Tell whether a text begins like statements for a database; `start` is in lower case."""
    return _STATEMENT.match(start) is not None


def dialect_of(content: bytes) -> Dialect:
    """Return whose rules a text of statements follows, by what its beginning says."""
    head = content[:HEAD]
    return next((dialect for sign, dialect in _SIGNED if sign.match(head)), Dialect.OTHER)


def is_signed(content: bytes) -> bool:
    """Tell whether a text begins as one of the known programs begins a dump."""
    return dialect_of(content) is not Dialect.OTHER


def has_ending(content: bytes, dialect: Dialect) -> bool:
    """Tell whether the line stands at the end that the program writes last.

    Where no program is known nobody can tell, and this is False.
    """
    ending = _ENDINGS.get(dialect)
    return ending is not None and ending.search(content[-TAIL:].rstrip(b"\x00")) is not None
