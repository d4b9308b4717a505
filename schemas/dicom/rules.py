"""What the elements of a DICOM file have to say, and may not."""

import re
import struct
from collections.abc import Iterator
from datetime import date

from formats.dicom import DEFLATED, ENCAPSULATED_DOCUMENT, NATIVE, PIXEL_DATA
from formats.signatures import candidates
from schemas.dates import compact, moment_of
from schemas.dicom.elements import Elements, is_uid
from schemas.interface import Reason
from schemas.payloads import payload_reasons
from schemas.reasons.table import because
from schemas.redaction import shape

MEDIA_CLASS, MEDIA_INSTANCE = 0x00020002, 0x00020003
SOP_CLASS, SOP_INSTANCE = 0x00080016, 0x00080018
STUDY, SERIES = 0x0020000D, 0x0020000E
PATIENT_ID, MODALITY, BIRTH = 0x00100020, 0x00080060, 0x00100030
ROWS, COLUMNS, SAMPLES, BITS = 0x00280010, 0x00280011, 0x00280002, 0x00280100
FRAMES, PHOTOMETRIC, MEDIA_TYPE = 0x00280008, 0x00280004, 0x00420012
DIRECTORY = "1.2.840.10008.1.3.10"
_DATES = (0x00080020, 0x00080021, 0x00080022, 0x00080023, BIRTH)
_UIDS = (MEDIA_CLASS, MEDIA_INSTANCE, SOP_CLASS, SOP_INSTANCE, STUDY, SERIES)
_TEXTS = (0x00100010, PATIENT_ID, 0x00080080, 0x00081030, 0x0008103E, 0x00204000, 0x00104000)
_MARKUP = re.compile(r"<\s*/?\s*(?:script|iframe|img|svg|object|html)|javascript:", re.IGNORECASE)
_TIFF = (b"II*\x00", b"MM\x00*")
_TAR_OR_SCRIPT = (b"#!", b"<", b"@echo", b"Rar!", b"{\\rtf")
_REFERENCED_FILE = re.compile(rb"\x04\x00\x00\x15CS(..)", re.DOTALL)
_COMPONENT = re.compile(r"[A-Z0-9_]{1,8}", re.ASCII)
MOST_SEARCHED = 4096
# PS3.5 A.4: compressed pixels stand in items; these syntaxes write them as one value.
_FIRST_ITEM = b"\xfe\xff\x00\xe0"
_WHOLE = NATIVE | {DEFLATED}


def tag_text(tag: int) -> str:
    """Return a tag as people write it."""
    return f"({tag >> 16:04X},{tag & 0xFFFF:04X})"


def element_reasons(elements: Elements, today: date) -> Iterator[Reason]:
    """Yield everything that is wrong with a walked file."""
    yield from _preamble(elements.file.preamble)
    directory = elements.text(MEDIA_CLASS) == DIRECTORY
    yield from _directory(elements) if directory else _identity(elements)
    yield from _uids(elements)
    yield from _dates(elements, today)
    yield from _pixels(elements)
    yield from _texts(elements)
    yield from _payloads(elements)


def _preamble(preamble: bytes) -> Iterator[Reason]:
    """PS3.10 §7.1: 128 bytes that mean nothing to DICOM, and much to others."""
    if not preamble:
        yield because("DCM-006")
    elif not preamble.strip(b"\x00"):
        return
    elif preamble.startswith(_TIFF):
        yield because("DCM-004")
    elif preamble.startswith((b"MZ", *_TAR_OR_SCRIPT)) or candidates(preamble):
        yield because("DCM-003")
    else:
        yield because("DCM-005")


def _identity(elements: Elements) -> Iterator[Reason]:
    identifiers = (SOP_CLASS, SOP_INSTANCE, STUDY, SERIES)
    for tag in (*identifiers, PATIENT_ID, MODALITY):
        # Overwriting empties an element; one that is not there was never written. Only a cut
        # behind the head of the file leaves no element at all.
        if tag in identifiers and not elements.text(tag) and (elements.has(tag) or elements.none):
            yield because("DCM-007", tag_text(tag))
        elif not elements.has(tag):
            yield because("DCM-008", tag_text(tag))
    for told, held in ((MEDIA_CLASS, SOP_CLASS), (MEDIA_INSTANCE, SOP_INSTANCE)):
        one, other = elements.text(told), elements.text(held)
        if one and other and one != other:
            yield because("DCM-010", tag_text(told))


