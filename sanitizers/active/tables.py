"""Active content of tables of text: formulas that a spreadsheet runs, loads or links with.

A cell that begins with "=", "+", "-" or "@" is a formula to a spreadsheet (OWASP, CSV injection).
One that calls a program, or fetches from elsewhere, is active. A sum, a sign before a number or a
telephone number only informs, at most. Files are never edited.
"""

import re
from collections.abc import Iterator

from custody.finding import Finding
from sanitizers.active.observation import active, note
from sanitizers.interface import Opened

_CELL = rb"(?:^|[;,\t|\r\n])[\"' \t]{0,4}"
# The signs that begin a formula, and the wide ones that a spreadsheet of the East takes for them.
_SIGN = rb"(?:[=+@-]|\xef\xbc[\x8b\x8d\x9d\xa0])"
_REST = rb"[^;,\t\r\n]{0,100}?"
_PROGRAMS = (
    rb"\b(?:cmd|powershell|msexcel|mshta|rundll32|regsvr32|dde)[^;,\t\r\n]{0,20}?"
    rb"\|[^\t\r\n|]{0,200}?!"  # a program, a topic, an item: what DDE is
)
# Of programs with other names the topic stands in quotes, which no table has by chance.
_ANY_PROGRAM = rb"[^\t\r\n|]{0,100}?\b[a-z][\w.]{1,40}[ \t]*\|[ \t]*'[^\t\r\n|]{0,200}?'[ \t]*!"
_FETCHING = rb"\b(?:hyperlink|webservice|import(?:xml|data|html|feed|range)|rtd|dde)[ \t]*\("
_OTHERS = rb"\b(?:image|call|exec|register(?:\.id)?)\("
_CALLING = re.compile(
    b"%s(?:%s%s%s|[=+@-]{1,2}%s|=%s(?:%s|%s))"
    % (_CELL, _SIGN, _REST, _PROGRAMS, _FETCHING, _REST, _FETCHING, _OTHERS)
)
_CALLING_ANY = re.compile(_CELL + _SIGN + _ANY_PROGRAM)
# In a plain text a line is a cell, and what stands within a sentence is none; but any program, a
# topic and an item behind a separator and a sign are no sentence either.
_CALLING_LINE = re.compile(
    rb"(?:^|[\r\n])[\"' \t]{0,4}(?:%s%s%s|[=+@-]{1,2}%s)" % (_SIGN, _REST, _PROGRAMS, _FETCHING)
)
_FORMULA = re.compile(rb"(?:^|[;,\t|\r\n])[\"']?=[A-Za-z(+-]")
# Every cell that calls something holds one of these; a plain search is far cheaper.
_TOPIC = re.compile(rb"\|[ \t]*'")
_PROGRAM_HINTS = (b"cmd", b"powershell", b"msexcel", b"mshta", b"rundll32", b"regsvr32", b"dde")
_FETCH_HINTS = (
    *(b"hyperlink(", b"hyperlink (", b"webservice", b"importxml", b"importdata", b"importhtml"),
    *(b"importfeed", b"importrange", b"rtd(", b"rtd (", b"dde(", b"dde ("),
)
_CALL_HINTS = (*_FETCH_HINTS, b"image(", b"call(", b"exec(", b"register(", b"register.i")


def look(opened: Opened) -> Iterator[Finding]:
    """Yield a finding for the first cell that calls something, or a note on the first formula."""
    content = opened.content.replace(b"\x00", b"")
    calling = _calling(content, _CALLING, _CALL_HINTS)
    if calling >= 0:
        yield active("table-formula", where=f"offset {calling}")
        return
    formula = _FORMULA.search(content) if b"=" in content else None
    if formula is not None:
        yield note("table-formula", where=f"offset {formula.start()}")


def look_at_text(opened: Opened) -> Iterator[Finding]:
    """Yield a finding for a cell that calls something: a table of one column is plain text too."""
    calling = _calling(opened.content.replace(b"\x00", b""), _CALLING_LINE, _FETCH_HINTS)
    if calling >= 0:
        yield active("table-formula", where=f"offset {calling}")


def _calling(content: bytes, cell: re.Pattern[bytes], hints: tuple[bytes, ...]) -> int:
    """Return where the first cell stands that calls something, -1 if none does."""
    lower = content.lower()
    found = None
    if b"|" in lower and b"!" in lower:
        if any(hint in lower for hint in _PROGRAM_HINTS):
            found = cell.search(lower)
        if found is None and _TOPIC.search(lower):
            found = _CALLING_ANY.search(lower)
    if found is None and any(hint in lower for hint in hints):
        found = cell.search(lower)
    return found.start() if found is not None else -1
