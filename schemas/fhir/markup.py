"""FHIR in XML, read into the form that it has in JSON, so that one set of rules judges both.

The mapping is the standard's own (R4 xml.html, json.html): the name of an element is its property,
`value` the value of a primitive, `id` and extensions of a primitive stand beside it under `_name`,
a narrative is a text. What XML does not say by itself, whether an element may repeat and whether a
value is a number, is known from the definitions, where they are there; else by a few names.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from xml.sax.saxutils import escape, quoteattr

from formats.markup import Attributes, Events, read_xml
from schemas.fhir.model import Shape, Slot
from schemas.fhir.primitives import FORMS
from schemas.fhir.walk import LONGEST_NAME, choice_of, is_quantity, primitive

Json = Any
Shapes = Mapping[str, Shape]
FHIR = "http://hl7.org/fhir"
XHTML = "http://www.w3.org/1999/xhtml"
_INSTANCE = "http://www.w3.org/2001/XMLSchema-instance"
_XML = "http://www.w3.org/XML/1998/namespace"
_NUMBER = re.compile(r"-?(0|[1-9]\d{0,308})(\.\d{1,400})?([eE][+-]?\d{1,4})?", re.ASCII)
_NUMBERS = frozenset({"decimal", "integer", "positiveInt", "unsignedInt"})
_EXTENSIONS = frozenset({"extension", "modifierExtension"})
# Lists that our own rules look into; without definitions another element is one when it repeats.
_LISTS = _EXTENSIONS | frozenset(
    "entry contained coding component contact item answer concept section identifier".split()
)


# Said twice, these make two statements of one; the standard lets none of them repeat (R4, R5).
_ONCE = frozenset(
    "id status intent gender birthDate active deceasedBoolean deceasedDateTime patient subject"
    " effectiveDateTime effectivePeriod issued dataAbsentReason family recordedDate onsetDateTime"
    " authoredOn verificationStatus clinicalStatus fullUrl maritalStatus medicationReference"
    " medicationCodeableConcept performedDateTime beneficiary contentType lotNumber div".split()
)
_HEAD_OF_RESOURCE = {
    name: place
    for place, name in enumerate(
        "id meta implicitRules language text contained extension modifierExtension".split()
    )
}
_HEAD_OF_ELEMENT = {"extension": 0, "modifierExtension": 1}
# What may be of many: the last is a part of a contract.
_MANY_SUBJECTS = frozenset(
    "Composition Contract Account List RegulatedAuthorization ClinicalUseDefinition"
    " ObservationDefinition action".split()
)


@dataclass(slots=True, kw_only=True)
class _Open:
    """An element that has not ended: its children by name, each with what stands beside it."""

    name: str
    slot: Slot | None
    attributes: Attributes
    children: dict[str, list[tuple[Json, Json]]] = field(default_factory=dict)
    resources: list[Json] = field(default_factory=list)
    order: list[str] = field(default_factory=list)

    @property
    def is_resource(self) -> bool:
        """Whether it is a resource: their names begin with a capital, those of elements do not."""
        return self.name[:1].isupper()

    @property
    def kind(self) -> str:
        """The shape of what it holds; empty when nobody knows it."""
        if self.is_resource:
            return self.name
        return self.slot.kind if self.slot is not None else ""

    @property
    def is_primitive(self) -> bool:
        """Whether it holds one value, or only says by an extension why there is none."""
        if self.is_resource or self.resources:
            return False
        if self.slot is not None:
            return self.slot.kind in FORMS
        if "value" in self.attributes:
            return True
        only_extended = self.children.keys() == {"extension"}
        return only_extended and self.name not in _EXTENSIONS


@dataclass(slots=True)
class Reading:
    """Takes the events of one document; `resource` is what it says, once it has ended.

    `is_odd` when there is more in it than FHIR allows: text between elements, attributes or
    elements of another vocabulary. No reader of FHIR shows them, so anything may hide there.
    `repeated` is an element that stands twice and may not, known without definitions; `disordered`
    one that stands behind another which has to follow it (R4 xml.html).
    """

    shapes: Shapes
    resource: Json = None
    is_odd: bool = False
    repeated: str = ""
    disordered: str = ""
    _open: list[_Open] = field(default_factory=list)
    _foreign: int = 0
    _narrative: list[str] = field(default_factory=list)
    _depth: int = 0

    def start(self, name: str, attributes: Attributes) -> None:
        """Take an element's beginning."""
        namespace, _, local = name.rpartition(" ")
        if self._depth or (namespace == XHTML and local == "div" and self._open):
            self._start_of_text(namespace, local, attributes)
        elif self._foreign or namespace != FHIR:
            self.is_odd = True
            self._foreign += 1
        else:
            above = self._open[-1] if self._open else None
            shape = self.shapes.get(above.kind) if above is not None else None
            slot = shape.slots.get(local) if shape is not None else None
            self._open.append(_Open(name=local, slot=slot, attributes=self._known(attributes)))

    def end(self, name: str) -> None:
        """Take an element's end."""
        if self._depth:
            self._depth -= 1
            self._narrative.append(f"</{name.rpartition(' ')[2]}>")
            if not self._depth:
                self._take("div", "".join(self._narrative), None)
                self._narrative.clear()
        elif self._foreign:
            self._foreign -= 1
        else:
            closed = self._open.pop()
            value, beside = self._said(closed)
            if not self._open:
                self.resource = value
            elif closed.is_resource:
                self._open[-1].resources.append(value)
            else:
                self._take(closed.name, value, beside)

    def text(self, text: str) -> None:
        """Take text; between the elements of FHIR there is only white space."""
        if self._depth:
            self._narrative.append(escape(text))
        elif not text.isspace():
            self.is_odd = True

    def _take(self, name: str, value: Json, beside: Json) -> None:
        above = self._open[-1]
        above.children.setdefault(name, []).append((value, beside))
        if above.order[-1:] != [name]:
            above.order.append(name)

    def _start_of_text(self, namespace: str, local: str, attributes: Attributes) -> None:
        self.is_odd = self.is_odd or namespace != XHTML
        told = [f" {key.rpartition(' ')[2]}={quoteattr(v)}" for key, v in attributes.items()]
        if not self._depth:
            told.insert(0, f' xmlns="{XHTML}"')
        self._depth += 1
        self._narrative.append(f"<{local}{''.join(told)}>")

    def _known(self, attributes: Attributes) -> Attributes:
        known = {k: v for k, v in attributes.items() if k in ("value", "id", "url")}
        for key in attributes.keys() - known.keys():
            self.is_odd = self.is_odd or not key.startswith((f"{_INSTANCE} ", f"{_XML} "))
        return known

    def _said(self, closed: _Open) -> tuple[Json, Json]:
        """Return an element's value, and what stands beside it."""
        attributes = closed.attributes
        if closed.is_primitive:
            self.is_odd = self.is_odd or not closed.children.keys() <= {"extension"}
            beside = self._members(closed)
            if "id" in attributes:
                beside = {"id": attributes["id"], **beside}
            value = (
                _converted(attributes["value"], self._above(), closed)
                if "value" in attributes
                else None
            )
            return value, beside or None
        if closed.resources:
            self.is_odd = self.is_odd or len(closed.resources) > 1 or bool(closed.children)
            return closed.resources[0], None
        named = {k: v for k, v in attributes.items() if k != "value"}
        if "value" in attributes or ("url" in named and closed.name not in _EXTENSIONS):
            self.is_odd = True
        head = {"resourceType": closed.name} if closed.is_resource else {}
        return {**head, **named, **self._members(closed)}, None

    def _above(self) -> str:
        return self._open[-1].name if self._open else ""

    def _members(self, closed: _Open) -> dict[str, Json]:
        made: dict[str, Json] = {}
        shape = self.shapes.get(closed.kind)
        self.disordered = self.disordered or _disordered(closed, shape)
        for name, items in closed.children.items():
            slot = shape.slots.get(name) if shape is not None else None
            many = slot.many if slot is not None else name in _LISTS
            if len(items) > 1 and _is_once(name, closed.name):
                self.repeated = name
            values, besides = [v for v, _ in items], [b for _, b in items]
            is_list = many or len(items) > 1
            if any(value is not None for value in values):
                made[name] = values if is_list else values[0]
            if any(beside is not None for beside in besides):
                made[f"_{name}"] = besides if is_list else besides[0]
        return made


