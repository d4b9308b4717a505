"""Documents inside medical records: which ones have to be taken apart, and inspected on their own.

What is looked for here is cheap, and may be none after all: a record that is taken apart without
any document in it is as clean as it was. Pages are not taken apart: they wait.
"""

import re
from collections.abc import Iterator

from custody.finding import Finding
from sanitizers.active.observation import active, embedded
from sanitizers.containers.embedded.decoding import BEFORE, MARKS
from sanitizers.interface import Opened

_MARKS = tuple(mark.encode("ascii") for mark in MARKS)
# An encapsulated field of HL7 names the encoding of its letters (HL7 v2.5.1 2.A.24).
_ENCODING = re.compile(rb"[^\w\s]\s*(?:base64|hex)\s*[^\w\s]", re.IGNORECASE)
# Attachments and binaries of FHIR (R4 2.24.0.7), whatever they hold.
_DATA = re.compile(rb"\"(?:data|valueBase64Binary)\"\s*:\s*\"")
_TELLING = (b"contentType", b"Binary")
_MESSAGES = frozenset({"application/hl7-v2", "application/hprim"})
_ESCAPED = re.compile(rb"\\u00([2-7][0-9a-fA-F])")
_SCRIPT = re.compile(
    rb"<(?:script|iframe|object|embed)\b|<[^<>]{0,400}[\s\"'/]on[a-z]{3,30}\s*=|javascript:",
    re.IGNORECASE,
)
_BEFORE = frozenset("".join(BEFORE).encode("ascii"))


def look(opened: Opened) -> Iterator[Finding]:
    """Yield a finding for the first document that a record may keep."""
    # UTF-16 writes each letter of base64 with a zero beside it.
    content = opened.content.replace(b"\x00", b"")
    is_json = opened.media_type.endswith("json")
    if is_json:
        content = _unescaped(content)
    for mark in _MARKS:
        at = content.find(mark)
        while at > 0 and content[at - 1] not in _BEFORE:
            at = content.find(mark, at + 1)
        if at > 0:
            yield embedded(opened.media_type, where=f"offset {at}")
            return
    if is_json:
        told = any(word in content for word in _TELLING) and _DATA.search(content)
    else:
        told = opened.media_type in _MESSAGES and _ENCODING.search(content)
    if told:
        yield embedded(opened.media_type)


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
