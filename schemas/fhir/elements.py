"""Holds one resource against FHIR's own definitions: every element, at every depth.

An element that the standard does not have may be anything's hiding place, and a program that
reads strictly will not take the record back.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from schemas.fhir.model import ANY_RESOURCE, Model, Shape, Slot
from schemas.fhir.primitives import FORMS
from schemas.interface import Reason
from schemas.reasons.table import because
from schemas.redaction import shape as redacted

Json = Any
DEEPEST = 64
MOST_REASONS = 32
_BESIDE = frozenset({"id", "extension", "fhir_comments"})
_REFERENCE_PARTS = 2


class Elements:
    """Checks resources against a model."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def reasons(self, resource: Mapping[str, Json]) -> Iterator[Reason]:
        """Yield what is not as the definitions say; of one resource at most 32 reasons."""
        kind = resource.get("resourceType")
        if kind not in self._model.resources:
            yield because("FHIR-006", "resourceType")
            return
        found = self._object(str(kind), str(kind), resource, 0)
        for _, reason in zip(range(MOST_REASONS), found, strict=False):
            yield reason

    def _object(
        self, path: str, where: str, value: Mapping[str, Json], depth: int
    ) -> Iterator[Reason]:
        shape = self._model.shapes.get(path)
        if shape is None or depth > DEEPEST:
            return
        for names in shape.required:
            if not any(name in value or f"_{name}" in value for name in names):
                yield because("FHIR-007", f"{where}.{_common(names)}")
        for key, item in value.items():
            yield from self._element(shape, key, where, item, depth)

    def _element(
        self, shape: Shape, key: str, where: str, item: Json, depth: int
    ) -> Iterator[Reason]:
        slot = shape.slots.get(key)
        if slot is None:
            yield from self._beside(shape, key, where, item, depth)
            return
        at = f"{where}.{key}"
        if isinstance(item, list) != slot.many:
            yield because("FHIR-022", at)
            return
        if not slot.many:
            yield from self._value(slot, at, item, depth)
            return
        for one in item:
            if one is not None:  # its extensions stand beside it, in the list of the same name
                yield from self._value(slot, at, one, depth)

    def _beside(
        self, shape: Shape, key: str, where: str, item: Json, depth: int
    ) -> Iterator[Reason]:
        """Take `_name`, where a primitive's extensions stand, and the name of a resource's type."""
        slot = shape.slots.get(key[1:]) if key[:1] == "_" else None
        if slot is not None and slot.kind in FORMS:
            parts = item if isinstance(item, list) else [item]
            if isinstance(item, list) != slot.many or not all(map(_is_beside, parts)):
                yield because("FHIR-022", f"{where}.{key}")
                return
            for part in filter(None, parts):
                yield from self._object("Element", f"{where}.{key}", part, depth + 1)
        elif key != "fhir_comments" and (
            key != "resourceType" or where not in self._model.resources
        ):
            # The name is the record's own, and may be anybody's: its place tells enough.
            yield because("FHIR-023", where)

    def _value(self, slot: Slot, at: str, item: Json, depth: int) -> Iterator[Reason]:
        fits = FORMS.get(slot.kind)
        if fits is not None:
            if not fits(item):
                yield because("FHIR-024", at, redacted(item) if isinstance(item, str) else "")
            elif slot.codes is not None and ("", item) not in slot.codes:
                yield because("FHIR-015", at)
            return
        if not isinstance(item, dict):
            yield because("FHIR-009", at)
            return
        if slot.kind == ANY_RESOURCE:
            yield from self.reasons(item)
            return
        yield from self._object(slot.kind, at, item, depth + 1)
        yield from self._coded(slot, at, item)
        if slot.targets:
            yield from _target(slot, at, item, self._model.resources)

    def _coded(self, slot: Slot, at: str, item: Mapping[str, Json]) -> Iterator[Reason]:
        codings = {"Coding": [item], "CodeableConcept": item.get("coding")}.get(slot.kind)
        if not isinstance(codings, list):
            return
        pairs = [(c.get("system"), c.get("code")) for c in codings if isinstance(c, dict)]
        for system, code in pairs if slot.kind == "Coding" else ():
            known = self._model.systems.get(system) if isinstance(system, str) else None
            if known is not None and isinstance(code, str) and code not in known:
                # The standard's own lists are closed; those of terminology.hl7.org go on growing.
                own = str(system).startswith("http://hl7.org/fhir/")
                yield because("FHIR-015" if own else "FHIR-025", at)
        if slot.codes is not None and pairs and not slot.codes.intersection(pairs):
            yield because("FHIR-015", at)


def _target(
    slot: Slot, at: str, item: Mapping[str, Json], resources: frozenset[str]
) -> Iterator[Reason]:
    """The type that a reference names has to be one that may stand here."""
    reference = item.get("reference")
    parts = reference.split("?")[0].split("/") if isinstance(reference, str) else []
    if "_history" in parts:
        parts = parts[: parts.index("_history")]
    named = parts[-2] if len(parts) >= _REFERENCE_PARTS else parts[0] if parts else ""
    for target in (named, item.get("type")):
        if isinstance(target, str) and target in resources and target not in slot.targets:
            yield because("FHIR-011", f"{at}.reference")
            return


def _is_beside(part: Json) -> bool:
    return part is None or (isinstance(part, dict) and bool(part) and part.keys() <= _BESIDE)


def _common(names: tuple[str, ...]) -> str:
    """Return the name of an element, or of a choice as the standard writes it."""
    if len(names) == 1:
        return names[0]
    # What the first and the last name share, all names between them share too.
    size = 0
    for one, other in zip(min(names), max(names), strict=False):
        if one != other:
            break
        size += 1
    return f"{names[0][:size]}[x]"
