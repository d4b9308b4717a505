"""What scanners said of the contents and names of a shard."""

from collections.abc import Mapping
from dataclasses import dataclass, replace

from custody.digest import Digest
from custody.finding import Finding
from custody.outcome import Inspection
from pipeline.steps.parts import Apart

NameAndContent = tuple[bytes, Digest]


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What scanners said of the contents and names of a shard, and which of it is new."""

    inspections: Mapping[Digest, Inspection]
    names: Mapping[NameAndContent, tuple[Finding, ...]]
    new: frozenset[Digest]
    new_names: frozenset[NameAndContent]

    def with_parts(self, apart: Apart) -> "Said":
        """Return the same with what scanners said of the parts of containers."""
        return replace(
            self,
            inspections={**apart.inspections, **self.inspections},
            new=self.new | apart.new,
        )

    @property
    def details(self) -> list[Finding]:
        """The new findings that have a detail, each once, in a fixed order."""
        said = [f for d in sorted(self.new) for f in self.inspections[d].findings]
        said += [f for key in sorted(self.new_names) for f in self.names[key]]
        return list(dict.fromkeys(f for f in said if f.detail))


NOTHING_SAID = Said(inspections={}, names={}, new=frozenset(), new_names=frozenset())
