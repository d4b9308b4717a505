"""Contained resources and what points at them (R4 references.html#contained).

A contained resource that nothing points at belongs to nobody, and a pointer to one that is not
there has lost what it meant.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from schemas.interface import Reason
from schemas.reasons.table import because

Json = Any
# Narrative is text for people: an anchor in it is no reference.
_NOT_READ = frozenset({"div", "data"})


def containment_reasons(resource: Mapping[str, Json]) -> Iterator[Reason]:
    """Yield what points at contained resources that are not there (ref-1), and dom-3."""
    contained = resource.get("contained")
    inner = [r for r in contained if isinstance(r, dict)] if isinstance(contained, list) else []
    names = {str(r["id"]) for r in inner if "id" in r}
    pointed = {text[1:] for text in _local(resource)}
    references = {r[1:] for r in references_in(resource) if r.startswith("#")}
    if references - names - {""}:
        yield because("FHIR-027", "contained")
    for one in inner:
        to_container = "#" in references_in(one)
        if str(one.get("id")) not in pointed and not to_container:
            yield because("FHIR-021", "contained")


def references_in(resource: Mapping[str, Json]) -> list[str]:
    """Return the references of a resource, and of those that it contains."""
    found = []
    for value in _objects(resource):
        reference = value.get("reference")
        if isinstance(reference, str):
            found.append(reference)
    return found


def _local(resource: Mapping[str, Json]) -> Iterator[str]:
    """Yield every text that points inside: references, and canonical addresses too."""
    for value in _objects(resource):
        for key, item in value.items():
            texts = item if isinstance(item, list) else [item]
            if key not in _NOT_READ:
                yield from (t for t in texts if isinstance(t, str) and t.startswith("#"))


def _objects(resource: Mapping[str, Json]) -> Iterator[Mapping[str, Json]]:
    """Yield every object of a resource and of those that it contains, not of other resources."""
    left: list[tuple[str, Json]] = [("contained", resource)]
    while left:
        name, value = left.pop()
        if isinstance(value, list):
            left += [(name, item) for item in value]
        elif isinstance(value, dict) and (name == "contained" or "resourceType" not in value):
            yield value
            left += value.items()
