"""What the entries of a Bundle have to be to each other (bundle.html).

Bundles are one record: a part that points at another which is not there is a record that lost it.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from schemas.fhir.containment import references_in
from schemas.fhir.releases import R4, R5, Release
from schemas.interface import Reason
from schemas.reasons.table import because

Json = Any
_BY_REQUEST = frozenset({"batch", "transaction", "history"})
_BY_RESPONSE = frozenset({"batch-response", "transaction-response", "history"})
_WITH_TOTAL = frozenset({"searchset", "history"})
_WITHOUT_ADDRESS = _BY_REQUEST | _BY_RESPONSE
# What has to travel with a document or message: its first resource, and what that points at.
_FIRST = {"document": "Composition", "message": "MessageHeader"}
_ABSOLUTE = re.compile(r"(https?://|urn:(uuid|oid):)\S+")
_LOCAL = re.compile(r"[A-Z][A-Za-z]+/[A-Za-z0-9.-]{1,64}", re.ASCII)


def bundle_reasons(bundle: Mapping[str, Json], release: Release = R4) -> Iterator[Reason]:
    """Check the invariants bdl-1 to bdl-12 that JSON schemas cannot say."""
    kind, entries = bundle.get("type"), _list(bundle.get("entry"))
    if "total" in bundle and kind not in _WITH_TOTAL:
        yield because("FHIR-017", "Bundle.total")
    seen: set[tuple[str, str]] = set()
    for entry in entries:
        if not isinstance(entry, dict):
            yield because("FHIR-009", "Bundle.entry")
            continue
        if release is R5 and kind == "history":
            yield from _of_history(entry)
        else:
            yield from _entry(str(kind), entry)
        yield from _content(entry, release)
        if "fullUrl" not in entry and "resource" in entry and kind not in _WITHOUT_ADDRESS:
            yield because("FHIR-026", "Bundle.entry.fullUrl")
        address = _address(entry)
        if address[0] and address in seen:  # bdl-7
            yield because("FHIR-017", "Bundle.entry.fullUrl")
        seen.add(address)
    yield from _first(str(kind), entries)
    yield from _of_document(bundle)
    yield from _references(str(kind), bundle)


def _entry(kind: str, entry: Mapping[str, Json]) -> Iterator[Reason]:
    if "search" in entry and kind != "searchset":  # bdl-2
        yield because("FHIR-017", "Bundle.entry.search")
    if ("request" in entry) != (kind in _BY_REQUEST):  # bdl-3
        yield because("FHIR-017", "Bundle.entry.request")
    if ("response" in entry) != (kind in _BY_RESPONSE):  # bdl-4
        yield because("FHIR-017", "Bundle.entry.response")


def _of_history(entry: Mapping[str, Json]) -> Iterator[Reason]:
    """R5 asks of a history for one of the two only (bdl-3b)."""
    if "search" in entry:
        yield because("FHIR-017", "Bundle.entry.search")
    if entry.keys().isdisjoint({"request", "response"}):
        yield because("FHIR-017", "Bundle.entry.request")


def _content(entry: Mapping[str, Json], release: Release) -> Iterator[Reason]:
    resource = entry.get("resource")
    if resource is None:
        if "request" not in entry and "response" not in entry:  # bdl-5
            yield because("FHIR-017", "Bundle.entry.resource")
    elif not isinstance(resource, dict):
        yield because("FHIR-009", "Bundle.entry.resource")
    else:
        yield from _full_url(entry.get("fullUrl"), resource, release)


def _full_url(address: Json, resource: Mapping[str, Json], release: Release) -> Iterator[Reason]:
    """The address of a RESTful resource ends with its type and id."""
    if not isinstance(address, str):
        return
    if "/_history/" in address or not _ABSOLUTE.fullmatch(address):  # bdl-8, Bundle.entry.fullUrl
        yield because("FHIR-017", "Bundle.entry.fullUrl")
    told = f"/{resource.get('resourceType')}/{resource.get('id')}"
    restful = address.startswith(("http://", "https://")) and "id" in resource
    named = "".join(address.rsplit("/", 2)[-2:-1])
    if restful and named in release.types and not address.endswith(told):
        yield because("FHIR-017", "Bundle.entry.fullUrl")


def _first(kind: str, entries: Sequence[Json]) -> Iterator[Reason]:
    """A document begins with its composition, a message with its header (bdl-11, bdl-12)."""
    wanted = _FIRST.get(kind)
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


def entries_of(bundle: Mapping[str, Json]) -> list[Mapping[str, Json]]:
    """Return the resources of a Bundle."""
    entries = [entry for entry in _list(bundle.get("entry")) if isinstance(entry, dict)]
    return [e["resource"] for e in entries if isinstance(e.get("resource"), dict)]


def _of_document(bundle: Mapping[str, Json]) -> Iterator[Reason]:
    """A document is known by an identifier of its own and by its time (bdl-9, bdl-10)."""
    if bundle.get("type") != "document":
        return
    identifier = bundle.get("identifier")
    if not isinstance(identifier, dict) or not {"system", "value"} <= identifier.keys():
        yield because("FHIR-017", "Bundle.identifier")
    if "timestamp" not in bundle:
        yield because("FHIR-017", "Bundle.timestamp")


def _references(kind: str, bundle: Mapping[str, Json]) -> Iterator[Reason]:
    """A URN points inside of its Bundle; so does all that a document's first resource needs."""
    resources = entries_of(bundle)
    entries = [entry for entry in _list(bundle.get("entry")) if isinstance(entry, dict)]
    addresses = {str(entry["fullUrl"]) for entry in entries if "fullUrl" in entry}
    names = {f"{r.get('resourceType')}/{r.get('id')}" for r in resources}
    for place, resource in enumerate(resources):
        is_first = place == 0 and resource.get("resourceType") == _FIRST.get(kind)
        for reference in references_in(resource):
            plain = reference.partition("#")[0]
            lost = plain.startswith(("urn:uuid:", "urn:oid:")) and plain not in addresses
            if lost or (is_first and _LOCAL.fullmatch(plain) and plain not in names):
                yield because("FHIR-027", "Bundle.entry.resource")


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else []