def _is_once(name: str, above: str) -> bool:
    return name in _ONCE and (name != "subject" or above not in _MANY_SUBJECTS)


def _disordered(closed: _Open, shape: Shape | None) -> str:
    """Return the first element that stands behind one which has to follow it.

    Elements of one name stand together. What the standard puts first in every resource and element
    is known without definitions.
    """
    names = closed.order
    if len(set(names)) != len(names):
        return next(name for name in names if names.count(name) > 1)
    known = _HEAD_OF_RESOURCE if closed.is_resource else _HEAD_OF_ELEMENT
    places = known if shape is None else _places(shape)
    furthest = -1
    for name in names:
        place = places.get(name, len(places) if shape is None else furthest)
        if place < furthest:
            return name
        furthest = place
    return ""


def _places(shape: Shape) -> Mapping[str, int]:
    return {name: place for place, name in enumerate(shape.slots)}


def _converted(text: str, above: str, closed: _Open) -> Json:
    """Return the value of a primitive by its type; a number that is none stays a text."""
    kind = closed.slot.kind if closed.slot is not None else _chosen(closed.name)
    guessed = not kind and (
        (closed.name == "value" and is_quantity(above)) or closed.name == "size"
    )
    if (kind in _NUMBERS or guessed) and (found := _NUMBER.fullmatch(text)):
        if not found.group(2) and not found.group(3):
            return int(text)
        return float(text) if math.isfinite(float(text)) else text
    if (kind == "boolean" or not kind) and text in ("true", "false"):
        return text == "true"
    return text


def _chosen(name: str) -> str:
    """Return the primitive type that an element's own name chooses; empty for every other name."""
    choice = choice_of(name) if len(name) <= LONGEST_NAME else None
    kind = "" if choice is None else primitive(choice[1])
    return kind if kind in FORMS else ""


def read_resource(content: bytes, shapes: Shapes) -> Reading:
    """Return what a document says; `shapes` are the definitions', empty without any.

    Raises:
        FormatError: it is not well-formed, or declares a document type.
    """
    reading = Reading(shapes)
    read_xml(content, Events(on_start=reading.start, on_end=reading.end, on_text=reading.text))
    return reading
