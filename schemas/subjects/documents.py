"""Patients in XML, JSON and DICOM, found in the bytes: a record that is cut is about somebody too.

No parser builds a tree here. What is looked for are the few places where each standard names the
patient; bounds on every repetition keep a hostile record from costing more than its length.
"""

import json
import re
from collections.abc import Iterator
from html import unescape

from custody.box import Json

Found = tuple[str, str]

_MOST = 10_000
_MOST_BLOCKS = 500
_BLOCK = 65_536
_REFERENCE = re.compile(
    rb'(?:"reference"\s{0,8}:\s{0,8}"|<(?:\w{1,20}:)?reference\s{1,8}value\s{0,8}=\s{0,8}["\'])'
    rb"(?:https?://[^\"'<>\s]{1,400}/|)Patient/([A-Za-z0-9.\-]{1,64})"
)
_PATIENT = re.compile(rb'"resourceType"\s{0,8}:\s{0,8}"Patient"')
_PATIENT_XML = re.compile(rb"<(?:\w{1,20}:)?Patient[\s>]")
_ID_XML = re.compile(rb"<(?:\w{1,20}:)?id\s{1,8}value\s{0,8}=\s{0,8}[\"']([^\"'<>]{1,64})[\"']")
_IDENTIFIER_XML = re.compile(rb"<(?:\w{1,20}:)?identifier[\s>]")
_SYSTEM_XML = re.compile(rb"<(?:\w{1,20}:)?system\s{1,8}value\s{0,8}=\s{0,8}[\"']([^\"'<>]{1,400})")
_VALUE_XML = re.compile(rb"<(?:\w{1,20}:)?value\s{1,8}value\s{0,8}=\s{0,8}[\"']([^\"'<>]{1,200})")
FHIR_ID = "fhir:patient"

_ROLE = re.compile(rb"<(?:\w{1,20}:)?patientRole[\s>]")
_ID_CDA = re.compile(rb"<(?:\w{1,20}:)?id\s([^<>]{1,1000})>")
_ROOT = re.compile(rb"\broot\s{0,8}=\s{0,8}[\"']([^\"'<>]{1,200})[\"']")
_EXTENSION = re.compile(rb"\bextension\s{0,8}=\s{0,8}[\"']([^\"'<>]{1,200})[\"']")

_PATIENT_KMEHR = re.compile(rb"<(?:\w{1,20}:)?patient[\s>]")
_ID_KMEHR = re.compile(rb"<(?:\w{1,20}:)?id\s([^<>]{1,400})>([^<>]{1,200})<")
_SCHEME = re.compile(rb"\bS\s{0,8}=\s{0,8}[\"']([^\"'<>]{1,60})[\"']")
_SUBSCHEME = re.compile(rb"\bSL\s{0,8}=\s{0,8}[\"']([^\"'<>]{1,60})[\"']")
_VALEUR = re.compile(rb"<(?:\w{1,20}:)?valeur>([^<>]{1,200})<")


def in_fhir(content: bytes) -> Iterator[Found]:
    """Yield the patients that a resource points at, and the identifiers of those that it holds."""
    for n, match in enumerate(_REFERENCE.finditer(content)):
        if n >= _MOST:
            return
        yield FHIR_ID, _text(match[1])
    if _PATIENT.search(content):
        yield from _in_json(content)
    elif _PATIENT_XML.search(content):
        yield from _in_xml(content)


def _in_json(content: bytes) -> Iterator[Found]:
    try:
        whole = json.loads(content)
    except (ValueError, RecursionError):
        return
    left, looked_at = [whole], 0
    while left and looked_at < _MOST:
        looked_at += 1
        node = left.pop()
        if isinstance(node, list):
            left.extend(node[:_MOST])
        elif isinstance(node, dict):
            if node.get("resourceType") == "Patient":
                yield from _of_patient(node)
            left.extend(node[key] for key in ("entry", "resource", "contained") if key in node)


def _of_patient(resource: dict[str, Json]) -> Iterator[Found]:
    if isinstance(resource.get("id"), str):
        yield FHIR_ID, resource["id"]
    given = resource.get("identifier")
    for one in given[:_MOST] if isinstance(given, list) else []:
        if isinstance(one, dict) and isinstance(one.get("value"), str):
            yield str(one.get("system") or "fhir:identifier"), one["value"]


