"""Documents inside medical messages: base64 of a known document or program inside a field.

They have to be taken out and inspected on their own; until then the message cannot be judged.
Texts and pictures inside messages are not searched for: nothing runs them. The same is asked of
records and pages that are markup, in attributes and data addresses too.
"""

from collections.abc import Iterator

from custody.finding import Finding
from sanitizers.active.observation import unverifiable
from sanitizers.interface import Opened

# Base64 of the first bytes of PDF, ZIP, OLE2, RTF, HTML, ELF and the usual beginnings of PE files.
_MARKS = (
    b"JVBERi0",
    b"UEsDBB",
    b"0M8R4KGx",
    b"e1xydG",
    b"PGh0bWw",
    b"PCFET0NUWVBF",
    b"f0VMR",
    b"TVqQAA",
    b"TVpQAA",
    b"TVoAAA",
)
_BEFORE = frozenset(b"^\"'|>,;:=&~ \t\r\n\\")


def look(opened: Opened) -> Iterator[Finding]:
    """Yield a finding for the first embedded document."""
    # UTF-16 writes each letter of base64 with a zero beside it.
    content = opened.content.replace(b"\x00", b"")
    for mark in _MARKS:
        at = content.find(mark)
        while at > 0 and content[at - 1] not in _BEFORE:
            at = content.find(mark, at + 1)
        if at > 0:
            yield unverifiable("embedded-document", where=f"offset {at}")
            return
