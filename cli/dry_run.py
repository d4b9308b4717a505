"""What a run would take in, how much room it needs and how long it may last; nothing is changed."""

import os
from dataclasses import dataclass
from pathlib import Path

from cli.quantities import count_text, named_count, size_text, span_text
from custody.box import Json
from custody.entry import KIND_REASONS
from custody.errors import SourceEmptyError
from custody.source import Source
from pipeline.readers import reading_registered
from pipeline.settings import Settings
from pipeline.steps.inventory import Selection

# Measured on two cores, slowest and fastest: rules over small files, and bytes of large ones.
ENTRIES_A_SECOND = (250, 1500)
BYTES_A_SECOND = (25 * 1024**2, 150 * 1024**2)
# Everything is kept in the vault, and what is clean in the clean zone too.
COPIES = 2


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreseen:
    """What one source, or several together, would come to."""

    source: str
    listed: int = 0
    excluded: int = 0
    not_taken: int = 0
    bytes: int = 0

    def __add__(self, other: "Foreseen") -> "Foreseen":
        return Foreseen(
            source=self.source,
            listed=self.listed + other.listed,
            excluded=self.excluded + other.excluded,
            not_taken=self.not_taken + other.not_taken,
            bytes=self.bytes + other.bytes,
        )

    def as_json(self) -> dict[str, Json]:
        """Return the numbers."""
        return {
            "source": self.source,
            "listed": self.listed,
            "excluded": self.excluded,
            "not_taken": self.not_taken,
            "bytes": self.bytes,
        }


def foresee(settings: Settings, source: Source, selection: Selection) -> Foreseen:
    """Walk a source and count; no file is opened.

    Raises:
        SourceError: it is empty, changed or cannot be read.
    """
    listed = excluded = not_taken = size = 0
    with reading_registered(settings, source) as reader:
        for entry in reader.walk():
            listed += 1
            if selection.excludes(entry.path):
                excluded += 1
            elif entry.kind in KIND_REASONS:
                not_taken += 1
            else:
                size += entry.size
    if not listed:
        raise SourceEmptyError(
            f"source {source.source_id} lists no entry",
            next_step="check that it is mounted and that this is the right folder",
        )
    return Foreseen(
        source=source.source_id, listed=listed, excluded=excluded, not_taken=not_taken, bytes=size
    )


def duration(total: Foreseen) -> tuple[float, float]:
    """Return the least and the most seconds that a run may last."""
    taken = total.listed - total.excluded - total.not_taken
    slow, fast = (
        taken / entries + total.bytes / size
        for entries, size in zip(ENTRIES_A_SECOND, BYTES_A_SECOND, strict=True)
    )
    return fast, slow


def free_bytes(home: Path) -> int:
    """Return the room that is left where the home lies."""
    found = os.statvfs(home)
    return found.f_bavail * found.f_frsize


def report(each: list[Foreseen], home: Path) -> dict[str, Json]:
    """Return what `recover --dry-run --json` prints."""
    total = sum(each, Foreseen(source="all"))
    low, high = duration(total)
    free = free_bytes(home)
    return {
        "dry_run": True,
        "sources": [one.as_json() for one in each],
        **{key: value for key, value in total.as_json().items() if key != "source"},
        "needed": total.bytes * COPIES,
        "free": free,
        "enough": free > total.bytes * COPIES,
        "seconds": {"low": round(low, 1), "high": round(high, 1)},
    }


def lines(told: dict[str, Json]) -> list[str]:
    """Return the same for people."""
    taken = told["listed"] - told["excluded"] - told["not_taken"]
    return [
        (
            "Dry run, nothing is changed:"
            f" {named_count(told['listed'], 'entry', 'entries')} listed in"
            f" {named_count(len(told['sources']), 'source', 'sources')}"
        ),
        (
            f"To take in: {count_text(taken)}, {size_text(told['bytes'])}"
            f" (excluded {count_text(told['excluded'])},"
            f" pipes and the like {count_text(told['not_taken'])})"
        ),
        (
            f"Room: at most {size_text(told['needed'])} needed, {size_text(told['free'])} free:"
            f" {'enough' if told['enough'] else 'NOT ENOUGH, choose another home with --home'}"
        ),
        f"Time: roughly {span_text(told['seconds']['low'], told['seconds']['high'])}",
    ]
