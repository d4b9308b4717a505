"""KMEHR messages (Belgium, SumEHR among them): one message is one record."""

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
from schemas.dates import Moment, iso
from schemas.interface import Extract, Reason, Remark, Said
from schemas.reasons.table import because

_BIRTHS = frozenset({"birthdate", "deathdate"})
_IDENTIFIERS = {"ID-PATIENT": "niss", "INSS": "niss"}
_CODES = {"CD-DRUG-CNK": "cnk", "CD-ATC": "atc", "CD-LOINC": "loinc"}
_RIZIV_DIGITS = 11


@dataclass(frozen=True, slots=True, kw_only=True)
class Kmehr:
    """Messages of KMEHR; with official schemas one of their versions has to accept them."""

    name: str = "kmehr"
    media_types: frozenset[str] = frozenset({"application/kmehr+xml"})
    definitions: XmlSchemas | None = None

    def validate(self, extract: Extract) -> Iterator[Said]:
        """Yield the one message."""
        if self.definitions is None:
            yield Remark(reason=because("GEN-013"))
        yield from judged_whole(extract, self._against)

    def _against(self, root: Element, now: Moment) -> Iterator[Reason]:
        yield from message_reasons(root, now)
        if self.definitions is not None and not self.definitions.accept(root):
            yield because("XML-006")


def message_reasons(root: Element, now: Moment) -> Iterator[Reason]:
    """Yield what our own rules have against a message."""
    folders = [child for child in root if name_of(child) == "folder"]
    headers = [child for child in root if name_of(child) == "header"]
    if name_of(root) != "kmehrmessage" or not headers or not folders:
        yield because("XML-008", "kmehrmessage")
    for folder in folders:
        if sum(name_of(child) == "patient" for child in folder) != 1:
            yield because("XML-007", "folder/patient")
    yield from element_reasons(root)
    for element in root.iter():
        name = name_of(element)
        yield from _dates(element, name, now)
        yield from _codes(element, name)
        if name == "lnk" and (element.text or "").strip():
            yield from attachment_reasons(element, element.get("MEDIATYPE", ""))


def _dates(element: Element, name: str, now: Moment) -> Iterator[Reason]:
    text = (element.text or "").strip()
    above = element.getparent()
    if name == "date" and text and above is not None:
        # xsd:date may carry a zone, which our reader of ISO dates does not expect.
        day = text.removesuffix("Z").split("+")[0]
        yield from date_reasons(element, day, now, birth=name_of(above) in _BIRTHS)
    start, end = _child(element, "beginmoment"), _child(element, "endmoment")
    if start and end and start.is_after(end):
        yield because("GEN-010", place_of(element))


def _child(element: Element, name: str) -> Moment | None:
    for child in element:
        if name_of(child) == name:
            for part in child:
                if name_of(part) == "date":
                    return iso((part.text or "").strip()[:10])
    return None


def _codes(element: Element, name: str) -> Iterator[Reason]:
    value, system = (element.text or "").strip(), element.get("S", "")
    if name == "id":
        yield from code_reasons(element, _IDENTIFIERS, system, value)
        if system == "ID-HCPARTY" and len(value) == _RIZIV_DIGITS:
            yield from code_reasons(element, {system: "riziv"}, system, value)
    elif name in ("cd", "intendedcd", "deliveredcd"):
        yield from code_reasons(element, _CODES, system, value)
