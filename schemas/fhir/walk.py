"""One walk over a resource: what every element of FHIR has to keep, whatever resource it is in."""

import hashlib
import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

from schemas.dates import Moment, iso, moment_of
from schemas.fhir.invariants import rules_of
from schemas.fhir.primitives import FORMS
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
# Here a reference is an address (Expression, Immunization.education), not one resource's.
_ADDRESSES = frozenset({"education"})
_BYTES = frozenset({"valueBase64Binary"})
_SIGNATURES = frozenset({"signature", "valueSignature"})
_LOOKED_AT = _DATES | _TEXTS | _BYTES | {"div", "id"}
# Beyond it, not every whole number is one of IEEE 754 (binary64).
_EXACT = 1 << 53
LONGEST_NAME = 64  # no element of FHIR is called longer
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}", re.ASCII)
# What a browser skips inside of a scheme, and nobody sees.
_SKIPPED = re.compile(r"[\x00-\x1f\x7f\u200b-\u200f\u2060-\u2064\ufeff]")
_LINKISH = re.compile(r"^[\s\x00-\x20]*[a-z-]{2,12}\s*:|^[\s]*\\\\", re.IGNORECASE)


class Walk:
    """Walks one resource; references are kept for whoever knows the neighbours."""

    def __init__(self, extract: Extract, release: Release = R4) -> None:
        self._release = release
        self._now = moment_of(extract.today)
        self.references: list[str] = []

    def reasons(self, resource: Mapping[str, Json]) -> Iterator[Reason]:
        """Yield what is wrong with any element."""
        kind = str(resource.get("resourceType", ""))
        # An element with the name that it has, the resource that it is in, and how deep it lies.
        stack: list[tuple[_Place, Json, str, int]] = [((None, kind), resource, kind, 0)]
        count = 0
        while stack:
            place, value, kind, depth = stack.pop()
            count += 1
            if depth > DEEPEST or count > MOST_NODES:
                yield because("GEN-011")
                return
            if isinstance(value, str):
                if not _is_plain(place[1], value):
                    yield from self._text(place, value)
            elif isinstance(value, dict):
                kind = str(value.get("resourceType", kind))
                yield from self._object(place, value, kind)
                depth += 1
                stack += [((place, key), item, kind, depth) for key, item in value.items()]
            elif isinstance(value, list):
                if not value:
                    yield because("FHIR-004", _where(place))
                stack += [(place, item, kind, depth + 1) for item in value if item is not None]
            elif value is None:
                yield because("FHIR-004", _where(place))
            elif type(value) is int and not -_EXACT <= value <= _EXACT and not _is_exact(value):
                yield because("FHIR-032", _where(place))

    def _text(self, place: "_Place", text: str) -> Iterator[Reason]:
        where, key = _where(place), place[1]
        if not text.strip():
            yield because("FHIR-004", where)
            return
        yield from text_reasons(text, where)
        if key == "div":
            yield from narrative_reasons(text, where)
        elif _LINKISH.match(_SKIPPED.sub("", text)) and (reason := link_reason(text, where)):
            yield reason
        if key in _DATES:
            yield from self._date(key, where, text)
        if key in _BYTES:
            yield from payload_reasons(decode_base64(text), where)
        if key in _TEXTS and text[0] in "=+-@\t\uff1d" and is_formula(text):
            yield because("GEN-020", where)
        if key == "id" and not _ID.fullmatch(text) and where.count(".") == 1:
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

    def _object(self, place: "_Place", value: Mapping[str, Json], kind: str) -> Iterator[Reason]:
        key = place[1]
        if not value:
            yield because("FHIR-004", _where(place))
        yield from _choice_reasons(place, value)
        rules = rules_of(key)
        if rules and not all(holds(value) for holds in rules):
            yield because("FHIR-021", _where(place))
        if key in ("extension", "modifierExtension"):
            yield from _extension(_where(place), value)
        if "reference" in value:
            yield from self._reference(place, value, kind)
        if "system" in value and isinstance(value["system"], str):
            yield from _coded(place, value)
        if "data" in value and (
            "contentType" in value or key in _SIGNATURES or value.get("resourceType") == "Binary"
        ):
            yield from _attachment(_where(place), value)
        if "start" in value and "end" in value:
            yield from _period(_where(place), value)
        if "value" in value and isinstance(value["value"], str) and is_quantity(key):
            yield because("FHIR-009", f"{_where(place)}.value")

    def _reference(self, place: "_Place", value: Mapping[str, Json], kind: str) -> Iterator[Reason]:
        reference = value["reference"]
        key = place[1]
        if isinstance(reference, dict | list) and key not in TARGETS:
            return  # an element of that name which holds a reference (CarePlan.activity, R5)
        found = _REFERENCE.fullmatch(reference) if isinstance(reference, str) else None
        if found is None:
            if key not in _ADDRESSES:
                yield because("FHIR-010", f"{_where(place)}.reference")
            return
        target = found.group(1) or found.group(2)
        if target is not None:
            told = str(value.get("type", target))
            if target not in self._release.types:
                yield because("FHIR-010", f"{_where(place)}.reference")
            elif not self._may_stand(key, target, kind) or (
                told != target and told in self._release.types
            ):
                yield because("FHIR-011", f"{_where(place)}.reference")
        self.references.append(str(reference))

    def _may_stand(self, key: str, target: str, kind: str) -> bool:
        targets = TARGETS.get(key)
        if targets is None or target in targets:
            return True
        return key == "subject" and kind in self._release.any_subject


