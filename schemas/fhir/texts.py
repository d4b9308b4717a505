"""From the bytes of one resource to its elements, in JSON or XML, and what is wrong on the way."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any

from formats.families import FHIR_XML
from formats.faults import FormatError, LimitError, MalformedError, UnsupportedError
from formats.xml_prolog import DocumentTypeError, Prolog, read_prolog
from schemas.clinical.tree import instruction_reasons
from schemas.fhir.markup import Shapes, read_resource
from schemas.fhir.reading import RepeatedNameError, read_json
from schemas.fhir.releases import Release, release_of
from schemas.interface import Reason
from schemas.reasons.table import because

Json = Any
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
_UTF_8 = frozenset({"", "utf-8", "us-ascii", "ascii"})
# How much of an extract is asked which release it is of; what is larger is asked resource by
# resource, and only its name in reports is that of R4.
_LONGEST_LOOK = 8 * 1024 * 1024
_LINES_LOOKED_AT = 20
_LONGEST_LINES = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """What a text says, in the form that it has in JSON; None when it says nothing."""

    resource: Json = None
    reasons: tuple[Reason, ...] = ()


def in_json(content: bytes) -> Text:
    """Return what a JSON text says."""
    marked = content.startswith(BYTE_ORDER_MARK)
    before = (because("FHIR-002"),) if marked else ()
    try:
        resource = read_json(content.removeprefix(BYTE_ORDER_MARK).strip(b" \t\r\n"))
    except RepeatedNameError:
        return Text(reasons=(*before, because("FHIR-003")))
    except LimitError:
        return Text(reasons=(*before, because("GEN-011")))
    except MalformedError:
        return Text(reasons=(*before, because("FHIR-001")))
    if not isinstance(resource, dict):
        return Text(reasons=(*before, because("FHIR-001")))
    return Text(resource=resource, reasons=before)


def in_xml(content: bytes, shapes: Shapes) -> Text:
    """Return what an XML document says."""
    try:
        prolog = read_prolog(content)
        reading = read_resource(content, shapes)
    except DocumentTypeError:
        return Text(reasons=(because("XML-002"),))
    except UnsupportedError:
        return Text(reasons=(because("XML-003"),))
    except LimitError:
        return Text(reasons=(because("GEN-011"),))
    except FormatError:
        return Text(reasons=(because("XML-001"),))
    reasons = list(_prolog_reasons(prolog))
    if reading.is_odd or reading.resource is None:
        reasons.append(because("FHIR-028"))
    if reading.repeated:
        reasons.append(because("FHIR-022", reading.repeated))
    if reading.disordered:
        reasons.append(because("FHIR-030", reading.disordered))
    return Text(resource=reading.resource, reasons=tuple(reasons))


def _prolog_reasons(prolog: Prolog) -> Iterator[Reason]:
    yield from instruction_reasons(prolog)
    if prolog.encoding not in _UTF_8:  # R4 xml.html: always UTF-8
        yield because("FHIR-029")


def release_in(content: memoryview, media_type: str) -> Release | None:
    """Return the release that the beginning of an extract shows; None when it shows none."""
    for text in _beginning(content, media_type):
        resource = text.resource
        release = release_of(resource) if isinstance(resource, dict) else None
        if release is not None:
            return release
    return None


def _beginning(content: memoryview, media_type: str) -> Iterator[Text]:
    if media_type.endswith("ndjson"):
        lines = bytes(content[:_LONGEST_LINES]).split(b"\n")
        yield from (in_json(line) for line in islice(lines, _LINES_LOOKED_AT))
    elif content.nbytes <= _LONGEST_LOOK:
        whole = bytes(content)
        yield in_xml(whole, {}) if media_type == FHIR_XML.media_type else in_json(whole)
