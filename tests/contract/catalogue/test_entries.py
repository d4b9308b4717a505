import pytest

from catalogue import entries, tallies
from catalogue.entries import EntryFilter, Position
from custody.digest import digest_of
from custody.entry import EntryKind, NotTakenReason
from custody.fate import equation
from custody.lifecycle import Stage
from custody.verdict import Verdict
from tests.corpus.catalogue_rows import (
    change,
    complete,
    listed,
    new_entry,
    shard_of,
    shards_of,
)

CONTENT = digest_of(b"content")


def test_an_entry_comes_back_as_it_was_listed(writing):
    """Every fact of an entry survives, an inode beyond 63 bits included."""
    inventory_id = listed(writing)
    new = new_entry(
        7, kind=EntryKind.FIFO, stage=Stage.NOT_TAKEN, reason="fifo", mtime_ns=-1, inode=2**64 - 1
    )
    shard_id = shard_of(writing, inventory_id, [new])

    stored = entries.of_shard(writing, shard_id)[0]

    assert (inventory_id, shard_id) == (stored.inventory_id, stored.shard_id)
    assert new == entries.NewEntry(
        **{name: getattr(stored, name) for name in entries.NewEntry.__slots__}
    )
    assert (None, None) == (stored.digest, stored.verdict)


@pytest.mark.parametrize(("claimed", "kept"), [(2**80, 2**63 - 1), (-(2**80), 1 - 2**63)])
def test_an_impossible_time_does_not_stop_a_run(writing, claimed, kept):
    """A file dated beyond what the database can hold is listed, with the last time that fits."""
    shard_id = shard_of(writing, listed(writing), [new_entry(0, mtime_ns=claimed)])

    assert [kept] == [entry.mtime_ns for entry in entries.of_shard(writing, shard_id)]


def test_the_entries_of_a_shard_come_by_ordinal(writing):
    """However they were stored, their order is that of the listing."""
    shard_id = shard_of(writing, listed(writing), [new_entry(2), new_entry(0), new_entry(1)])

    assert [0, 1, 2] == [entry.ordinal for entry in entries.of_shard(writing, shard_id)]


def test_no_entries_are_no_statement(writing):
    """Empty lists are neither an error nor a change."""
    shard_id = shard_of(writing, listed(writing), [])
    entries.update(writing, [])
    entries.move_shard(writing, [], shard_id)

    assert [] == entries.of_shard(writing, shard_id)


def test_an_update_replaces_what_a_step_found_out(writing):
    """Stage, digest, verdict and reason of many entries change at once, of others nothing."""
    shard_id = shards_of(writing, [3])[0]
    before = entries.of_shard(writing, shard_id)
    entries.update(
        writing,
        [
            change(before[0], Stage.HELD, digest=CONTENT, verdict=Verdict.MALICIOUS, reason="r"),
            change(before[1], Stage.QUARANTINED, digest=CONTENT),
        ],
    )

    after = entries.of_shard(writing, shard_id)

    assert (Stage.HELD, CONTENT, Verdict.MALICIOUS, "r") == (
        after[0].stage,
        after[0].digest,
        after[0].verdict,
        after[0].reason,
    )
    assert (Stage.QUARANTINED, CONTENT, None, None) == (
        after[1].stage,
        after[1].digest,
        after[1].verdict,
        after[1].reason,
    )
    assert before[2] == after[2]


def test_entries_are_found_by_name_directory_and_content(writing):
    """Codes and digests find the entries of every run."""
    first = shards_of(writing, [4], run_id="run-1")[0]
    second = shards_of(writing, [4], run_id="run-2")[0]
    for shard_id in (first, second):
        entry = entries.of_shard(writing, shard_id)[3]
        entries.update(writing, [change(entry, Stage.QUARANTINED, digest=CONTENT)])
    name, directory = (3).to_bytes(16, "big"), (1).to_bytes(16, "big")

    found = entries.by_name_key(writing, name, directory_key=directory)

    assert [first, second] == [entry.shard_id for entry in found]
    assert found == entries.by_digest(writing, CONTENT)
    assert [] == entries.by_name_key(writing, name, directory_key=bytes(16))
    assert [2, 3] == [e.ordinal for e in entries.of_directory(writing, 1, directory)]