# The name of an element, and the place of the one that it is in: made into a text only to be told.
_Place = tuple[Any, str]


def _where(place: _Place) -> str:
    names = []
    above: Any = place
    while above is not None:
        above, name = above
        names.append(name)
    return ".".join(reversed(names))


def _is_plain(key: str, text: str) -> bool:
    """Whether nothing can be said of a text: most are, and get no closer look."""
    return (
        text.isascii()
        and text.isprintable()
        and key not in _LOOKED_AT
        and text.strip() != ""
        and not ((":" in text or "\\" in text) and _runs(text))
    )


def _runs(text: str) -> bool:
    return _LINKISH.match(text) is not None and link_reason(text, "") is not None


def is_quantity(key: str) -> bool:
    """Whether an element of this name is a quantity."""
    return key.endswith("Quantity") or key in ("low", "high", "numerator", "denominator")


def _choice_reasons(place: _Place, value: Mapping[str, Json]) -> Iterator[Reason]:
    """Yield what is wrong with choices of types: made twice, or of another form than they say."""
    made: dict[str, str] = {}
    for key, item in value.items():
        choice = choice_of(key) if len(key) <= LONGEST_NAME else None
        if choice is None:
            continue
        name, kind = choice
        if made.setdefault(name, kind) != kind:
            yield because("FHIR-008", f"{_where(place)}.{name}[x]")
        if not isinstance(item, dict | list) and item is not None and not _has_form(kind, item):
            yield because("FHIR-024", f"{_where(place)}.{key}")


def _has_form(kind: str, value: Json) -> bool:
    """Whether a value has the form of the type that its name says; a structure is none at all."""
    form = FORMS.get(primitive(kind))
    return form is not None and form(value)


def primitive(chosen: str) -> str:
    """Return the primitive type that a choice names: `valueInteger` is of `integer`."""
    return chosen[:1].lower() + chosen[1:]


def _is_exact(number: int) -> bool:
    """Whether programs whose numbers have 53 bits read the number that is written."""
    try:
        return int(float(number)) == number
    except OverflowError:
        return False


@lru_cache(maxsize=16_384)
def choice_of(key: str) -> tuple[str, str] | None:
    """Return the name of a choice and the type that a key chooses; None when it is no choice."""
    found = _CHOICES.fullmatch(key)
    return (found[1], found[2]) if found is not None and found[2] in _KINDS else None


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


def _coded(place: _Place, value: Mapping[str, Json]) -> Iterator[Reason]:
    """Check codes and identifiers whose system says how."""
    key, system = place[1], value["system"]
    name, given = CODE_SYSTEMS.get(system), value.get("code")
    if key == "identifier":
        name, given = IDENTIFIER_SYSTEMS.get(system), value.get("value")
        if ":" not in system:
            yield because("FHIR-031", f"{_where(place)}.system")
    elif "/ValueSet/" in system and "code" in value:
        yield because("FHIR-031", f"{_where(place)}.system")
    if name is None or not isinstance(given, str):
        return
    code = fault_of(name, given)
    if code == "ID-001" and name in SHAPE_FLAGS:
        code = "ID-006"
    if code is not None:
        yield because(code, _where(place), shape(given))


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
