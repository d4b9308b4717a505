"""Disarms DICOM files: a preamble of zeros, nothing behind the last element, the rest untouched.

A preamble that begins like a program is no accident (CVE-2019-11687): such a file is never copied.
"""

from hashlib import sha256

from formats.dicom import (
    PIXEL_DATA,
    PREAMBLE,
    START,
    DicomFile,
    read_dicom,
    starts_without_preamble,
)
from formats.faults import MalformedError
from sanitizers.disarming.interface import (
    CannotDisarmError,
    Copy,
    Disarmer,
    Measures,
    Removed,
    Switch,
)
from sanitizers.inflating import inflate_raw
from sanitizers.sniffing import program_in_preamble

MEDIA_TYPE = "application/dicom"
_MAGIC = b"DICM"
_SOP_CLASS, _SOP_INSTANCE = 0x00080016, 0x00080018
_META_INSTANCE = 0x00020003


def disarm(content: bytes, switches: frozenset[Switch]) -> Copy:
    """Return the file with a preamble of zeros (PS3.10 section 7.1) and every element as it was.

    Raises:
        CannotDisarmError: the preamble begins like a program, an archive or a document.
        FormatError: the elements cannot be walked whole.
    """
    del switches
    has_preamble = content[PREAMBLE:START] == _MAGIC
    if has_preamble and program_in_preamble(content):
        raise CannotDisarmError("its preamble begins like a program or an archive")
    end = _end(content)
    removed = []
    if has_preamble and content[:PREAMBLE].strip(b"\x00"):
        removed.append(Removed(code="dicom.preamble", where="preamble"))
    if end < len(content):
        removed.append(Removed(code="dicom.trailing", where=f"offset {end}"))
    plain = bytes(PREAMBLE) + content[PREAMBLE:end] if has_preamble else content[:end]
    return Copy(content=plain, media_type=MEDIA_TYPE, removed=tuple(removed))


def _end(content: bytes) -> int:
    """Return where the last element ends: what follows the pixels and is no element is cut off.

    Raises:
        FormatError: the elements before that cannot be walked whole, or there are no pixels.
    """
    try:
        _read(content)
    except MalformedError as error:
        if not 0 < error.offset < len(content):
            raise
        shorter = _read(content[: error.offset])
        if PIXEL_DATA not in shorter.elements:
            raise
        return error.offset
    return len(content)


def _read(content: bytes) -> DicomFile:
    if content[PREAMBLE:START] != _MAGIC and not starts_without_preamble(content):
        raise MalformedError("no elements begin here", offset=0)
    return read_dicom(content, inflate_raw)


def measure(content: bytes) -> Measures:
    """Return digests of all elements as they are written, of the pixels, and of the identifiers.

    Raises:
        FormatError: the elements cannot be walked whole.
    """
    end = _end(content)
    start = START if content[PREAMBLE:START] == _MAGIC else 0
    read = _read(content[:end])
    places = read.elements if max((e for _, e in read.elements.values()), default=0) <= end else {}
    named = [
        content[slice(*places[tag])].rstrip(b"\x00 ").decode("ascii", "replace")
        for tag in (_META_INSTANCE, _SOP_CLASS, _SOP_INSTANCE)
        if tag in places
    ]
    pixels = content[slice(*places[PIXEL_DATA])] if PIXEL_DATA in places else b""
    return Measures(
        values={
            "elements": sha256(content[start:end]).hexdigest(),
            "pixels": sha256(pixels).hexdigest(),
            "identifiers": sha256("\n".join(named).encode()).hexdigest(),
        }
    )


def walk(content: bytes) -> tuple[str, ...]:
    """Return the codes of what a copy may not have.

    Raises:
        FormatError: the elements cannot be walked to the last byte.
    """
    _read(content)
    found = content[PREAMBLE:START] == _MAGIC and content[:PREAMBLE] != bytes(PREAMBLE)
    return ("dicom.preamble",) if found else ()


DISARMER = Disarmer(disarm=disarm, measure=measure, walk=walk)
