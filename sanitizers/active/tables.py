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
_REST = rb"[^;,\t\r\n]{0,100}?"
_PROGRAMS = rb"\b(?:cmd|powershell|msexcel|mshta|rundll32|regsvr32|dde)[^;,\t\r\n]{0,20}?\|"
_FETCHING = rb"\b(?:hyperlink|webservice|import(?:xml|data|html|feed|range)|rtd)[ \t]*\("
_OTHERS = rb"\b(?:image|call|exec|register(?:\.id)?)\("
_CALLING = re.compile(
    b"%s(?:[=+@-]%s%s|[=+@-]{1,2}%s|=%s(?:%s|%s))"
    % (_CELL, _REST, _PROGRAMS, _FETCHING, _REST, _FETCHING, _OTHERS),
    re.IGNORECASE,
)
_FORMULA = re.compile(rb"(?:^|[;,\t|\r\n])[\"']?=[A-Za-z(+-]")
_SIGNS = (b"=", b"+", b"@", b"-")


def look(opened: Opened) -> Iterator[Finding]:
    """Yield a finding for the first cell that calls something, or a note on the first formula."""
    content = opened.content.replace(b"\x00", b"")
    if not any(sign in content for sign in _SIGNS):
        return
    calling = _CALLING.search(content)
    if calling is not None:
        yield active("table-formula", where=f"offset {calling.start()}")
        return
    formula = _FORMULA.search(content)
    if formula is not None:
        yield note("table-formula", where=f"offset {formula.start()}")
