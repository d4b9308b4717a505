"""Rules of the standard between the elements of one type, named by their keys there (R4, R5).

Those that decide whether a record can be believed are here, written by hand: FHIRPath, in which the
standard states them, runs some thousand times a second. Each takes one object and says whether the
rule holds; an element that is not there, or of another type, is another rule's.
"""

from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
from typing import Any

from schemas.fhir.invariants_care import RULES as _CARE
from schemas.fhir.invariants_models import RULES as _MODELS
from schemas.interface import Reason
from schemas.reasons.table import because

Json = Any
Holds = Callable[[Mapping[str, Json]], bool]
ENDED = frozenset({"inactive", "resolved", "remission"})


def invariant_reasons(
    resource: Mapping[str, Json], where: str, *, later: bool = False
) -> Iterator[Reason]:
    """Yield the rules that a resource breaks; `later` leaves out those that only R4 has."""
    kind = str(resource.get("resourceType"))
    only_r4 = () if later else (*_CARE.get(kind, ()), *_MODELS.get(kind, ()))
    for holds, place in (*RESOURCES.get(kind, ()), *only_r4):
        if not holds(resource) and not (later and holds in ONLY_R4):
            yield because("FHIR-021", f"{where}{place}")


@lru_cache(maxsize=4096)
def rules_of(key: str) -> tuple[Holds, ...]:
    """Return the rules of one element, known by its name in JSON."""
    return ELEMENTS.get(next((name for name in SUFFIXES if key.endswith(name)), key), ())


def _any(*names: str) -> Holds:
    return lambda value: any(name in value or f"_{name}" in value for name in names)


def _with(name: str, *needs: str) -> Holds:
    """An element that says nothing without another."""
    return lambda value: name not in value or any(n in value or f"_{n}" in value for n in needs)


def _not_both(one: str, other: str) -> Holds:
    return lambda value: not (one in value and other in value)


def _together(one: str, other: str) -> Holds:
    """Both or neither."""
    return lambda value: (one in value) == (other in value)


def _ordered(value: Mapping[str, Json]) -> bool:
    """rng-2: when both ends are of one unit, the lower is not above the upper."""
    low, high = value.get("low"), value.get("high")
    if not isinstance(low, dict) or not isinstance(high, dict):
        return True
    one, other = low.get("value"), high.get("value")
    if not isinstance(one, int | float) or not isinstance(other, int | float):
        return True
    same = all(low.get(part) == high.get(part) for part in ("unit", "code", "system"))
    return not same or one <= other


def _has_value(value: Mapping[str, Json]) -> bool:
    return any(key.startswith(("value", "_value")) for key in value)


def _absent_without_value(value: Mapping[str, Json]) -> bool:
    """obs-6: a reason why there is no value stands only where there is none."""
    return not ("dataAbsentReason" in value and _has_value(value))


def _component_apart(value: Mapping[str, Json]) -> bool:
    """obs-7: a component with the code of the observation takes the place of its value."""
    if not _has_value(value):
        return True
    own = _codings(value.get("code"))
    return not any(
        own & _codings(component.get("code")) for component in _objects(value.get("component"))
    )


def _contacts_say_something(value: Mapping[str, Json]) -> bool:
    """pat-1: a contact has a name, telecom, address or organization."""
    has = _any("name", "telecom", "address", "organization")
    return all(map(has, _objects(value.get("contact"))))


def _ended_when_abated(value: Mapping[str, Json]) -> bool:
    """con-4: what has abated is inactive, resolved or in remission."""
    abated = any(key.startswith("abatement") for key in value)
    codes = {code for _, code in _codings(value.get("clinicalStatus"))}
    return not abated or bool(codes & ENDED)


def _no_status_in_error(value: Mapping[str, Json]) -> bool:
    """con-5, ait-2: what was entered in error has no clinical status."""
    codes = {code for _, code in _codings(value.get("verificationStatus"))}
    return "entered-in-error" not in codes or "clinicalStatus" not in value


def _allergy_has_status(value: Mapping[str, Json]) -> bool:
    """ait-1: an allergy that was not entered in error has a clinical status."""
    codes = {code for _, code in _codings(value.get("verificationStatus"))}
    return "entered-in-error" in codes or "clinicalStatus" in value or "_clinicalStatus" in value


def _sections_say_something(value: Mapping[str, Json]) -> bool:
    """cmp-1, cmp-2: a section has text, entries or sections; a reason for none only without."""
    left = _objects(value.get("section"))
    while left:
        section = left.pop()
        if not _any("text", "entry", "section")(section) or not _not_both("emptyReason", "entry")(
            section
        ):
            return False
        left += _objects(section.get("section"))
    return True


