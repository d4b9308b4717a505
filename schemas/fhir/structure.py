"""What one resource has to have at its first levels, with all that it holds."""

from collections.abc import Iterator, Mapping
from typing import Any

from schemas.fhir.bundles import bundle_reasons, entries_of
from schemas.fhir.containment import containment_reasons
from schemas.fhir.invariants import invariant_reasons
from schemas.fhir.resources import CODES, REQUIRED, TYPES
from schemas.interface import Reason
from schemas.reasons.table import because

Json = Any


def structure_reasons(resource: Mapping[str, Json], *, contains: bool = True) -> Iterator[Reason]:
    """Yield what is missing or contradictory in a resource and everything that it holds.

    `contains` is false where its text shows that nothing is contained and nothing points inside.
    """
    yield from _reasons(resource, contains=contains)
    if contains:
        yield from containment_reasons(resource)


def _reasons(resource: Mapping[str, Json], *, contains: bool) -> Iterator[Reason]:
    kind = resource.get("resourceType")
    if not isinstance(kind, str) or kind not in TYPES:
        yield because("FHIR-006", "resourceType")
        return
    yield from _required(kind, resource)
    yield from _codes(kind, resource)
    yield from _invariants(kind, resource)
    for inner in _list(resource.get("contained")):
        yield from _contained(inner)
    if kind == "Bundle":
        yield from bundle_reasons(resource)
        for inner in entries_of(resource):
            yield from structure_reasons(inner, contains=contains)


def _required(kind: str, resource: Mapping[str, Json]) -> Iterator[Reason]:
    for name in REQUIRED.get(kind, ()):
        plain = name.removesuffix("[x]")
        if name == plain:
            # An element may be said to be absent, with the reason, by an extension beside it.
            if name in resource or f"_{name}" in resource:
                continue
        elif any(key.lstrip("_").startswith(plain) for key in resource):
            continue
        yield because("FHIR-007", f"{kind}.{name}")


def _codes(kind: str, resource: Mapping[str, Json]) -> Iterator[Reason]:
    for name in ("status", "intent", "gender", "type"):
        allowed = CODES.get((kind, name))
        given = resource.get(name)
        if allowed and given is not None and given not in allowed:
            yield because("FHIR-015", f"{kind}.{name}")


def _invariants(kind: str, resource: Mapping[str, Json]) -> Iterator[Reason]:
    if kind == "Encounter" and isinstance(resource.get("class"), list):
        yield because("FHIR-020", "Encounter.class")
    yield from invariant_reasons(resource, kind)


def _contained(inner: Json) -> Iterator[Reason]:
    if not isinstance(inner, dict):
        yield because("FHIR-009", "contained")
        return
    meta = inner.get("meta")
    versioned = isinstance(meta, dict) and ("versionId" in meta or "lastUpdated" in meta)
    if "contained" in inner or versioned:  # dom-2, dom-4
        yield because("FHIR-021", "contained")
    yield from _reasons(inner, contains=False)


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
