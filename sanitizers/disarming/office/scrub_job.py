"""What the cutting of one part knows: its tree, its kept links, and what the document has lost."""

from dataclasses import dataclass, field

from sanitizers.disarming.interface import Switch
from sanitizers.disarming.office.markup import Element
from sanitizers.disarming.office.removals import Removals


@dataclass(slots=True, kw_only=True)
class Lost:
    """Names of sheets and defined names that the copy does not have, in lower case."""

    sheets: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scrub:
    """One part that is cut. `kept` are the names of its links that the copy has."""

    part: str
    root: Element
    kept: frozenset[str]
    switches: frozenset[Switch]
    removals: Removals
    lost: Lost

    def removed(self, rule: str, times: int = 1) -> None:
        """Count what is cut out of this part."""
        self.removals.add(rule, self.part, times)
