"""Content, named by its digest and never modified: where it lies, and where it comes from."""

from dataclasses import dataclass
from enum import Enum, unique

from custody.digest import Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Artefact:
    """Content in the vault."""

    digest: Digest
    size: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """Where content lies in the vault: a whole object, or a stretch of a segment, in bytes."""

    digest: Digest
    key: str
    version: str
    offset: int
    size: int


@unique
class Derivation(Enum):
    """How a derived artefact was made from another.

    Of an extract: its accepted records, its refused ones, and a list of why. A report says what a
    disarmed copy lacks, and where that was.
    """

    MEMBER = "member"
    DISARMED = "disarmed"
    SPLIT = "split"
    REFUSED = "refused"
    REASONS = "reasons"
    REPORT = "report"


@dataclass(frozen=True, slots=True, kw_only=True)
class Derived:
    """An artefact made from another; counted apart, never in the equation."""

    artefact: Artefact
    derived_from: Digest
    how: Derivation
    ordinal: int
