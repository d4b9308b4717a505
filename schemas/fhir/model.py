"""FHIR's own definitions as values: which elements a type has, how many, of which type and codes.

A shape is known by the path of its element (`Patient.contact`) or the name of its type
(`HumanName`). A choice of types (`value[x]`) stands in it once for each type.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

# A code alone, or a system with a code; a plain code is written with an empty system.
Code = tuple[str, str]
ANY_RESOURCE = "Resource"


@dataclass(frozen=True, slots=True, kw_only=True)
class Slot:
    """One element: its type or the path of its own shape, and what it may hold.

    `codes` are those of a value set of strength "required" that can be listed; `targets` the
    resources that a reference may point at, empty where any may stand.
    """

    kind: str
    many: bool = False
    codes: frozenset[Code] | None = None
    targets: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The elements of a type by their names in JSON, and those that one of must be there."""

    slots: Mapping[str, Slot]
    required: tuple[tuple[str, ...], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """Every shape, the names of the resources, and the code systems that are known whole."""

    version: str
    shapes: Mapping[str, Shape]
    resources: frozenset[str]
    systems: Mapping[str, frozenset[str]] = field(default_factory=dict)
