"""The bytes of a document that a record keeps as letters, and whether they are what it says.

Base64 and hexadecimal digits are read strictly, white space aside: of what is not quite base64,
each program makes something else.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from dataclasses import dataclass

from formats.families import PLAIN, Family
from sanitizers.containers.unpacked import Unpacked
from sanitizers.sniffing import sniff

# Base64 of the first bytes of PDF, ZIP, OLE2, RTF, HTML, ELF and the usual beginnings of PE files.
MARKS = (
    "JVBERi0",
    "UEsDBB",
    "0M8R4KGx",
    "e1xydG",
    "PGh0bWw",
    "PCFET0NUWVBF",
    "f0VMR",
    "TVqQAA",
    "TVpQAA",
    "TVoAAA",
)
BEFORE = frozenset("^\"'|>,;:=&~ \t\r\n\\")
BASE64, HEX = "base64", "hex"
_RUN = re.compile(r"[A-Za-z0-9+/\s]*={0,2}")
_SPACES = str.maketrans("", "", " \t\r\n\f\v")
_PICTURES = frozenset({"image/jpeg", "image/png", "image/gif", "image/bmp", "image/tiff"})
_COMPARED = frozenset({"application/pdf", "application/rtf", *_PICTURES})
_OTHER_NAMES = {
    "image/jpg": "image/jpeg",
    "image/pjpeg": "image/jpeg",
    "image/tif": "image/tiff",
    "text/rtf": "application/rtf",
    "application/x-pdf": "application/pdf",
}
_NO_TEXT = frozenset(
    {Family.PROGRAM, Family.ARCHIVE, Family.DISK, Family.DOCUMENT, Family.IMAGE, Family.MEDIA}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """Letters of a record. A `sure` one is a document by the rules of its format.

    `declared` is the media type that the record says it has, in lower case; empty if none.
    """

    text: str
    declared: str = ""
    encoding: str = BASE64
    sure: bool = False


def documents_in(field: Field) -> Iterator[Unpacked]:
    """Yield the documents of a field: the whole of a sure one, what begins like one of another."""
    if field.sure:
        yield from _decoded(field.text, field.encoding, field.declared)
        return
    at = 0
    while (start := _mark(field.text, at)) >= 0:
        run = _RUN.match(field.text, start)
        at = run.end() if run else start + 1
        yield from _decoded(field.text[start:at], BASE64, "")


def has_mark(text: str) -> bool:
    """Tell whether letters anywhere in a text begin like a document."""
    return any(mark in text for mark in MARKS)


def _mark(text: str, at: int) -> int:
    """Return where the next document begins; -1 if none does."""
    places = []
    for mark in MARKS:
        found = text.find(mark, at)
        while found > 0 and text[found - 1] not in BEFORE:
            found = text.find(mark, found + 1)
        if found >= 0:
            places.append(found)
    return min(places, default=-1)


def _decoded(text: str, encoding: str, declared: str) -> Iterator[Unpacked]:
    plain = text.translate(_SPACES)
    if not plain:
        return
    try:
        content = bytes.fromhex(plain) if encoding == HEX else _from_base64(plain)
    except (binascii.Error, ValueError):
        yield Unpacked(refusal="undecodable")
        return
    yield Unpacked(content=content, refusal=contradiction(declared, content))


def _from_base64(plain: str) -> bytes:
    """Read whole groups of four (RFC 4648 section 4); Python would let some padding pass."""
    if len(plain) % 4:
        raise ValueError("letters that are no groups of four")
    return base64.b64decode(plain, validate=True)


def contradiction(declared: str, content: bytes) -> str:
    """Return why content is not of the type that a record declares; empty if it may be.

    A picture of another kind than declared is shown all the same, and words under a picture's
    type are what an example or a gap is written as: they show nothing and run nothing.
    """
    told = declared.partition(";")[0].strip().lower()
    told = _OTHER_NAMES.get(told, told)
    report = sniff(content)
    found = {report.media_type, *report.also_valid}
    wanted = _PICTURES if told in _PICTURES else {told}
    if told in _PICTURES and report.media_type == PLAIN.media_type and not report.hidden_script:
        return ""
    if told in _COMPARED and not found & wanted:
        return f"media-type-mismatch: no {told}"
    if told.startswith("text/") and report.family in _NO_TEXT:
        return "media-type-mismatch: no text"
    return ""
