"""One walk over a resource: what every element of FHIR has to keep, whatever resource it is in."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from typing import Any

from schemas.dates import Moment, iso, moment_of
from schemas.fhir.invariants import element_reasons
from schemas.fhir.reading import DEEPEST, MOST_NODES
from schemas.fhir.releases import R4, Release
from schemas.fhir.resources import TARGETS
from schemas.fhir.systems import CODE_SYSTEMS, IDENTIFIER_SYSTEMS, SHAPE_FLAGS
from schemas.hygiene import text_reasons
from schemas.identifiers.registry import fault_of
from schemas.interface import Extract, Reason
from schemas.narrative import link_reason, narrative_reasons
from schemas.payloads import decode_base64, payload_reasons
from schemas.reasons.table import because
from schemas.redaction import shape
from schemas.tabular.values import is_formula

Json = Any
_DATES = frozenset(
    "birthDate deceasedDateTime effectiveDateTime effectiveInstant issued recordedDate"
    " onsetDateTime abatementDateTime authoredOn occurrenceDateTime performedDateTime start"
    " end lastUpdated date dateTime created recorded assertedDate dateAsserted whenPrepared"
    " whenHandedOver sent received valueDateTime valueDate valueInstant collectedDateTime"
    " receivedTime lastOccurrence expirationDate manufactureDate started indexed time"
    " dateWritten onset timestamp".split()
)
_PAST = frozenset(
    "issued recordedDate recorded effectiveInstant performedDateTime dateAsserted"
    " lastUpdated".split()
)
_TEXTS = frozenset({"display", "text", "family", "name", "title", "description", "comment"})
_CHOICES = re.compile(
    r"(value|effective|onset|abatement|deceased|multipleBirth|performed|occurrence|medication"
    r"|timing|asNeeded|module|item|event|product|serviced|location|allowed|used|born|age|reported|collected"
    r"|fastingStatus|minimumVolume|rate|answer|defaultValue)([A-Z]\w*)"
)
_REFERENCE = re.compile(
    r"(?:https?://[^\s]+/)?([A-Za-z]+)/[A-Za-z0-9.-]{1,64}(?:/_history/[A-Za-z0-9.-]{1,64})?"
    r"|urn:uuid:[0-9a-f-]{36}|urn:oid:[0-9.]+|#[A-Za-z0-9.-]{0,64}|([A-Za-z]+)\?\S+|https?://\S+",
    re.ASCII,
)
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}", re.ASCII)
_LINKISH = re.compile(r"^[\s\x00-\x20]*[a-z-]{2,12}\s*:|^[\s]*\\\\", re.IGNORECASE)


class Walk:
    """Walks one resource; references are kept for whoever knows the neighbours."""

    def __init__(self, extract: Extract, release: Release = R4) -> None:
        self._types = release.types
        self._now = moment_of(extract.today)
        self.references: list[str] = []
        self.contained: set[str] = set()

    def reasons(self, resource: Mapping[str, Json]) -> Iterator[Reason]:
        """Yield what is wrong with any element."""
        stack: list[tuple[str, Json, int]] = [(str(resource.get("resourceType", "")), resource, 0)]
        count = 0
        while stack:
            where, value, depth = stack.pop()
            count += 1
            if depth > DEEPEST or count > MOST_NODES:
                yield because("GEN-011")
                return
            if isinstance(value, dict):
                yield from self._object(where, value)
                stack += [(f"{where}.{key}", item, depth + 1) for key, item in value.items()]
            elif isinstance(value, list):
                if not value:
                    yield because("FHIR-004", where)
                stack += [(where, item, depth + 1) for item in value if item is not None]
            elif isinstance(value, str):
                yield from self._text(where, value)
            elif value is None:
                yield because("FHIR-004", where)

    def _text(self, where: str, text: str) -> Iterator[Reason]:
        key = where.rpartition(".")[2]
        if not text.strip():
            yield because("FHIR-004", where)
            return
        yield from text_reasons(text, where)
        if key == "div":
            yield from narrative_reasons(text, where)
        elif _LINKISH.match(text) and (reason := link_reason(text, where)):
            yield reason
        if key in _DATES:
            yield from self._date(key, where, text)
        if key in _TEXTS and text[0] in "=+-@\t\uff1d" and is_formula(text):
            yield because("GEN-020", where)
        if key == "id" and not _ID.fullmatch(text) and "." in where and where.count(".") == 1:
            yield because("FHIR-005", where)

    def _date(self, key: str, where: str, text: str) -> Iterator[Reason]:
        if key in ("start", "end", "date", "time", "onset", "dateTime") and not text[:1].isdigit():
            return
        moment = iso(text)
        if moment is None:
            if key != "time" or len(text) > 12:
                yield because("GEN-008", where, shape(text))
        elif key in ("birthDate", "deceasedDateTime") and self._is_impossible(moment):
            yield because("GEN-009", where)
        elif key in _PAST and moment.day > self._now.day:
            yield because("GEN-014", where)

    def _is_impossible(self, moment: Moment) -> bool:
        return moment.is_after(self._now) or moment.digits < "1850"

    def _object(self, where: str, value: Mapping[str, Json]) -> Iterator[Reason]:
        if not value:
            yield because("FHIR-004", where)
        key = where.rpartition(".")[2]
        yield from _choices(where, value)
        yield from element_reasons(key, value, where)
        if key in ("extension", "modifierExtension"):
            yield from _extension(where, value)
        if "reference" in value:
            yield from self._reference(where, key, value["reference"])
        if "system" in value:
            yield from _coded(where, key, value)
        if "data" in value and ("contentType" in value or value.get("resourceType") == "Binary"):
            yield from _attachment(where, value)
        if "start" in value and "end" in value:
            yield from _period(where, value)
        if is_quantity(key) and isinstance(value.get("value"), str):
            yield because("FHIR-009", f"{where}.value")

    def _reference(self, where: str, key: str, reference: Json) -> Iterator[Reason]:
        found = _REFERENCE.fullmatch(reference) if isinstance(reference, str) else None
        if found is None:
            yield because("FHIR-010", f"{where}.reference")
            return
        target = found.group(1) or found.group(2)
        if target is not None:
            if target not in self._types:
                yield because("FHIR-010", f"{where}.reference")
            elif key in TARGETS and target not in TARGETS[key]:
                yield because("FHIR-011", f"{where}.reference")
        self.references.append(str(reference))


def is_quantity(key: str) -> bool:
    """Whether an element of this name is a quantity."""
    return key.endswith("Quantity") or key in ("low", "high", "numerator", "denominator")


def _choices(where: str, value: Mapping[str, Json]) -> Iterator[Reason]:
    """A choice of types is made once: valueString beside valueQuantity says two things."""
    if len(value) < 2:
        return
    made: dict[str, str] = {}
    for key in value:
        found = _CHOICES.fullmatch(key)
        if found is None:
            continue
        name, kind = found.groups()
        if kind[:1].isupper() and kind in _KINDS and made.setdefault(name, kind) != kind:
            yield because("FHIR-008", f"{where}.{name}[x]")


_KINDS = frozenset(
    "Base64Binary Boolean Canonical Code Date DateTime Decimal Id Instant Integer Markdown Oid"
    " PositiveInt String Time UnsignedInt Uri Url Uuid Address Age Annotation Attachment"
    " CodeableConcept Coding ContactPoint Count Distance Duration HumanName Identifier Money Period"
    " Quantity Range Ratio Reference SampledData Signature Timing".split()
)


def _extension(where: str, value: Mapping[str, Json]) -> Iterator[Reason]:
    """ext-1: either a value or further extensions; the address is always there."""
    if not isinstance(value.get("url"), str):
        yield because("FHIR-007", f"{where}.url")
    has_value = any(key.startswith(("value", "_value")) for key in value)
    if has_value == ("extension" in value):
        yield because("FHIR-016", where)


def _coded(where: str, key: str, value: Mapping[str, Json]) -> Iterator[Reason]:
    """Check codes and identifiers whose system says how."""
    system = value["system"]
    if not isinstance(system, str):
        return
    name, given = CODE_SYSTEMS.get(system), value.get("code")
    if key == "identifier":
        name, given = IDENTIFIER_SYSTEMS.get(system), value.get("value")
    if name is None or not isinstance(given, str):
        return
    code = fault_of(name, given)
    if code == "ID-001" and name in SHAPE_FLAGS:
        code = "ID-006"
    if code is not None:
        yield because(code, where, shape(given))


def _attachment(where: str, value: Mapping[str, Json]) -> Iterator[Reason]:
    data = value["data"]
    if not isinstance(data, str):
        yield because("FHIR-009", f"{where}.data")
        return
    content = decode_base64(data)
    yield from payload_reasons(content, f"{where}.data", str(value.get("contentType", "")))
    if content is None:
        return
    size, told = value.get("size"), value.get("hash")
    if isinstance(size, str) and size.isdecimal():
        size = int(size[:20])  # a number of 64 bits is a text in JSON (R5)
    if isinstance(size, int) and size != len(content):
        yield because("FHIR-018", f"{where}.size")
    # R4 (datatypes.html#Attachment): the hash is SHA-1.
    digest = hashlib.sha1(content, usedforsecurity=False).digest()
    if isinstance(told, str) and decode_base64(told) != digest:
        yield because("FHIR-018", f"{where}.hash")


def _period(where: str, value: Mapping[str, Json]) -> Iterator[Reason]:
    start, end = value["start"], value["end"]
    if isinstance(start, str) and isinstance(end, str):
        one, other = iso(start), iso(end)
        if one and other and one.is_after(other):
            yield because("GEN-010", where)
