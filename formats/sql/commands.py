"""Lines to the client program: psql, mysql and sqlite3 run them before any database is asked."""

import re

from formats.sql.dialects import Dialect
from formats.sql.judged import Ruled, Ruling

_SHELL = {
    Dialect.POSTGRESQL: re.compile(
        rb"\\(?:!|g\b|gx\b|gexec|o\b|out\b|w\b|write\b|setenv)|.*`|.*\|"
    ),
    Dialect.MYSQL: re.compile(rb"\\!|system\b", re.IGNORECASE),
    Dialect.SQLITE: re.compile(rb"\.(?:sh|shell|sy|system)\b"),
    Dialect.OTHER: re.compile(rb"\\!|.*`"),
}
_KNOWN = re.compile(
    rb"\\(?:restrict|unrestrict) [A-Za-z0-9]{1,128}[ \t\r]*$"
    rb"|\\connect (?:\"[\w .-]{1,63}\"|[a-z_]\w{0,62})[ \t\r]*$"
)
_FILES = re.compile(
    rb"\\(?:i|ir|include|include_relative|copy|lo_\w+|c|connect|s|e|ef|ev|watch|cd|T|P|\.|d\b)"
    rb"|(?:source|tee|pager|edit|connect)\b|\.(?:import|read|open|output|once|load|save|backup"
    rb"|restore|log|cd|excel|archive|clone|dump)\b",
    re.IGNORECASE,
)


def rule_command(offset: int, line: bytes, dialect: Dialect) -> Ruled:
    """Return what is said of a line to the client program."""
    if line == b"delimiter":
        return Ruled(ruling=Ruling.UNKNOWN, kind="delimiter", offset=offset)
    if _SHELL[dialect].match(line):
        return Ruled(ruling=Ruling.MALICIOUS, kind="client-shell", offset=offset)
    if dialect is Dialect.POSTGRESQL and _KNOWN.match(line):
        return Ruled(ruling=Ruling.DATA, kind="client-command", offset=offset)
    ruling = Ruling.ACTIVE if _FILES.match(line) else Ruling.UNKNOWN
    return Ruled(ruling=ruling, kind="client-command", offset=offset)