def _answers_once(value: Mapping[str, Json]) -> bool:
    """qrs-1: nested items stand under the item or under its answer."""
    left = _objects(value.get("item"))
    while left:
        item = left.pop()
        answers = _objects(item.get("answer"))
        if "item" in item and "answer" in item:
            return False
        left += _objects(item.get("item"))
        left += [inner for answer in answers for inner in _objects(answer.get("item"))]
    return True


def _once(children: str, name: str) -> Holds:
    """A name or code stands once in a tree, however deep: que-2, csd-1."""

    def holds(value: Mapping[str, Json]) -> bool:
        seen: set[str] = set()
        left = _objects(value.get(children))
        while left:
            item = left.pop()
            told = item.get(name)
            if isinstance(told, str):
                if told in seen:
                    return False
                seen.add(told)
            left += _objects(item.get(children))
        return True

    return holds


def _list_empty(value: Mapping[str, Json]) -> bool:
    """lst-1: a reason for being empty stands only in an empty list."""
    return _not_both("emptyReason", "entry")(value)


def _deleted_when_changes(value: Mapping[str, Json]) -> bool:
    """lst-2: an entry is deleted only in a list of changes."""
    deleted = any(entry.get("deleted") is True for entry in _objects(value.get("entry")))
    return not deleted or value.get("mode") == "changes"


def _positive(value: Mapping[str, Json], name: str) -> bool:
    given = value.get(name)
    return not isinstance(given, int | float) or given >= 0


def _above_zero(given: Json) -> bool:
    return not isinstance(given, int | float) or given > 0


def _codings(concept: Json) -> set[tuple[str, str]]:
    codings = _objects(concept.get("coding")) if isinstance(concept, dict) else []
    return {(str(c.get("system")), str(c["code"])) for c in codings if "code" in c}


def _objects(value: Json) -> list[Mapping[str, Json]]:
    return [item for item in value if isinstance(item, dict)] if isinstance(value, list) else []


RESOURCES: Mapping[str, tuple[tuple[Holds, str], ...]] = {
    "Observation": (
        (_absent_without_value, ".dataAbsentReason"),
        (_component_apart, ".component"),
    ),
    "Patient": ((_contacts_say_something, ".contact"),),
    "Condition": (
        (_ended_when_abated, ".clinicalStatus"),
        (_no_status_in_error, ".clinicalStatus"),
    ),
    "AllergyIntolerance": (
        (_allergy_has_status, ".clinicalStatus"),
        (_no_status_in_error, ".clinicalStatus"),
    ),
    "Composition": ((_sections_say_something, ".section"),),
    "QuestionnaireResponse": ((_answers_once, ".item"),),
    "Questionnaire": ((_once("item", "linkId"), ".item"),),
    "CodeSystem": ((_once("concept", "code"), ".concept"),),
    "List": ((_list_empty, ".emptyReason"), (_deleted_when_changes, ".entry")),
    "Organization": ((_any("identifier", "name"), ""),),  # org-1
}
# R5 has no such rule any more: its statuses are required, or other types carry them.
ONLY_R4 = frozenset({_no_status_in_error, _allergy_has_status})
# The last word of a choice tells the type: valueQuantity is a quantity, whatever stands before it.
SUFFIXES = ("Quantity", "Range", "Ratio", "Attachment", "Age", "Expression")
_quantity = (_with("code", "system"),)  # qty-3
_attachment = (_with("data", "contentType"),)  # att-1
_positive_age = (_with("value", "code"), lambda value: _above_zero(value.get("value")))  # age-1
ELEMENTS: Mapping[str, tuple[Holds, ...]] = {
    "Quantity": _quantity,
    "low": _quantity,
    "high": _quantity,
    "numerator": _quantity,
    "denominator": _quantity,
    "Range": (_ordered,),
    "Ratio": (_together("numerator", "denominator"),),  # rat-1
    "Age": _positive_age,
    "Expression": (_any("expression", "reference"),),  # exp-1
    "Attachment": _attachment,
    "attachment": _attachment,
    "photo": _attachment,
    "telecom": (_with("value", "system"),),  # cpt-2
    "repeat": (
        _with("duration", "durationUnit"),  # tim-1
        _with("period", "periodUnit"),  # tim-2
        _with("periodMax", "period"),  # tim-6
        _with("durationMax", "duration"),  # tim-7
        _with("countMax", "count"),  # tim-8
        _with("offset", "when"),  # tim-9
        _not_both("timeOfDay", "when"),  # tim-10
        lambda value: _positive(value, "duration") and _positive(value, "period"),  # tim-4, tim-5
    ),
}
