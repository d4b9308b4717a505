"""Reads FHIR's definitions from a folder, as HL7 publishes them, and compiles a model of each.

Known are the files of the specification (`profiles-types.json`, `profiles-resources.json`,
`valuesets.json`, ...) and those of a package (`StructureDefinition-Patient.json`, ...). What lies
in one folder belongs together.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from custody.errors import UsageError
from schemas.fhir.compiling import compile_model
from schemas.fhir.model import Model
from schemas.fhir.value_sets import Terminology

Json = Any
STRUCTURES = ("profiles-types.json", "profiles-resources.json", "StructureDefinition-*.json")
TERMINOLOGY = (
    "valuesets.json",
    "v2-tables.json",
    "v3-codesystems.json",
    "ValueSet-*.json",
    "CodeSystem-*.json",
)
_TERMS = frozenset({"ValueSet", "CodeSystem"})


def find_models(folder: Path) -> tuple[Model, ...]:
    """Return a model for each folder of structure definitions, at any depth.

    Raises:
        UsageError: a file of that name is not what FHIR's definitions are.
    """
    places: defaultdict[Path, list[Path]] = defaultdict(list)
    for pattern in STRUCTURES:
        for path in sorted(folder.rglob(pattern)):
            places[path.parent].append(path)
    return tuple(model for place in sorted(places) if (model := _model(place, places[place])))


def _model(place: Path, structures: list[Path]) -> Model | None:
    try:
        found = [r for path in structures for r in _resources(path)]
        definitions = [r for r in found if r["resourceType"] == "StructureDefinition"]
        terms = sorted(path for pattern in TERMINOLOGY for path in place.glob(pattern))
        terminology = Terminology(
            r for path in terms for r in _resources(path) if r["resourceType"] in _TERMS
        )
        versions = Counter(str(d["fhirVersion"]) for d in definitions if "fhirVersion" in d)
        version = versions.most_common(1)[0][0] if versions else ""
        model = compile_model(definitions, terminology, version)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"the definitions of FHIR in {place.name} are not as HL7 publishes them",
            next_step="fetch them anew",
        ) from error
    # A folder of profiles alone narrows types that it does not hold.
    return model if model.resources and "Element" in model.shapes else None


def _resources(path: Path) -> Iterator[Mapping[str, Json]]:
    """Yield the resources of a file: those of a Bundle, or the one that it is."""
    whole = json.loads(path.read_bytes())
    if whole.get("resourceType") != "Bundle":
        yield whole
        return
    yield from (entry["resource"] for entry in whole.get("entry", ()) if "resource" in entry)
