"""What one resource, and one Bundle, has to have at its first levels."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from schemas.fhir.resources import CODES, REQUIRED, TYPES
from schemas.interface import Reason
from schemas.reasons.table import because

Json = Any
_BY_REQUEST = frozenset({"batch", "transaction", "history"})
_BY_RESPONSE = frozenset({"batch-response", "transaction-response", "history"})
_WITH_TOTAL = frozenset({"searchset", "history"})


def structure_reasons(resource: Mapping[str, Json]) -> Iterator[Reason]:
    """Yield what is missing or contradictory in a resource and everything that it holds."""
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
        yield from _bundle(resource)


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
    if kind == "Observation":
        has_value = any(key.startswith("value") for key in resource)
        if has_value and "dataAbsentReason" in resource:  # obs-6
            yield because("FHIR-021", "Observation.dataAbsentReason")


def _contained(inner: Json) -> Iterator[Reason]:
    if not isinstance(inner, dict):
        yield because("FHIR-009", "contained")
        return
    meta = inner.get("meta")
    versioned = isinstance(meta, dict) and ("versionId" in meta or "lastUpdated" in meta)
    if "contained" in inner or versioned:  # dom-2, dom-4
        yield because("FHIR-021", "contained")
    yield from structure_reasons(inner)


def _bundle(bundle: Mapping[str, Json]) -> Iterator[Reason]:
    """Check the invariants bdl-1 to bdl-12 that JSON schemas cannot say."""
    kind, entries = bundle.get("type"), _list(bundle.get("entry"))
    if "total" in bundle and kind not in _WITH_TOTAL:
        yield because("FHIR-017", "Bundle.total")
    seen: set[tuple[str, str]] = set()
    for entry in entries:
        if not isinstance(entry, dict):
            yield because("FHIR-009", "Bundle.entry")
            continue
        yield from _entry(str(kind), entry)
        address = _address(entry)
        if address[0] and address in seen:  # bdl-7
            yield because("FHIR-017", "Bundle.entry.fullUrl")
        seen.add(address)
    yield from _first(str(kind), entries)


def _entry(kind: str, entry: Mapping[str, Json]) -> Iterator[Reason]:
    if "search" in entry and kind != "searchset":  # bdl-2
        yield because("FHIR-017", "Bundle.entry.search")
    if ("request" in entry) != (kind in _BY_REQUEST):  # bdl-3
        yield because("FHIR-017", "Bundle.entry.request")
    if ("response" in entry) != (kind in _BY_RESPONSE):  # bdl-4
        yield because("FHIR-017", "Bundle.entry.response")
    resource = entry.get("resource")
    if resource is None:
        if "request" not in entry and "response" not in entry:  # bdl-5
            yield because("FHIR-017", "Bundle.entry.resource")
    elif not isinstance(resource, dict):
        yield because("FHIR-009", "Bundle.entry.resource")
    else:
        yield from structure_reasons(resource)
        yield from _full_url(entry.get("fullUrl"), resource)


def _full_url(address: Json, resource: Mapping[str, Json]) -> Iterator[Reason]:
    """The address of a RESTful resource ends with its type and id."""
    if not isinstance(address, str):
        return
    if "/_history/" in address:  # bdl-8
        yield because("FHIR-017", "Bundle.entry.fullUrl")
    told = f"/{resource.get('resourceType')}/{resource.get('id')}"
    restful = address.startswith(("http://", "https://")) and "id" in resource
    same_type = address.rsplit("/", 2)[-2:-1] == [str(resource.get("resourceType"))]
    if restful and same_type and not address.endswith(told):
        yield because("FHIR-017", "Bundle.entry.fullUrl")


def _first(kind: str, entries: Sequence[Json]) -> Iterator[Reason]:
    """A document begins with its composition, a message with its header (bdl-11, bdl-12)."""
    wanted = {"document": "Composition", "message": "MessageHeader"}.get(kind)
    if wanted is None:
        return
    first = entries[0] if entries and isinstance(entries[0], dict) else {}
    resource = first.get("resource")
    if not isinstance(resource, dict) or resource.get("resourceType") != wanted:
        yield because("FHIR-017", "Bundle.entry")


def _address(entry: Mapping[str, Json]) -> tuple[str, str]:
    resource = entry.get("resource")
    meta = resource.get("meta") if isinstance(resource, dict) else None
    version = meta.get("versionId") if isinstance(meta, dict) else ""
    return str(entry.get("fullUrl") or ""), str(version)


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
