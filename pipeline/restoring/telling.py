"""What is told of a plan: one line a path, and the sums."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

import sqlalchemy as sa

from cleanzone.last_clean import Gap, Mark, Version
from custody.box import Json
from custody.names import escape, to_base64
from pipeline.restoring.plan import Missing, Plan, Proposed, paths
from pipeline.wiring import Runtime

RESTORE, MISSING = "restore", "missing"
COPY_OF = "encrypted-copy"


@dataclass(slots=True)
class Sums:
    """How many paths come back, with which marks, and how many do not and why."""

    restored: int = 0
    size: int = 0
    marks: Counter[Mark] = field(default_factory=Counter)
    gaps: Counter[Gap] = field(default_factory=Counter)
    copies: int = 0
    missing: int = 0
    unnamed: int = 0
    without_reference: tuple[str, ...] = ()

    def count(self, proposed: Proposed, size: int) -> None:
        """Add one path."""
        if proposed.choice.gap is None:
            self.restored += 1
            self.size += size
            self.marks.update(proposed.choice.marks)
        elif proposed.renamed_from:
            self.copies += 1
        else:
            self.gaps[proposed.choice.gap] += 1

    def close(self, plan: Plan) -> None:
        """Add what is known when every path was walked."""
        self.missing, self.unnamed = len(plan.missing), plan.unnamed
        self.without_reference = tuple(plan.without_reference)

    def as_json(self) -> dict[str, Json]:
        """Return the sums; `missing` is null where nobody said what to expect."""
        return {
            "restore": self.restored,
            "bytes": self.size,
            "marks": {mark.value: self.marks[mark] for mark in Mark if self.marks[mark]},
            "not_restored": {gap.value: self.gaps[gap] for gap in Gap if self.gaps[gap]},
            "encrypted_copies": self.copies,
            "missing": None if self.without_reference and not self.missing else self.missing,
            "no_reference": list(self.without_reference),
            "unnamed": self.unnamed,
        }


def tell(
    runtime: Runtime, connection: sa.Connection, plan: Plan, sums: Sums
) -> Iterator[dict[str, Json]]:
    """Yield a line for every path of a plan, and for each that a reference misses; count them."""
    for proposed in paths(runtime, connection, plan):
        sums.count(proposed, proposed.entry.size)
        yield line_of(proposed)
    for missing in plan.missing:
        yield _missing_line(missing)
    sums.close(plan)


def line_of(proposed: Proposed) -> dict[str, Json]:
    """Return what is told of one path."""
    choice, entry = proposed.choice, proposed.entry
    chosen = choice.chosen
    outcome = RESTORE if choice.gap is None else choice.gap.value
    return {
        "outcome": COPY_OF if proposed.renamed_from else outcome,
        "path": escape(proposed.path),
        "path_b64": to_base64(proposed.path),
        "host": proposed.shelf.host,
        "volume": proposed.shelf.name,
        "service": entry.service,
        "source": None if chosen is None else chosen.snapshot.source_id,
        "snapshot": None if chosen is None else chosen.snapshot.taken_at.isoformat(),
        "decryptor": None if chosen is None else chosen.snapshot.decryptor or None,
        "digest": proposed.enters,
        "size": entry.size,
        "marks": [mark.value for mark in choice.marks],
        "newer": [_passed(version) for version in choice.passed],
        "encrypted_copy_of": escape(proposed.renamed_from) if proposed.renamed_from else None,
    }


def _passed(version: Version) -> dict[str, Json]:
    return {
        "source": version.snapshot.source_id,
        "snapshot": version.snapshot.taken_at.isoformat(),
        "stage": version.stage.value,
        "verdict": version.verdict.value if version.verdict else None,
        "why": version.against,
    }


def _missing_line(missing: Missing) -> dict[str, Json]:
    return {
        "outcome": MISSING,
        "path": escape(missing.path),
        "path_b64": to_base64(missing.path),
        "host": missing.host,
        "volume": missing.volume,
        "service": missing.service,
    }
