"""Documents in messages of HL7 v2 and HPRIM: what stands behind the name of an encoding.

Encapsulated data (HL7 v2.5.1 2.A.24) are the source, type, subtype, encoding and letters of a
document. They are looked for in every field, whatever type the message says that it has.
"""

import re
from collections.abc import Iterator

from sanitizers.containers.embedded.decoding import BASE64, HEX, Field, has_mark

_HEADERS = frozenset({"MSH", "FHS", "BHS"})
_LINES = re.compile(r"\r\n|[\r\n\x0b\x1c]")
_NAME = re.compile(r"[A-Z][A-Z0-9]{0,2}\Z")
_DEFAULT = "|^~&"
# Escapes for line ends (2.7.1, 2.7.3): some systems keep those of a mail in the letters.
_LINE_ENDS = re.compile(r"\\(?:\.br|X(?:0[DA])+)\\", re.IGNORECASE)
_ENCODINGS = frozenset({BASE64, HEX})
_SUBTYPES = {
    "PDF": "application/pdf",
    "JPEG": "image/jpeg",
    "JPG": "image/jpeg",
    "PNG": "image/png",
    "GIF": "image/gif",
    "TIFF": "image/tiff",
    "TIF": "image/tiff",
    "RTF": "application/rtf",
}


def fields(text: str) -> Iterator[Field]:
    """Yield what may be a document, of every message in a text."""
    separators = _DEFAULT
    for segment in _segments(text):
        if segment[:3] in _HEADERS:
            separators = _declared(segment)
        lower = segment.lower()
        if BASE64 in lower or HEX in lower or has_mark(segment):
            yield from _of_segment(segment, separators)


def _segments(text: str) -> Iterator[str]:
    """Yield segments; a line without a name goes on the one before it."""
    held: list[str] = []
    separator = "|"
    for line in _LINES.split(text):
        if line[:3] in _HEADERS and line[3:4]:
            separator = line[3]
        named = separator in line and _NAME.match(line.partition(separator)[0])
        if named and held:
            yield "".join(held)
            held = []
        held.append(line)
    yield "".join(held)


def _declared(header: str) -> str:
    """Return the separators that a header names, its escape sign aside (2.5.4)."""
    field = header[3:4] or "|"
    named = header[4:10].partition(field)[0]
    return field + named[:2] + named[3:]


def _of_segment(segment: str, separators: str) -> Iterator[Field]:
    pieces = re.split(f"[{re.escape(separators)}]", segment)
    encoding = ""
    for number, piece in enumerate(pieces):
        if encoding:
            plain = _LINE_ENDS.sub("", piece)
            declared = _media_type(pieces[max(0, number - 3) : number - 1])
            yield Field(text=plain, declared=declared, encoding=encoding, sure=True)
            encoding = ""
            continue
        word = piece.strip().lower()
        encoding = word if word in _ENCODINGS else ""
        if has_mark(piece):
            yield Field(text=_LINE_ENDS.sub("", piece))


def _media_type(told: list[str]) -> str:
    """Return the media type of a type and a subtype (tables 0191 and 0291), if it is one."""
    words = [word.strip() for word in told]
    known = next((_SUBTYPES[w.upper()] for w in reversed(words) if w.upper() in _SUBTYPES), "")
    return known or next((word.lower() for word in words if "/" in word), "")
