"""Messages of HPRIM XML (French exchanges within hospitals): one message is one record.

Its schemas are their author's and not public enough to come along: what is checked is what every
XML document has to keep, the head of the message, dates, one patient an event, and identifiers.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from schemas.clinical.elements import code_reasons, date_reasons, element_reasons
from schemas.clinical.tree import Element, name_of, place_of
from schemas.clinical.whole import judged_whole
from schemas.dates import Moment
from schemas.interface import Extract, Reason, Remark, Said
from schemas.reasons.table import because

NAMESPACE = "{http://www.hprim.org/hprimXML}"
_BIRTH = "dateNaissance"
_IDENTIFIERS = {"numeroSecuriteSociale": "nir", "INSC": "ins", "finess": "finess", "rpps": "rpps"}


@dataclass(frozen=True, slots=True, kw_only=True)
class HprimXml:
    """Messages of HPRIM XML; no official schema is a second validator here."""

    name: str = "hprim-xml"
    media_types: frozenset[str] = frozenset({"application/hprim+xml"})

    def validate(self, extract: Extract) -> Iterator[Said]:
        """Yield the one message."""
        yield Remark(reason=because("GEN-013"))
        yield from judged_whole(extract, message_reasons)


def message_reasons(root: Element, now: Moment) -> Iterator[Reason]:
    """Yield what our own rules have against a message."""
    heads = [child for child in root if name_of(child) == "enteteMessage"]
    if not root.tag.startswith(NAMESPACE) or len(heads) != 1 or len(root) < 2:
        yield because("XML-008", name_of(root)[:40])
    yield from element_reasons(root)
    for element in root.iter():
        name, text = name_of(element), (element.text or "").strip()
        if sum(name_of(child) == "patient" for child in element) > 1:
            yield because("XML-007", place_of(element))
        if name.startswith("date") and text and not len(element):
            above = element.getparent()
            born = _BIRTH in (name, "" if above is None else name_of(above))
            yield from date_reasons(element, text, now, birth=born)
        if name in _IDENTIFIERS and text:
            yield from code_reasons(element, _IDENTIFIERS, name, text)
