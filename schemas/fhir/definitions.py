"""HL7's definitions as a second validator, compiled before the box is locked.

They are the structure definitions of the specification, from which every element is known, or the
JSON schema of R4, which knows less, or both.
"""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema_rs

from custody.errors import UsageError
from schemas.fhir.elements import Elements
from schemas.fhir.model import ANY_RESOURCE, Model, Shape, Slot
from schemas.fhir.pack import find_models
from schemas.interface import Reason
from schemas.reasons.table import because

Json = Any
FILE = "fhir.schema.json"
MOST_ERRORS = 8
_WRITTEN = {"boolean": "boolean", "number": "decimal"}


class JsonSchema:
    """The compiled JSON schema of every resource."""

    def __init__(self, schema: Json) -> None:
        self._schema = schema
        self._whole = jsonschema_rs.validator_for(schema)
        self._by_kind: dict[str, Any] = {}
        self.shapes = shapes_of_schema(schema["definitions"])

    def reasons(self, resource: Mapping[str, Json]) -> Iterator[Reason]:
        """Yield where a resource is not what the schema says."""
        if self._whole.is_valid(resource):
            return
        kind = str(resource.get("resourceType"))
        places: dict[str, None] = {}
        if kind in self._schema["definitions"]:
            for error in self._validator(kind).iter_errors(resource):
                names = [part for part in error.instance_path if isinstance(part, str)]
                places[".".join((kind, *names))] = None
                if len(places) >= MOST_ERRORS:
                    break
        for place in places or {kind: None}:
            yield because("FHIR-019", place[:200])

    def _validator(self, kind: str) -> Any:
        """Return the validator of one kind: the whole schema is a choice, and explains nothing."""
        if kind not in self._by_kind:
            schema = {
                "$schema": self._schema["$schema"],
                "definitions": self._schema["definitions"],
                "allOf": [{"$ref": f"#/definitions/{kind}"}],
            }
            self._by_kind[kind] = jsonschema_rs.validator_for(schema)
        return self._by_kind[kind]


class Definitions:
    """What of HL7's definitions there is for one version."""

    def __init__(self, model: Model | None = None, schema: JsonSchema | None = None) -> None:
        self._elements = Elements(model) if model else None
        self._schema = schema
        shapes = schema.shapes if schema is not None else {}
        self.shapes: Mapping[str, Shape] = model.shapes if model is not None else shapes

    def reasons(self, resource: Mapping[str, Json]) -> Iterator[Reason]:
        """Yield where a resource is not what the definitions say."""
        if self._elements is not None:
            yield from self._elements.reasons(resource)
        if self._schema is not None:
            yield from self._schema.reasons(resource)


def shapes_of_schema(definitions: Mapping[str, Json]) -> Mapping[str, Shape]:
    """Return what the JSON schema knows of each type: whether an element repeats, and its type."""
    return {
        name: Shape(slots=dict(_slots(definition.get("properties", {}))))
        for name, definition in definitions.items()
    }


def _slots(properties: Mapping[str, Json]) -> Iterator[tuple[str, Slot]]:
    for name, told in properties.items():
        one = told.get("items", told)
        # A choice of types (`valueBoolean`) says its JSON type in place of a name.
        written = _WRITTEN.get(one.get("type"), "code")
        kind = str(one.get("$ref", written)).rpartition("/")[2]
        kind = ANY_RESOURCE if kind == "ResourceList" else kind
        yield name, Slot(kind=kind, many=told.get("type") == "array")


def find_definitions(*folders: Path) -> Mapping[str, Definitions]:
    """Return what folders hold, at any depth, by the version of FHIR ("R4", "R5").

    Raises:
        UsageError: a file has the name of definitions, and is none.
    """
    models: dict[str, Model] = {}
    for folder in folders:
        for model in find_models(folder):
            models.setdefault(_release(model.version), model)
    schema = find_schema(*folders)
    found = {release: Definitions(model) for release, model in models.items()}
    if schema is not None:
        found["R4"] = Definitions(models.get("R4"), schema)
    return found


def _release(version: str) -> str:
    """R4 and R4B differ in resources that no hospital has records of."""
    return "R4" if version.startswith(("4.0", "4.1", "4.3")) else f"R{version[:1]}"


def find_schema(*folders: Path) -> JsonSchema | None:
    """Return HL7's JSON schema of R4 from folders, at any depth; None without one.

    Raises:
        UsageError: the file is there and is not HL7's schema of R4.
    """
    found = [path for folder in folders for path in sorted(folder.rglob(FILE))]
    if not found:
        return None
    refused = UsageError(
        f"{FILE} of the definitions is not HL7's schema of R4", next_step="fetch it anew"
    )
    try:
        schema = json.loads(found[0].read_bytes())
        compiled = JsonSchema(schema)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise refused from error
    if schema.get("id") != "http://hl7.org/fhir/json-schema/4.0":
        raise refused
    return compiled
