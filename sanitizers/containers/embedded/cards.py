"""Files in calendars and visiting cards (RFC 5545 3.1.3, RFC 6350 5, vCard 2.1)."""

import re
from collections.abc import Iterator

from sanitizers.containers.embedded.decoding import Field, has_mark

_FOLDED = re.compile(r"\r?\n[ \t]")
_PROPERTY = re.compile(
    r"^([^\r\n:]{0,400};[ \t]*encoding=\"?(?:b|base64)\"?[^\r\n:]{0,400}):([^\r\n]*)"
    r"((?:\r?\n[A-Za-z0-9+/=]+(?=\r?\n|\Z))*)",
    re.IGNORECASE | re.MULTILINE,
)
_ADDRESS = re.compile(
    r"[:\"']data:([^,;\r\n]{0,200})[^,\r\n]{0,200};base64,([^\r\n\"']*)", re.IGNORECASE
)
_TYPE = re.compile(r";[ \t]*(?:fmttype|mediatype|type)=\"?([\w./+-]{1,80})", re.IGNORECASE)


def fields(text: str) -> Iterator[Field]:
    """Yield what may be a document; a line of vCard 2.1 may go on without being folded."""
    plain = _FOLDED.sub("", text)
    for found in _PROPERTY.finditer(plain):
        held = found.group(2) + found.group(3)
        yield Field(text=held, declared=_media_type(found.group(1)), sure=True)
    for found in _ADDRESS.finditer(plain):
        yield Field(text=found.group(2), declared=found.group(1).lower(), sure=True)
    rest = _ADDRESS.sub("", _PROPERTY.sub("", plain))
    yield from (Field(text=line) for line in rest.splitlines() if has_mark(line))


def _media_type(parameters: str) -> str:
    """Return the media type that the parameters of a property name; that of a picture by a word."""
    told = _TYPE.search(parameters)
    word = told.group(1).lower() if told else ""
    return word if "/" in word or not word else f"image/{word}"
