"""Holds one resource against FHIR's own definitions: every element, at every depth.

An element that the standard does not have may be anything's hiding place, and a program that
reads strictly will not take the record back.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from schemas.fhir.model import ANY_RESOURCE, Model, Shape, Slot
from schemas.fhir.primitives import FORMS
from schemas.interface import Reason
from schemas.reasons.table import because
from schemas.redaction import shape as redacted

Json = Any
DEEPEST = 64
MOST_REASONS = 32
_BESIDE = frozenset({"id", "extension"})
_CODED = frozenset({"Coding", "CodeableConcept"})
_REFERENCE_PARTS = 2


class Elements:
    """Checks resources against a model."""

    def __init__(self, model: Model) -> None:
        self._model = model

    def reasons(self, resource: Mapping[str, Json]) -> Sequence[Reason]:
        """Return what is not as the definitions say; of one resource at most 32 reasons."""
        visit = _Visit(self._model)
        visit.resource(resource)
        return visit.said[:MOST_REASONS]


class _Visit:
    """One resource; most are sound, and there are many: what is wrong is collected, not yielded."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self.said: list[Reason] = []

    def resource(self, resource: Mapping[str, Json]) -> None:
        """Visit a resource, and all that it holds."""
        kind = resource.get("resourceType")
        if kind not in self._model.resources:
            self.said.append(because("FHIR-006", "resourceType"))
            return
        self._object(str(kind), str(kind), resource, 0)

    def _object(self, path: str, where: str, value: Mapping[str, Json], depth: int) -> None:
        shape = self._model.shapes.get(path)
        if shape is None or depth > DEEPEST or len(self.said) >= MOST_REASONS:
            return
        for names in shape.required:
            if not any(name in value or f"_{name}" in value for name in names):
                self.said.append(because("FHIR-007", f"{where}.{_common(names)}"))
        for key, item in value.items():
            slot = shape.slots.get(key)
            if slot is None:
                self._beside(shape, key, where, item, depth)
            elif isinstance(item, list) is not slot.many:
                self.said.append(because("FHIR-022", f"{where}.{key}"))
            elif slot.many:
                for one in item:
                    if one is not None:  # its extensions stand beside it, in the list of that name
                        self._value(slot, where, key, one, depth)
            else:
                self._value(slot, where, key, item, depth)

    def _beside(self, shape: Shape, key: str, where: str, item: Json, depth: int) -> None:
        """Take `_name`, where a primitive's extensions stand, and the name of a resource's type."""
        slot = shape.slots.get(key[1:]) if key[:1] == "_" else None
        if slot is not None and slot.kind in FORMS:
            parts = item if isinstance(item, list) else [item]
            if isinstance(item, list) != slot.many or not all(map(_is_beside, parts)):
                self.said.append(because("FHIR-022", f"{where}.{key}"))
                return
            for part in filter(None, parts):
                self._object("Element", f"{where}.{key}", part, depth + 1)
        elif key != "resourceType" or where not in self._model.resources:
            # The name is the record's own, and may be anybody's: its place tells enough.
            self.said.append(because("FHIR-023", where))

    def _value(self, slot: Slot, where: str, key: str, item: Json, depth: int) -> None:
        fits = FORMS.get(slot.kind)
        if fits is not None:
            if not fits(item):
                shown = redacted(item) if isinstance(item, str) else ""
                self.said.append(because("FHIR-024", f"{where}.{key}", shown))
            elif slot.codes is not None and ("", item) not in slot.codes:
                self.said.append(because("FHIR-015", f"{where}.{key}"))
            return
        at = f"{where}.{key}"
        if not isinstance(item, dict):
            self.said.append(because("FHIR-009", at))
            return
        if slot.kind == ANY_RESOURCE:
            self.resource(item)
            return
        self._object(slot.kind, at, item, depth + 1)
        if slot.kind in _CODED:
            self.said += self._coded(slot, at, item)
        elif slot.targets:
            self.said += _target(slot, at, item, self._model.resources)

    def _coded(self, slot: Slot, at: str, item: Mapping[str, Json]) -> Iterator[Reason]:
        codings = [item] if slot.kind == "Coding" else item.get("coding")
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
