"""Compiles structure definitions of FHIR into shapes: once, before the box is locked."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from schemas.fhir.model import ANY_RESOURCE, Code, Model, Shape, Slot
from schemas.fhir.value_sets import Terminology

Json = Any
_TYPE_EXTENSION = "http://hl7.org/fhir/StructureDefinition/structuredefinition-fhir-type"
_NESTED = frozenset({"BackboneElement", "Element"})
_PLAIN = frozenset({"code", "string", "uri"})  # without a system beside it
_CODED = _PLAIN | {"Coding", "CodeableConcept"}


def compile_model(
    definitions: Iterable[Mapping[str, Json]], terminology: Terminology, version: str
) -> Model:
    """Return the model of all types; profiles, which only narrow a type, are left out.

    Raises:
        KeyError, TypeError: a definition is not one of FHIR.
    """
    shapes: dict[str, Shape] = {}
    resources: set[str] = set()
    for definition in definitions:
        name = definition["type"] if "type" in definition else definition["id"]
        if definition.get("derivation") == "constraint" or definition.get("kind") == "logical":
            continue
        if definition["kind"] == "primitive-type":
            continue
        if definition["kind"] == "resource" and not definition.get("abstract"):
            resources.add(name)
        shapes.update(_shapes(definition["snapshot"]["element"], terminology))
    systems = {url: codes for url, codes in terminology.systems.items() if _is_fixed(url)}
    return Model(version=version, shapes=shapes, resources=frozenset(resources), systems=systems)


def _is_fixed(url: str) -> bool:
    """Code systems of the standard itself change with its version only."""
    return url.startswith(("http://hl7.org/fhir/", "http://terminology.hl7.org/CodeSystem/"))


def _shapes(
    elements: list[Mapping[str, Json]], terminology: Terminology
) -> Iterator[tuple[str, Shape]]:
    """Yield each shape of one definition by its path."""
    slots: defaultdict[str, dict[str, Slot]] = defaultdict(dict)
    required: defaultdict[str, list[tuple[str, ...]]] = defaultdict(list)
    parents = {element["path"].rpartition(".")[0] for element in elements}
    for element in elements:
        owner, _, name = element["path"].rpartition(".")
        if not owner:
            slots.setdefault(name, {})  # a type without elements of its own has a shape too
            continue
        made = dict(_slots(element, name, nested=element["path"] in parents, of=terminology))
        slots[owner].update(made)
        if element["min"] and made:
            required[owner].append(tuple(made))
    for path, own in slots.items():
        yield path, Shape(slots=own, required=tuple(required[path]))


def _slots(
    element: Mapping[str, Json], name: str, *, nested: bool, of: Terminology
) -> Iterator[tuple[str, Slot]]:
    many = element["max"] not in ("0", "1")
    if "contentReference" in element:
        yield name, Slot(kind=element["contentReference"].partition("#")[2], many=many)
        return
    for kind in element.get("type", ()):
        code = _type_code(kind)
        shape = element["path"] if nested and code in _NESTED else code
        made = Slot(
            kind=shape,
            many=many,
            codes=_bound(element, code, of),
            targets=_targets(kind),
        )
        plain = name.removesuffix("[x]")
        yield (name if plain == name else f"{plain}{code[0].upper()}{code[1:]}"), made


def _type_code(kind: Mapping[str, Json]) -> str:
    """Return a type's name; ids and the like are given as a type of FHIRPath."""
    for extension in kind.get("extension", ()):
        if extension["url"] == _TYPE_EXTENSION:
            return str(extension.get("valueUrl") or extension.get("valueUri") or "string")
    code = str(kind["code"])
    return "string" if "/" in code else code


def _bound(
    element: Mapping[str, Json], code: str, terminology: Terminology
) -> frozenset[Code] | None:
    binding = element.get("binding", {})
    if binding.get("strength") != "required" or code not in _CODED:
        return None
    canonical = binding.get("valueSet")
    codes = terminology.codes(canonical) if canonical else None
    if codes is None or code not in _PLAIN:
        return codes
    return frozenset(("", plain) for _, plain in codes)


def _targets(kind: Mapping[str, Json]) -> frozenset[str]:
    names = {str(url).rpartition("/")[2] for url in kind.get("targetProfile", ())}
    return frozenset() if ANY_RESOURCE in names or kind["code"] != "Reference" else frozenset(names)
