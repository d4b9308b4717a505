"""Invented scanner images as DICOM files (PS3.10 §7, explicit VR little endian)."""

import struct
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from cli.hospital.people import Patient
from cli.hospital.seed import uid

CT_IMAGE = "1.2.840.10008.5.1.4.1.1.2"
EXPLICIT_LITTLE_ENDIAN = "1.2.840.10008.1.2.1"
IMPLEMENTATION = uid("implementation")
SIDE = 64
LONG_LENGTHS = frozenset({"OB", "OW"})  # PS3.5 §7.1.2: two reserved bytes, then four of length

Element = tuple[int, int, str, str | int | bytes]


@dataclass(frozen=True, slots=True, kw_only=True)
class Study:
    """One examination of one patient; its number makes every identifier in it."""

    number: int
    patient: Patient
    description: str
    at: datetime


def instance(study: Study, order: int, *, preamble: bytes = b"") -> bytes:
    """Return one slice of a study as a file; the preamble is zero unless it is given."""
    image = uid(f"image-{study.number}-{order}")
    meta = _encoded(_meta_elements(image))
    group_length = _encoded([(0x0002, 0x0000, "UL", len(meta))])
    elements = (
        *_identity_elements(study, image),
        *_patient_elements(study.patient),
        *_geometry_elements(study, order),
        *_pixel_elements(order),
    )
    return preamble.ljust(128, b"\0") + b"DICM" + group_length + meta + _encoded(elements)


def _meta_elements(image: str) -> tuple[Element, ...]:
    return (
        (0x0002, 0x0001, "OB", b"\0\x01"),
        (0x0002, 0x0002, "UI", CT_IMAGE),
        (0x0002, 0x0003, "UI", image),
        (0x0002, 0x0010, "UI", EXPLICIT_LITTLE_ENDIAN),
        (0x0002, 0x0012, "UI", IMPLEMENTATION),
        (0x0002, 0x0013, "SH", "AUTOCLAVE_DEMO"),
    )


def _identity_elements(study: Study, image: str) -> tuple[Element, ...]:
    day, moment = f"{study.at:%Y%m%d}", f"{study.at:%H%M%S}"
    return (
        (0x0008, 0x0005, "CS", "ISO_IR 192"),
        (0x0008, 0x0008, "CS", "ORIGINAL\\PRIMARY\\AXIAL"),
        (0x0008, 0x0016, "UI", CT_IMAGE),
        (0x0008, 0x0018, "UI", image),
        (0x0008, 0x0020, "DA", day),
        (0x0008, 0x0023, "DA", day),
        (0x0008, 0x0030, "TM", moment),
        (0x0008, 0x0033, "TM", moment),
        (0x0008, 0x0050, "SH", f"ACC{study.number:06d}"),
        (0x0008, 0x0060, "CS", "CT"),
        (0x0008, 0x0070, "LO", "Constructeur fictif"),
        (0x0008, 0x0080, "LO", "Hôpital de démonstration"),
        (0x0008, 0x0090, "PN", "Ciboulette^Démo"),
        (0x0008, 0x1030, "LO", study.description),
    )


def _patient_elements(patient: Patient) -> tuple[Element, ...]:
    return (
        (0x0010, 0x0010, "PN", f"{patient.family_name}^{patient.given_name}"),
        (0x0010, 0x0020, "LO", patient.ipp),
        (0x0010, 0x0030, "DA", f"{patient.born:%Y%m%d}"),
        (0x0010, 0x0040, "CS", patient.sex),
    )


def _geometry_elements(study: Study, order: int) -> tuple[Element, ...]:
    return (
        (0x0018, 0x0050, "DS", "5"),
        (0x0018, 0x0060, "DS", "120"),
        (0x0020, 0x000D, "UI", uid(f"study-{study.number}")),
        (0x0020, 0x000E, "UI", uid(f"series-{study.number}")),
        (0x0020, 0x0010, "SH", str(study.number)),
        (0x0020, 0x0011, "IS", "1"),
        (0x0020, 0x0013, "IS", str(order)),
        (0x0020, 0x0032, "DS", f"-160\\-160\\{order * 5}"),
        (0x0020, 0x0037, "DS", "1\\0\\0\\0\\1\\0"),
        (0x0020, 0x0052, "UI", uid(f"frame-{study.number}")),
        (0x0020, 0x1040, "LO", ""),
    )


def _pixel_elements(order: int) -> tuple[Element, ...]:
    return (
        (0x0028, 0x0002, "US", 1),
        (0x0028, 0x0004, "CS", "MONOCHROME2"),
        (0x0028, 0x0010, "US", SIDE),
        (0x0028, 0x0011, "US", SIDE),
        (0x0028, 0x0030, "DS", "5\\5"),
        (0x0028, 0x0100, "US", 16),
        (0x0028, 0x0101, "US", 12),
        (0x0028, 0x0102, "US", 11),
        (0x0028, 0x0103, "US", 0),
        (0x0028, 0x1052, "DS", "-1024"),
        (0x0028, 0x1053, "DS", "1"),
        (0x7FE0, 0x0010, "OW", _phantom(order)),
    )


def _phantom(order: int) -> bytes:
    """Return a disc on a dark ground, a little different on each slice."""
    middle, radius = SIDE // 2, (SIDE // 3 + order % 5) ** 2
    pixels = (
        (1040 if (x - middle) ** 2 + (y - middle) ** 2 < radius else 24) + (x * 7 + y * 3) % 9
        for y in range(SIDE)
        for x in range(SIDE)
    )
    return struct.pack(f"<{SIDE * SIDE}H", *pixels)


def _encoded(elements: Iterable[Element]) -> bytes:
    return b"".join(_element(*element) for element in elements)


def _element(group: int, number: int, kind: str, value: str | int | bytes) -> bytes:
    content = _value(kind, value)
    head = struct.pack("<HH", group, number) + kind.encode("ascii")
    if kind in LONG_LENGTHS:
        return head + b"\0\0" + struct.pack("<I", len(content)) + content
    return head + struct.pack("<H", len(content)) + content


def _value(kind: str, value: str | int | bytes) -> bytes:
    """Return a value in its even length: identifiers end in NUL, texts in a space (PS3.5 §6.2)."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, int):
        return struct.pack("<I" if kind == "UL" else "<H", value)
    content = value.encode()
    return content + (b"\0" if kind == "UI" else b" ") * (len(content) % 2)
