"""HL7's JSON schema of R4 as a second validator, compiled before the box is locked."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import jsonschema_rs

from custody.errors import UsageError
from schemas.interface import Reason
from schemas.reasons.table import because

Json = Any
FILE = "fhir.schema.json"
MOST_ERRORS = 8


class Definitions:
    """The compiled schema of every resource."""

    def __init__(self, schema: Json) -> None:
        self._schema = schema
        self._whole = jsonschema_rs.validator_for(schema)
        self._by_kind: dict[str, Any] = {}

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


def find_definitions(folder: Path) -> Definitions | None:
    """Return HL7's schema from a folder of definitions, at any depth; None without one.

    Raises:
        UsageError: the file is there and is not HL7's schema of R4.
    """
    found = sorted(folder.rglob(FILE))
    if not found:
        return None
    refused = UsageError(
        f"{FILE} of the definitions is not HL7's schema of R4", next_step="fetch it anew"
    )
    try:
        schema = json.loads(found[0].read_bytes())
        definitions = Definitions(schema)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise refused from error
    if schema.get("id") != "http://hl7.org/fhir/json-schema/4.0":
        raise refused
    return definitions
