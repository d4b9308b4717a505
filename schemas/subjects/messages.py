"""Patients in messages: PID and MRG of HL7 v2, P of HPRIM. A message may be cut or garbled."""

import re
from collections.abc import Iterator

Found = tuple[str, str]

_SEGMENTS = re.compile(rb"[\r\n\x0b\x1c]+")
_LONGEST = 4096
_PATIENTS = 64  # a message of one visit names one or two


def in_hl7(content: bytes) -> Iterator[Found]:
    """Yield the identifiers of PID-3 (where it is empty PID-2) and MRG-1 (HL7 v2.5.1, 3.4.2)."""
    field, component, repetition, part = b"|", b"^", b"~", b"&"
    left = _PATIENTS
    for segment in _SEGMENTS.split(content):
        kind = segment[:3]
        if kind == b"MSH" and len(segment) > 7:
            field, component, repetition, part = (segment[n : n + 1] for n in (3, 4, 5, 7))
        elif kind in (b"PID", b"MRG") and segment[3:4] == field and left:
            left -= 1
            fields = segment[:_LONGEST].split(field)
            places = (3, 2) if kind == b"PID" else (1,)
            held = next((fields[n] for n in places if n < len(fields) and fields[n].strip()), b"")
            for one in held.split(repetition)[:_PATIENTS]:
                yield _extended(one.split(component), part)


def _extended(parts: list[bytes], between: bytes) -> Found:
    """Return system and value of a CX: CX-1 by CX-4, whose OID counts before its local name."""
    authority = parts[3].split(between) if len(parts) > 3 else [b""]
    is_oid = len(authority) > 2 and authority[2].strip().upper() == b"ISO"
    kind = parts[4] if len(parts) > 4 else b""
    system = authority[1] if is_oid else authority[0] or b"hl7:" + (kind or b"pid")
    return _text(system), _text(parts[0])


def in_hprim(content: bytes) -> Iterator[Found]:
    """Yield the identifiers of P-3 and P-4, which the asking and the answering side gave."""
    field, component = b"|", b"^"
    left = _PATIENTS
    for segment in _SEGMENTS.split(content):
        if segment[:1] == b"H" and len(segment) > 5 and not segment[1:2].isalnum():
            field, component = segment[1:2], segment[2:3]
        elif segment[:1] == b"P" and segment[1:2] == field and left:
            left -= 1
            fields = segment[:_LONGEST].split(field)
            for place, system in ((2, "hprim:asking"), (3, "hprim:answering")):
                if place < len(fields):
                    yield system, _text(fields[place].split(component)[0])


def _text(content: bytes) -> str:
    """Return bytes as text: identifiers are ASCII, and what is not is told apart all the same."""
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("latin-1")
