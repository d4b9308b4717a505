"""Value sets of a definitions pack, written out where that can be done without a server.

A set that filters, excludes or takes from a system that is not here whole is not known, and says
nothing: None is not an empty set.
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from schemas.fhir.model import Code

Json = Any
DEEPEST = 16


class Terminology:
    """The code systems and value sets of a pack."""

    def __init__(self, resources: Iterable[Mapping[str, Json]]) -> None:
        self.systems: dict[str, frozenset[str]] = {}
        self._sets: dict[str, Mapping[str, Json]] = {}
        self._known: dict[str, frozenset[Code] | None] = {}
        for resource in resources:
            url = resource.get("url")
            if not isinstance(url, str):
                continue
            if resource["resourceType"] == "ValueSet":
                self._sets[url] = resource
            elif resource.get("content") == "complete":
                self.systems[url] = frozenset(_codes(resource.get("concept", ())))

    def codes(self, canonical: str, depth: int = 0) -> frozenset[Code] | None:
        """Return what a value set holds; None when that cannot be told from the pack alone."""
        url = canonical.partition("|")[0]
        if url not in self._known:
            value_set = self._sets.get(url)
            told = None if value_set is None or depth > DEEPEST else self._written(value_set, depth)
            self._known[url] = told
        return self._known[url]

    def _written(self, value_set: Mapping[str, Json], depth: int) -> frozenset[Code] | None:
        compose = value_set.get("compose", {})
        if "exclude" in compose or not compose.get("include"):
            return None
        found: set[Code] = set()
        for include in compose["include"]:
            part = self._included(include, depth)
            if part is None:
                return None
            found |= part
        return frozenset(found)

    def _included(self, include: Mapping[str, Json], depth: int) -> frozenset[Code] | None:
        system = include.get("system")
        if "filter" in include:
            return None
        if system is None:
            parts = [self.codes(url, depth + 1) for url in include.get("valueSet", ())]
            known = [part for part in parts if part is not None]
            return frozenset.intersection(*known) if known and len(known) == len(parts) else None
        if "valueSet" in include:
            return None
        if "concept" in include:
            return frozenset((system, concept["code"]) for concept in include["concept"])
        whole = self.systems.get(system)
        return None if whole is None else frozenset((system, code) for code in whole)


def _codes(concepts: Iterable[Mapping[str, Json]]) -> Iterator[str]:
    """Yield the codes of a hierarchy."""
    left = list(concepts)
    while left:
        concept = left.pop()
        yield concept["code"]
        left += concept.get("concept", ())
