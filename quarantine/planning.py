"""Cuts a list of entries into shards, in one pass and in the order of the list."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import Enum, unique

from custody.entry import Entry, EntryKind

MIB = 1 << 20


@unique
class Lane(Enum):
    """Shards of many entries, and shards of one large file that must not hold them up."""

    SMALL = "small"
    LARGE = "large"


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanLimits:
    """How much one shard holds, and from which size a file is alone in its own."""

    most_entries: int = 2000
    most_bytes: int = 512 * MIB
    large: int = 256 * MIB

    def __post_init__(self) -> None:
        if min(self.most_entries, self.most_bytes, self.large) < 1:
            raise ValueError("a shard holds at least one entry and one byte")


DEFAULT_LIMITS = PlanLimits()


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedShard:
    """Entries that are inspected together."""

    lane: Lane
    entries: tuple[Entry, ...]
    bytes: int


def plan(entries: Iterable[Entry], limits: PlanLimits = DEFAULT_LIMITS) -> Iterator[PlannedShard]:
    """Yield shards; memory holds one of them. Every entry is in exactly one."""
    waiting: list[Entry] = []
    waiting_bytes = 0
    for entry in entries:
        # What has no content is counted as nothing, whatever its inode says.
        size = entry.size if entry.kind is EntryKind.FILE else 0
        if size >= limits.large:
            yield PlannedShard(lane=Lane.LARGE, entries=(entry,), bytes=size)
            continue
        full = len(waiting) == limits.most_entries or waiting_bytes + size > limits.most_bytes
        if waiting and full:
            yield PlannedShard(lane=Lane.SMALL, entries=tuple(waiting), bytes=waiting_bytes)
            waiting, waiting_bytes = [], 0
        waiting.append(entry)
        waiting_bytes += size
    if waiting:
        yield PlannedShard(lane=Lane.SMALL, entries=tuple(waiting), bytes=waiting_bytes)