def _in_xml(content: bytes) -> Iterator[Found]:
    starts = list(_starts(_PATIENT_XML, content))
    for start, following in zip(starts, [*starts[1:], len(content)], strict=True):
        own = _ID_XML.search(content, start, start + 1000)
        if own:
            yield FHIR_ID, _text(own[1])
        # What stands behind the next patient's beginning is found from there.
        block = content[start : min(start + _BLOCK, following)]
        for place in _starts(_IDENTIFIER_XML, block):
            end = block.find(b"identifier>", place, place + 2000)
            one = block[place : end if end > 0 else place + 2000]
            value, system = _VALUE_XML.search(one), _SYSTEM_XML.search(one)
            if value:
                yield _text(system[1]) if system else "fhir:identifier", _text(value[1])


def in_cda(content: bytes) -> Iterator[Found]:
    """Yield the ids of patientRole (CDA R2, 4.2.2.11): root and extension."""
    for start in _starts(_ROLE, content):
        end = content.find(b"patient", start, start + _BLOCK)
        block = content[start : end if end > 0 else start + _BLOCK]
        for one in _ID_CDA.finditer(block):
            root, extension = _ROOT.search(one[1]), _EXTENSION.search(one[1])
            if root and extension:
                yield _text(root[1]), _text(extension[1])


def in_kmehr(content: bytes) -> Iterator[Found]:
    """Yield the ids of the patient: INSS, or a local scheme under its own name."""
    for start in _starts(_PATIENT_KMEHR, content):
        end = content.find(b"patient>", start, start + _BLOCK)
        block = content[start : end if end > 0 else start + _BLOCK]
        for one in _ID_KMEHR.finditer(block):
            scheme, local = _SCHEME.search(one[1]), _SUBSCHEME.search(one[1])
            name = local[1] if local else scheme[1] if scheme else b"kmehr"
            # ID-PATIENT is the INSS (KMEHR standard, table ID-PATIENT).
            yield "niss" if name in (b"ID-PATIENT", b"INSS") else _text(name), _text(one[2])


def in_hprim_xml(content: bytes) -> Iterator[Found]:
    """Yield the values of the identifiers of each patient, of the sender and the receiver."""
    for start in _starts(_PATIENT_KMEHR, content):
        end = content.find(b"personnePhysique", start, start + _BLOCK)
        block = content[start : end if end > 0 else start + 2000]
        for one in _VALEUR.finditer(block):
            yield "hprim-xml", _text(one[1])


_EXPLICIT = (b"\x10\x00\x20\x00LO", b"\x00\x10\x00\x20LO")
_EXPLICIT_ISSUER = (b"\x10\x00\x21\x00LO", b"\x00\x10\x00\x21LO")
_HEAD = 1024 * 1024
_LONGEST_LO = 64


def in_dicom(content: bytes) -> Iterator[Found]:
    """Yield Patient ID (0010,0020) under its issuer (0010,0021): PS3.3 C.7.1.1, both of VR LO."""
    head = content[:_HEAD]
    found = _element(head, _EXPLICIT)
    if found is not None:
        yield _element(head, _EXPLICIT_ISSUER) or "dicom", found


def _element(head: bytes, tags: tuple[bytes, bytes]) -> str | None:
    """Return the value of an element, explicit in either order of bytes, or implicit."""
    for tag, order in zip(tags, ("little", "big"), strict=True):
        at = head.find(tag)
        if at >= 0:
            size = int.from_bytes(head[at + 6 : at + 8], order)  # type: ignore[arg-type]  # a literal
            return _text(head[at + 8 : at + 8 + min(size, _LONGEST_LO)])
    at = head.find(tags[0][:4])
    size = int.from_bytes(head[at + 4 : at + 8], "little")
    if at < 0 or size > _LONGEST_LO:
        return None
    return _text(head[at + 8 : at + 8 + size])


def _starts(pattern: re.Pattern[bytes], content: bytes) -> Iterator[int]:
    """Yield where each match ends: there the inside of an element begins."""
    for n, match in enumerate(pattern.finditer(content)):
        if n >= _MOST_BLOCKS:
            return
        yield match.end()


def _text(content: bytes) -> str:
    try:
        text = content.decode()
    except UnicodeDecodeError:
        text = content.decode("latin-1")
    return unescape(text).strip().rstrip("\0").strip()
