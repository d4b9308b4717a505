"""Documents inside medical messages: base64 of a known document or program inside a field.

They have to be taken out and inspected on their own; until then the message cannot be judged.
Texts and pictures inside messages are not searched for: nothing runs them. The same is asked of
records and pages that are markup, in attributes and data addresses too.
"""

import re
from collections.abc import Iterator

from custody.finding import Finding
from sanitizers.active.observation import active, unverifiable
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
# An encapsulated field of HL7 may be written in hexadecimal digits (HL7 v2.5 2.A.24).
_HEX = re.compile(rb"[^\w]hex[^\w]\s*[0-9a-f]{64}", re.IGNORECASE)
_ESCAPED = re.compile(rb"\\u00([2-7][0-9a-fA-F])")
_SCRIPT = re.compile(
    rb"<(?:script|iframe|object|embed)\b|<[^<>]{0,400}[\s\"'/]on[a-z]{3,30}\s*=|javascript:",
    re.IGNORECASE,
)
_BEFORE = frozenset(b"^\"'|>,;:=&~ \t\r\n\\")


def look(opened: Opened) -> Iterator[Finding]:
    """Yield a finding for the first embedded document."""
    # UTF-16 writes each letter of base64 with a zero beside it.
    content = opened.content.replace(b"\x00", b"")
    if opened.media_type.endswith("json"):
        content = _unescaped(content)
    for mark in _MARKS:
        at = content.find(mark)
        while at > 0 and content[at - 1] not in _BEFORE:
            at = content.find(mark, at + 1)
        if at > 0:
            yield unverifiable("embedded-document", where=f"offset {at}")
            return
    if opened.media_type.startswith("application/hl7") and _HEX.search(content):
        yield unverifiable("embedded-document")


def look_at_resources(opened: Opened) -> Iterator[Finding]:
    """Yield embedded documents, and a script in a narrative: it may have none (FHIR R4 2.4)."""
    yield from look(opened)
    if b"div" in opened.content and _SCRIPT.search(_unescaped(opened.content)):
        yield active("narrative-script")


def _unescaped(content: bytes) -> bytes:
    """Undo the escapes of JSON by which letters of ASCII may be written (RFC 8259 section 7)."""
    plain = content.replace(b"\\/", b"/") if b"\\/" in content else content
    if b"\\u00" not in plain:
        return plain
    return _ESCAPED.sub(lambda found: bytes.fromhex(found.group(1).decode("ascii")), plain)
