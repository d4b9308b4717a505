"""Cutting a list of entries into shards."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.entry import Entry, EntryKind
from quarantine.planning import Lane, PlanLimits, plan

LIMITS = PlanLimits(most_entries=4, most_bytes=100, large=60)


def entry(size: int, kind: EntryKind = EntryKind.FILE, path: bytes = b"x") -> Entry:
    """Return an entry of a size."""
    return Entry(path=path, kind=kind, size=size, mtime_ns=0, mode=0, inode=1)


ENTRIES = st.lists(
    st.builds(entry, st.integers(0, 300), st.sampled_from(EntryKind), st.binary(max_size=3))
)


@given(ENTRIES)
def test_every_entry_is_in_exactly_one_shard(entries: list[Entry]) -> None:
    """Nothing is lost and nothing planned twice; each lane keeps the order of the list."""
    planned = [(shard.lane, e) for shard in plan(entries, LIMITS) for e in shard.entries]
    for lane in Lane:
        expected = [e for e in entries if (lane is Lane.LARGE) == is_large(e)]
        assert [e for where, e in planned if where is lane] == expected


@given(ENTRIES)
def test_no_shard_passes_its_limits(entries: list[Entry]) -> None:
    """Small shards are bounded in entries and bytes, large files are alone."""
    for shard in plan(entries, LIMITS):
        assert shard.bytes == sum(e.size for e in shard.entries if e.kind is EntryKind.FILE)
        if shard.lane is Lane.LARGE:
            assert len(shard.entries) == 1
        else:
            assert 1 <= len(shard.entries) <= 4
            assert shard.bytes <= 100


def is_large(entry: Entry) -> bool:
    """Say whether a file belongs alone under the test's limits."""
    return entry.kind is EntryKind.FILE and entry.size >= 60


def test_shards_are_filled_to_their_limit() -> None:
    """Exactly as many entries and bytes as allowed fit."""
    by_entries = [len(shard.entries) for shard in plan([entry(1)] * 9, LIMITS)]
    by_bytes = [shard.bytes for shard in plan([entry(50)] * 5, LIMITS)]
    assert (by_entries, by_bytes) == ([4, 4, 1], [100, 100, 50])


def test_what_has_no_content_counts_no_bytes() -> None:
    """A device that claims a terabyte does not become a large file."""
    shards = list(plan([entry(1 << 40, EntryKind.BLOCK_DEVICE)], LIMITS))
    assert [(shard.lane, shard.bytes) for shard in shards] == [(Lane.SMALL, 0)]


def test_planning_is_streaming() -> None:
    """The first shard is there before the list was read to its end."""

    def entries() -> Iterator[Entry]:
        yield from [entry(1)] * 5
        raise AssertionError("read further than needed")

    assert len(next(plan(entries(), LIMITS)).entries) == 4


def test_no_entries_are_no_shards() -> None:
    """An empty list plans nothing."""
    assert list(plan([], LIMITS)) == []


@pytest.mark.parametrize("limits", [{"most_entries": 0}, {"most_bytes": 0}, {"large": 0}])
def test_limits_that_hold_nothing_are_a_bug(limits: dict[str, int]) -> None:
    """A shard of no entries would never end."""
    with pytest.raises(ValueError, match="at least one"):
        PlanLimits(**limits)
