"""What a scanner says of one artefact: scanned, not scanned for a reason, or exempt on evidence.

"Not done" is a type with a reason, never an empty list: silence must not look like a clean scan.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, unique

from custody.finding import Finding


@unique
class Coverage(Enum):
    """How much of the bytes a scanner looked at."""

    WHOLE = "whole"
    WINDOWED = "windowed"
    SAMPLED = "sampled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scanned:
    """The scanner ran to its end and reports what it saw."""

    scanner: str
    version: str
    coverage: Coverage = Coverage.WHOLE
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class NotScanned:
    """The scanner could not judge; `transient` (machine trouble) is never cached."""

    scanner: str
    reason: str
    transient: bool = False

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise ValueError("NotScanned needs a reason")


@dataclass(frozen=True, slots=True, kw_only=True)
class Exempt:
    """The scanner need not look, on evidence that is named (a known-good set and its date)."""

    scanner: str
    evidence: str

    def __post_init__(self) -> None:
        if not self.evidence.strip():
            raise ValueError("Exempt needs evidence")


Outcome = Scanned | NotScanned | Exempt


def findings_of(outcomes: Iterable[Outcome]) -> list[Finding]:
    """Return what those that scanned have found, in their order."""
    return [f for o in outcomes if isinstance(o, Scanned) for f in o.findings]


@dataclass(frozen=True, slots=True, kw_only=True)
class Inspection:
    """Everything that the scanners of one profile said of one artefact.

    `media_type` is the primary type that the file_type scanner settled on, empty if none.
    """

    media_type: str
    outcomes: tuple[Outcome, ...]

    @property
    def findings(self) -> list[Finding]:
        """What was found, in the order of the scanners."""
        return findings_of(self.outcomes)

    @property
    def cacheable(self) -> bool:
        """Whether these outcomes stand for the next time: machine trouble and silence do not."""
        if not self.outcomes:
            return False
        return not any(isinstance(o, NotScanned) and o.transient for o in self.outcomes)
