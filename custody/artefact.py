"""Content, named by its digest and never modified, and where derived content comes from."""

from dataclasses import dataclass
from enum import Enum, unique

from custody.digest import Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Artefact:
    """Content in the vault."""

    digest: Digest
    size: int


@unique
class Derivation(Enum):
    """How a derived artefact was made from another."""

    MEMBER = "member"
    DISARMED = "disarmed"
    SPLIT = "split"


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """An artefact made from another; counted apart, never in the equation."""

    artefact: Artefact
    derived_from: Digest
    how: Derivation
    ordinal: int
