"""What one DICOM file says about the series that it belongs to (PS3.3 C.7.2 to C.7.6, PS3.4 C.3.4).

Numbers that a device wrote of a study: how many series and instances belong together, and which
number an instance has. A DICOMDIR (PS3.10 §8) names the instances that its medium has to hold.
"""

import re
from dataclasses import dataclass

from formats.dicom import read_dicom
from formats.faults import FormatError
from schemas.dicom.elements import Elements, is_uid
from schemas.dicom.rules import DIRECTORY, MEDIA_CLASS, SERIES, SOP_INSTANCE, STUDY

NUMBER = 0x00200013
SERIES_IN_STUDY, INSTANCES_IN_STUDY, INSTANCES_IN_SERIES = 0x00201206, 0x00201208, 0x00201209
MOST_NAMED = 100_000
# What is told of series, studies and media when all images of a source are known.
FEWER, GAP, NAMED = "DCM-019", "DCM-020", "DCM-021"
# Referenced SOP Instance UID in File: a directory is in explicit VR little endian (PS3.10 §8.6).
_NAMED = re.compile(rb"\x04\x00\x11\x15UI(..)", re.DOTALL)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """An instance with what it says of its series; a number that is not told is None.

    `names` are the instances that a directory names; it has none itself.
    """

    study: str = ""
    series: str = ""
    instance: str = ""
    number: int | None = None
    in_series: int | None = None
    in_study: int | None = None
    series_in_study: int | None = None
    names: tuple[str, ...] = ()


def place_of(content: bytes) -> Place | None:
    """Return what a file says; None when it cannot be read, or says of no series."""
    try:
        walked = read_dicom(content)
    except FormatError:
        return None
    elements = Elements(file=walked, head=content, body=content)
    if elements.text(MEDIA_CLASS) == DIRECTORY:
        return Place(names=_names(content))
    study, series, instance = map(elements.text, (STUDY, SERIES, SOP_INSTANCE))
    if not all(map(is_uid, (study, series, instance))):
        return None
    return Place(
        study=study,
        series=series,
        instance=instance,
        number=_number(elements, NUMBER),
        in_series=_number(elements, INSTANCES_IN_SERIES),
        in_study=_number(elements, INSTANCES_IN_STUDY),
        series_in_study=_number(elements, SERIES_IN_STUDY),
    )


def _number(elements: Elements, tag: int) -> int | None:
    """Return an integer string (PS3.5 §6.2: IS has twelve characters at most)."""
    text = elements.text(tag)
    plain = text.removeprefix("+")
    return int(plain) if len(text) <= 12 and plain.isascii() and plain.isdecimal() else None


def _names(content: bytes) -> tuple[str, ...]:
    found: dict[str, None] = {}
    for match in _NAMED.finditer(content):
        size = int.from_bytes(match[1], "little")
        value = content[match.end() : match.end() + size].decode("latin-1").strip("\x00 ")
        if is_uid(value):
            found[value] = None
        if len(found) >= MOST_NAMED:
            break
    return tuple(found)
