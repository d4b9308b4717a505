"""CDA R2 documents and those of CI-SIS: one document is one record."""

from collections.abc import Iterator
from dataclasses import dataclass

from schemas.clinical.definitions import XmlSchemas
from schemas.clinical.elements import (
    attachment_reasons,
    code_reasons,
    date_reasons,
    element_reasons,
)
from schemas.clinical.tree import Element, name_of, place_of
from schemas.clinical.whole import judged_whole
from schemas.dates import Moment, compact
from schemas.interface import Extract, Reason, Remark, Said
from schemas.narrative import fetched_reasons
from schemas.reasons.table import because

HL7 = "{urn:hl7-org:v3}"
_NEEDED = ("typeId", "id", "code", "effectiveTime", "component")
_TIMES = frozenset({"birthTime", "effectiveTime", "time"})
_BOUNDS = frozenset({"low", "high", "center"})
CODE_SYSTEMS = {
    "2.16.840.1.113883.6.1": "loinc",
    "2.16.840.1.113883.6.96": "snomed",
    "2.16.840.1.113883.6.73": "atc",
}
# The test and demonstration namespaces of INS (.10, .11) are exempt: their keys are fake.
IDENTIFIER_SYSTEMS = {
    "1.2.250.1.213.1.4.8": "nir",
    "1.2.250.1.213.1.4.9": "nir",
}
_PROFESSIONALS, _STRUCTURES = "1.2.250.1.71.4.2.1", "1.2.250.1.71.4.2.2"
# ANS: the first digit says which register an identifier is of.
_REGISTERS = {
    (_PROFESSIONALS, "8"): "rpps",
    (_PROFESSIONALS, "0"): "adeli",
    (_STRUCTURES, "1"): "finess",
    (_STRUCTURES, "3"): "siret",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Cda:
    """Documents of CDA R2; with official schemas their structure is checked too."""

    name: str = "cda"
    media_types: frozenset[str] = frozenset({"application/hl7-cda+xml"})
    definitions: XmlSchemas | None = None

    def validate(self, extract: Extract) -> Iterator[Said]:
        """Yield the one document."""
        if self.definitions is None:
            yield Remark(reason=because("GEN-013"))
        yield from judged_whole(extract, self._against)

    def _against(self, root: Element, now: Moment) -> Iterator[Reason]:
        document = root
        if root.tag != f"{HL7}ClinicalDocument":
            # CI-SIS allows a style sheet with the document in it (auto-presentable).
            document = root.find(f".//{HL7}ClinicalDocument")
            yield because("XML-005", name_of(root)[:40])
        if document is None:
            yield because("XML-008", "ClinicalDocument")
            return
        yield from document_reasons(document, now)
        if self.definitions is not None and not self.definitions.accept(document):
            yield because("XML-006")


def document_reasons(document: Element, now: Moment) -> Iterator[Reason]:
    """Yield what our own rules have against a document."""
    for name in _NEEDED:
        if document.find(f"{HL7}{name}") is None:
            yield because("XML-008", f"ClinicalDocument/{name}")
    if len(document.findall(f"{HL7}recordTarget")) != 1:
        yield because("XML-007", "ClinicalDocument/recordTarget")
    yield from element_reasons(document)
    for element in document.iter(f"{HL7}*"):
        name = name_of(element)
        yield from _times(element, name, now)
        yield from _codes(element, name)
        if element.get("representation") == "B64":
            yield from attachment_reasons(element, element.get("mediaType", ""))
    yield from _links(document)


def _times(element: Element, name: str, now: Moment) -> Iterator[Reason]:
    above = element.getparent()
    bound = name in _BOUNDS and above is not None and name_of(above) in _TIMES
    value = element.get("value")
    if value and (name in _TIMES or bound):
        yield from date_reasons(element, value, now, birth=name == "birthTime")
    if name in _TIMES:
        low, high = element.find(f"{HL7}low"), element.find(f"{HL7}high")
        start = compact(low.get("value", "")) if low is not None else None
        end = compact(high.get("value", "")) if high is not None else None
        if start and end and start.is_after(end):
            yield because("GEN-010", place_of(element))


def _codes(element: Element, name: str) -> Iterator[Reason]:
    code = element.get("code", "")
    yield from code_reasons(element, CODE_SYSTEMS, element.get("codeSystem", ""), code)
    if name != "id":
        return
    root, value = element.get("root", ""), element.get("extension", "")
    register = _REGISTERS.get((root, value[:1]))
    if register is not None:
        yield from code_reasons(element, {root: register}, root, value[1:])
    else:
        yield from code_reasons(element, IDENTIFIER_SYSTEMS, root, value)


def _links(document: Element) -> Iterator[Reason]:
    """Check that images exist, and that the content of a document is in it."""
    known = set(document.xpath("//@ID"))
    for element in document.iter(f"{HL7}renderMultiMedia"):
        if not set(element.get("referencedObject", "").split()) <= known:
            yield because("XML-009", place_of(element))
    for media in document.iterfind(f".//{HL7}observationMedia/{HL7}value/{HL7}reference"):
        yield from fetched_reasons(media.get("value", ""), place_of(media))
    for body in document.iter(f"{HL7}nonXMLBody"):
        if body.find(f"{HL7}text/{HL7}reference") is not None:
            yield because("XML-010", "nonXMLBody")
