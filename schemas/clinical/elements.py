"""What every element of a clinical document has to keep: text, links, attachments, dates."""

import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from schemas.clinical.tree import Element, is_inclusion, name_of, place_of
from schemas.dates import Moment, compact, iso
from schemas.hygiene import text_reasons
from schemas.identifiers.registry import fault_of
from schemas.interface import Reason
from schemas.narrative import fetched_reasons, is_fetching, link_reason, style_reasons
from schemas.payloads import decode_base64, payload_reasons
from schemas.reasons.table import because
from schemas.redaction import shape

_RUNNING = frozenset({"script", "iframe", "object", "embed", "applet", "frame", "frameset"})
_XHTML = "http://www.w3.org/1999/xhtml"
_HANDLER = re.compile(r"on[a-z]{4,20}")
_LINK = re.compile(r"[\s\x00-\x20]*(?:[a-z-]{2,12}\s*:|\\\\)", re.IGNORECASE)
_EXPRESSION = re.compile(r"expression\s*\(|javascript:|behavior:", re.IGNORECASE)
LONGEST_TEXT = 64 * 1024
Parse = Callable[[str], Moment | None]


def element_reasons(root: Element) -> Iterator[Reason]:
    """Yield what is wrong with any element, whatever the document is."""
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        name = name_of(element)
        if is_inclusion(element):
            yield because("XML-004", place_of(element))
        if name in _RUNNING and (name in ("script", "iframe") or _XHTML in element.tag):
            yield because("GEN-018", place_of(element))
        for key, value in element.attrib.items():
            yield from _attribute(element, str(key).rpartition("}")[2], str(value))
        text = element.text
        if text and len(text) <= LONGEST_TEXT and not text.isspace():
            for reason in text_reasons(text):
                yield because(reason.code, place_of(element))


def _attribute(element: Element, key: str, value: str) -> Iterator[Reason]:
    if _HANDLER.fullmatch(key.lower()) or _EXPRESSION.search(value):
        yield because("GEN-018", place_of(element))
    if key == "style":
        yield from style_reasons(value, place_of(element))
    elif is_fetching(key):
        yield from fetched_reasons(value, place_of(element))
    elif _LINK.match(value):
        reason = link_reason(value, place_of(element))
        if reason is not None:
            yield reason
    for reason in text_reasons(value):
        yield because(reason.code, place_of(element))


def attachment_reasons(element: Element, declared: str) -> Iterator[Reason]:
    """Yield what is wrong with base64 in an element's text."""
    yield from payload_reasons(
        decode_base64("".join(element.itertext())), place_of(element), declared
    )


def date_reasons(element: Element, value: str, now: Moment, *, birth: bool) -> Iterator[Reason]:
    """Yield what is wrong with a date; HL7 writes digits, KMEHR as ISO 8601 does."""
    moment = compact(value) or iso(value)
    if moment is None:
        day = compact(value[:8]) if value[:8].isdecimal() and len(value) > 8 else None
        yield because("GEN-008" if day is None else "XML-011", place_of(element), shape(value))
    elif birth and (moment.day > now.day or moment.digits < "1850"):
        yield because("GEN-009", place_of(element))


def code_reasons(
    element: Element, systems: Mapping[str, str], system: str, value: str
) -> Iterator[Reason]:
    """Yield what is wrong with a code or identifier whose system says how it is checked."""
    name = systems.get(system)
    if name is None or not value:
        return
    code: Any = fault_of(name, value)
    if code is not None:
        flagged = code == "ID-001"
        yield because("ID-006" if flagged else code, place_of(element), shape(value))
