"""What one resource has to have at its first levels, with all that it holds."""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from schemas.fhir.bundles import bundle_reasons, entries_of
from schemas.fhir.containment import containment_reasons
from schemas.fhir.invariants import invariant_reasons
from schemas.fhir.releases import R4, R5, Release
from schemas.interface import Reason
from schemas.reasons.table import because

Json = Any


def structure_reasons(
    resource: Mapping[str, Json], release: Release = R4, *, contains: bool = True
) -> Iterator[Reason]:
    """Yield what is missing or contradictory in a resource and everything that it holds.

    `contains` is false where its text shows that nothing is contained and nothing points inside.
    """
    yield from _reasons(resource, release, contains=contains)
    if contains:
        yield from containment_reasons(resource)


def _reasons(resource: Mapping[str, Json], release: Release, *, contains: bool) -> Iterator[Reason]:
    kind = resource.get("resourceType")
    if not isinstance(kind, str) or kind not in release.types:
        yield because("FHIR-006", "resourceType")
        return
    yield from _required(release.required.get(kind, ()), resource, kind)
    yield from _codes(release, kind, resource)
    yield from _invariants(release, kind, resource)
    for inner in _list(resource.get("contained")):
        yield from _contained(inner, release)
    if kind == "Bundle":
        yield from bundle_reasons(resource, release)
        for inner in entries_of(resource):
            yield from structure_reasons(inner, release, contains=contains)


def _required(names: Iterable[str], resource: Mapping[str, Json], kind: str) -> Iterator[Reason]:
    for name in names:
        plain = name.removesuffix("[x]")
        if name == plain:
            # An element may be said to be absent, with the reason, by an extension beside it.
            if name in resource or f"_{name}" in resource:
                continue
        elif any(key.lstrip("_").startswith(plain) for key in resource):
            continue
        yield because("FHIR-007", f"{kind}.{name}")


def _codes(release: Release, kind: str, resource: Mapping[str, Json]) -> Iterator[Reason]:
    for name in ("status", "intent", "gender", "type"):
        allowed = release.codes.get((kind, name))
        given = resource.get(name)
        if not allowed or given is None:
            continue
        if not isinstance(given, str):
            yield because("FHIR-009", f"{kind}.{name}")
        elif given not in allowed:
            yield because("FHIR-015", f"{kind}.{name}")


def _invariants(release: Release, kind: str, resource: Mapping[str, Json]) -> Iterator[Reason]:
    if kind == "Encounter" and "class" in resource:
        later = isinstance(resource["class"], list)
        if later != (release is R5):
            yield because("FHIR-020", "Encounter.class")
    yield from invariant_reasons(resource, kind, later=release is R5)


def _contained(inner: Json, release: Release) -> Iterator[Reason]:
    if not isinstance(inner, dict):
        yield because("FHIR-009", "contained")
        return
    meta = inner.get("meta")
    versioned = isinstance(meta, dict) and ("versionId" in meta or "lastUpdated" in meta)
    if "contained" in inner or versioned:  # dom-2, dom-4
        yield because("FHIR-021", "contained")
    yield from _reasons(inner, release, contains=False)


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