def test_counts_add_up_to_what_was_listed(writing):
    """Stages, verdicts and reasons are counted by run and by source, and the equation holds."""
    listed_id = listed(writing, source_id="pacs")
    shard_id = shard_of(writing, listed_id, [new_entry(i) for i in range(4)])
    complete(writing, listed_id, 4)
    shards_of(writing, [2], source_id="lab")
    a, b, c, d = entries.of_shard(writing, shard_id)
    entries.update(
        writing,
        [
            change(a, Stage.HELD, digest=CONTENT, verdict=Verdict.SUSPICIOUS),
            change(b, Stage.PROMOTED, digest=CONTENT, verdict=Verdict.CLEAN),
            change(c, Stage.NOT_TAKEN, reason="symlink"),
            change(d, Stage.NOT_TAKEN, reason="vanished"),
        ],
    )

    by_source = tallies.stages_by_source(writing, "run-1")
    total = tallies.stages(writing, "run-1")

    assert {"lab": {Stage.LISTED: 2}} == {"lab": by_source["lab"]}
    assert {Stage.HELD: 1, Stage.PROMOTED: 1, Stage.NOT_TAKEN: 2} == by_source["pacs"]
    assert {**by_source["pacs"], **by_source["lab"]} == total
    assert {"suspicious": 1, "clean": 1} == tallies.verdicts(writing, "run-1")
    assert {NotTakenReason.SYMLINK: 1, NotTakenReason.VANISHED: 1} == tallies.not_taken(
        writing, "run-1"
    )
    assert 0 == equation(4, by_source["pacs"]).unexplained
    assert 2 == equation(6, total).unexplained
    assert {} == tallies.stages(writing, "run-2")
    assert a.size + b.size == tallies.taken_size(writing, "run-1")
    assert 0 == tallies.taken_size(writing, "run-2")


def test_entries_without_a_fate_are_shown(writing):
    """What has no end is found, up to a number; what has one is not."""
    shard_id = shards_of(writing, [3])[0]
    stored = entries.of_shard(writing, shard_id)
    entries.update(writing, [change(stored[0], Stage.EXCLUDED)])

    assert stored[1:] == entries.unexplained(writing, "run-1", 10)
    assert 1 == len(entries.unexplained(writing, "run-1", 1))
    assert [] == entries.unexplained(writing, "run-2", 10)


@pytest.mark.parametrize("stage", Stage)
def test_every_stage_is_an_end_or_unexplained(writing, stage):
    """The list of unexplained entries and the equation agree about each stage."""
    shard_id = shards_of(writing, [1])[0]
    entries.update(writing, [change(entries.of_shard(writing, shard_id)[0], stage)])

    shown = len(entries.unexplained(writing, "run-1", 10))

    assert equation(1, tallies.stages(writing, "run-1")).unexplained == shown


def test_a_listing_streams_in_order_and_goes_on_behind_a_position(writing):
    """Inventory, shard, ordinal: from any place on, the rest follows."""
    shards_of(writing, [2, 1], source_id="pacs")
    shards_of(writing, [2], source_id="lab")
    whole = list(entries.iterate(writing, [2, 1]))

    places = [(e.inventory_id, e.shard_id, e.ordinal) for e in whole]

    assert [(1, 1, 0), (1, 1, 1), (1, 2, 0), (2, 3, 0), (2, 3, 1)] == places
    for index, (inventory_id, shard_id, ordinal) in enumerate(places):
        after = Position(inventory_id=inventory_id, shard_id=shard_id, ordinal=ordinal)
        assert whole[index + 1 :] == list(entries.iterate(writing, [1, 2], after=after))


def test_a_listing_can_be_narrowed(writing):
    """Stages, verdicts and services narrow a listing together."""
    inventory_id = listed(writing)
    shard_id = shard_of(
        writing, inventory_id, [new_entry(0), new_entry(1), new_entry(2, service="biology")]
    )
    stored = entries.of_shard(writing, shard_id)
    entries.update(
        writing, [change(e, Stage.HELD, verdict=Verdict.ACTIVE) for e in (stored[0], stored[2])]
    )

    def ordinals(**wanted):
        found = entries.iterate(writing, [inventory_id], wanted=EntryFilter(**wanted))
        return [entry.ordinal for entry in found]

    assert [0, 2] == ordinals(stages=frozenset({Stage.HELD}))
    assert [0, 2] == ordinals(verdicts=frozenset({Verdict.ACTIVE, Verdict.CLEAN}))
    assert [2] == ordinals(stages=frozenset({Stage.HELD}), services=frozenset({"biology"}))
    assert [] == ordinals(verdicts=frozenset({Verdict.CLEAN}))
    assert [1] == [e.ordinal for e in entries.of_inventory(writing, inventory_id, Stage.LISTED)]


def test_a_listing_longer_than_what_is_read_at_once_is_whole(writing):
    """Streaming in parts neither drops nor repeats an entry."""
    count = entries.STREAMED_ROWS + 1
    shards_of(writing, [count])

    assert list(range(count)) == [e.ordinal for e in entries.iterate(writing, [1])]