def _uids(elements: Elements) -> Iterator[Reason]:
    for tag in _UIDS:
        value = elements.text(tag)
        if value and not is_uid(value):
            yield because("DCM-009", tag_text(tag), shape(value))


def _dates(elements: Elements, today: date) -> Iterator[Reason]:
    for tag in _DATES:
        for value in filter(None, elements.text(tag).split("\\")):
            where = tag_text(tag)
            if re.fullmatch(r"\d{4}\.\d\d\.\d\d", value) and compact(value.replace(".", "")):
                yield because("DCM-015", where)
                continue
            moment = compact(value) if len(value) == 8 else None
            if moment is None:
                yield because("GEN-008", where, shape(value))
            elif moment.day > moment_of(today).day:
                yield because("GEN-009" if tag == BIRTH else "GEN-014", where)


def _pixels(elements: Elements) -> Iterator[Reason]:
    """Compare the length of native pixels with what the description of the image says."""
    numbers = [elements.number(tag) for tag in (ROWS, COLUMNS, SAMPLES, BITS)]
    syntax = elements.file.transfer_syntax
    if not elements.has(PIXEL_DATA):
        return
    if syntax and (syntax in _WHOLE) == elements.content(PIXEL_DATA).startswith(_FIRST_ITEM):
        yield because("DCM-018", tag_text(PIXEL_DATA))
        return
    if syntax not in NATIVE:
        return
    if any(number is None for number in numbers):
        yield because("DCM-008", tag_text(ROWS))
        return
    rows, columns, samples, bits = (number or 0 for number in numbers)
    if elements.text(PHOTOMETRIC).startswith("YBR") and "422" in elements.text(PHOTOMETRIC):
        samples = 2
    expected = (rows * columns * samples * elements.count(FRAMES) * bits + 7) // 8
    start, end = elements.file.elements[PIXEL_DATA]
    if end - start < expected:
        yield because("DCM-011", tag_text(PIXEL_DATA))
    elif end - start > expected + 1:
        yield because("DCM-012", tag_text(PIXEL_DATA))


def _texts(elements: Elements) -> Iterator[Reason]:
    for tag in _TEXTS:
        if "<" in (text := elements.text(tag)) and _MARKUP.search(text):
            yield because("DCM-014", tag_text(tag))


def _payloads(elements: Elements) -> Iterator[Reason]:
    """Look into what vendors and documents carry: private elements, encapsulated documents."""
    if elements.has(ENCAPSULATED_DOCUMENT):
        content = elements.content(ENCAPSULATED_DOCUMENT).rstrip(b"\x00")
        where = tag_text(ENCAPSULATED_DOCUMENT)
        yield from payload_reasons(content, where, elements.text(MEDIA_TYPE))
    for tag in elements.file.elements:
        if not (tag >> 16) % 2:
            continue
        if _holds_program(elements.content(tag)):
            yield because("GEN-015", tag_text(tag))
        # PS3.5 §7.8.1: (gggg,xx10) to (gggg,xxFF) belong to who is named in (gggg,00xx).
        block = (tag & 0xFFFF) >> 8
        if block >= 0x10 and not elements.has((tag & 0xFFFF0000) | block):
            yield because("DCM-017", f"({tag >> 16:04X},00{block:02X})")


def _holds_program(content: bytes) -> bool:
    """Whether a program begins anywhere in a private element."""
    at = -1
    for _ in range(MOST_SEARCHED):
        at = content.find(b"MZ", at + 1)
        if at < 0:
            break
        if _is_windows_program(content, at):
            return True
    return content.startswith(b"\x7fELF")


def _is_windows_program(content: bytes, at: int) -> bool:
    """Whether the two letters lead to a PE head; in measured values they stand by chance."""
    header = content[at : at + 64]
    if len(header) < 64:
        return False
    (offset,) = struct.unpack_from("<I", header, 60)
    return content[at + offset : at + offset + 4] == b"PE\x00\x00"


def _directory(elements: Elements) -> Iterator[Reason]:
    """PS3.10 §8.2: a file of a medium has up to eight components of eight characters."""
    for found in _REFERENCED_FILE.finditer(elements.body):
        size = int.from_bytes(found.group(1), "little")
        value = elements.body[found.end() : found.end() + size].decode("latin-1").strip("\x00 ")
        parts = value.split("\\")
        if ".." in parts or "/" in value or ":" in value or value.startswith("\\"):
            yield because("DCM-013", "(0004,1500)")
        elif len(parts) > 8 or not all(_COMPONENT.fullmatch(part.strip()) for part in parts):
            yield because("DCM-008", "(0004,1500)")
