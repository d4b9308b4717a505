"""What an extract is, by its bytes; damage further in must not hide what its beginning says."""

import re

from formats.dicom import starts_without_preamble
from formats.families import PLAIN, SQL, XML
from formats.parquet.footer import MEDIA_TYPE as PARQUET
from formats.parquet.footer import is_marked
from formats.sql.dialects import is_signed
from formats.sqlite_engine import MEDIA_TYPE as SQLITE
from formats.sqlite_engine import SIGNATURE
from formats.text import read_text
from formats.textual import kind_of_text

DICOM = "application/dicom"
HL7V2 = "application/hl7-v2"
FHIR_NDJSON = "application/fhir+ndjson"
KMEHR = "application/kmehr+xml"
_HEAD = 65_536
_ENCODINGS_CUT = 4  # the longest character that the end of the head may cut
_HL7 = re.compile(rb"(?:\xef\xbb\xbf)?[\x0b\s]*(?:MSH|FHS|BHS)[^\w\s]")
# One whole resource in the first line; what stands below it may be anything.
_FHIR_LINE = re.compile(rb'\s*\{[^\n]{0,4000}?"resourceType"\s*:[^\n]*\}\s*\n\s*\S')
_KMEHR = re.compile(rb"<(?:\w+:)?kmehrmessage[\s>]")
_GENERIC_XML = frozenset({"application/xml", "text/xml"})


def media_type_of(content: memoryview) -> str:
    """Return the media type of an extract; text that is nothing else is plain text."""
    head = bytes(content[:_HEAD])
    if is_marked(head):
        return PARQUET
    return SQLITE if head.startswith(SIGNATURE) else _by_head(head, content)


def _by_head(head: bytes, content: memoryview) -> str:
    if head[128:132] == b"DICM" or starts_without_preamble(head):
        return DICOM
    if _HL7.match(head):
        return HL7V2
    if _FHIR_LINE.match(head):
        return FHIR_NDJSON
    view = _view(head, cut=content.nbytes > _HEAD)
    if view is None:
        return SQL.media_type if is_signed(head) else _by_first_line(head)
    if _KMEHR.search(view[:4096]):
        return KMEHR
    found = kind_of_text(view if content.nbytes <= _HEAD else view + bytes(content[-64:]))
    return found.media_type


def _view(head: bytes, *, cut: bool) -> bytes | None:
    """Return the head as UTF-8; a character that its end cuts is left out."""
    for short in range(_ENCODINGS_CUT if cut else 1):
        text = read_text(head[: len(head) - short])
        if text is not None:
            return text.view
    return None


def _by_first_line(head: bytes) -> str:
    """Judge by the first line alone when the rest of the head is garbled; of XML by what is not.

    The root of a document stands below the line that declares it to be XML.
    """
    first = read_text(head.split(b"\n", 1)[0])
    if first is None:
        return PLAIN.media_type
    found = kind_of_text(first.view)
    if found is XML:
        sound = read_text(head[: _first_garbled(head)])
        found = found if sound is None else kind_of_text(sound.view)
    return found.media_type


def _first_garbled(head: bytes) -> int:
    """Return where the first zero byte is, or the first that is no UTF-8."""
    zero = head.find(b"\0")
    sound = head if zero < 0 else head[:zero]
    try:
        sound.decode()
    except UnicodeDecodeError as error:
        return error.start
    return len(sound)
