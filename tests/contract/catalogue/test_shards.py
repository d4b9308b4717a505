import pytest

from catalogue import entries, names, shards
from catalogue.names import NamesKind, NamesObject, SealedObject
from catalogue.shards import Progress, ShardState, Step
from custody.digest import digest_of
from custody.errors import LeaseLostError
from tests.corpus.catalogue_rows import MINUTE, NOON, shards_of

TTL = 5 * MINUTE


def claim(connection, step=Step.INSPECT):
    """Claim a shard of a step."""
    return shards.claim(connection, run_id="run-1", step=step, owner="anna", now=NOON, ttl=TTL)


def promote_shard(connection, subject_id, count):
    """Add a promote shard over the entries of an inspect shard."""
    return shards.add(
        connection,
        run_id="run-1",
        inventory_id=1,
        step=Step.PROMOTE,
        lane="small",
        entries=count,
        size=10 * count,
        subject_id=subject_id,
    )


def test_a_lease_says_what_there_is_to_do(writing):
    """A lease tells the shard's size, lane and place."""
    shard_id = shards_of(writing, [3])[0]

    lease = claim(writing)

    assert (shard_id, shard_id, 3, 30, "small") == (
        lease.shard_id,
        lease.entries_shard,
        lease.entries,
        lease.size,
        lease.lane,
    )


def test_a_promote_shard_works_on_the_entries_of_an_inspect_shard(writing):
    """The entries of a promote shard stand under its subject."""
    inspect_id = shards_of(writing, [3])[0]
    shard_id = promote_shard(writing, inspect_id, 3)

    lease = claim(writing, Step.PROMOTE)

    assert (shard_id, inspect_id) == (lease.shard_id, lease.entries_shard)


def test_counts_and_progress_follow_the_shards(writing):
    """Ready, leased and done shards are counted, and their entries and bytes."""
    shards_of(writing, [3, 2, 1])
    shards.finish(writing, claim(writing), NOON)
    claim(writing)

    assert {
        Step.INSPECT: {ShardState.DONE: 1, ShardState.LEASED: 1, ShardState.READY: 1}
    } == shards.counts(writing, "run-1")
    assert {
        Step.INSPECT: Progress(
            shards=3, shards_done=1, entries=6, entries_done=3, size=60, size_done=30
        )
    } == shards.progress(writing, "run-1")


def test_a_step_is_done_when_its_last_shard_is(writing):
    """A leased shard keeps its step open."""
    shards_of(writing, [1])
    assert not shards.all_done(writing, "run-1", Step.INSPECT)
    lease = claim(writing)
    assert not shards.all_done(writing, "run-1", Step.INSPECT)
    shards.finish(writing, lease, NOON)

    assert shards.all_done(writing, "run-1", Step.INSPECT)


def test_a_step_without_shards_is_not_done(writing):
    """Where nothing was planned, nothing was looked at."""
    shards_of(writing, [1])

    assert not shards.all_done(writing, "run-1", Step.PROMOTE)
    assert not shards.all_done(writing, "run-2", Step.INSPECT)


def test_one_inventory_of_a_run_can_be_done_before_the_others(writing):
    """The barrier of a source waits for its own shards only."""
    shards_of(writing, [1], source_id="pacs")
    shards_of(writing, [1], source_id="lab")
    shards.finish(writing, claim(writing), NOON)

    assert shards.all_done(writing, "run-1", Step.INSPECT, inventory_id=1)
    assert not shards.all_done(writing, "run-1", Step.INSPECT, inventory_id=2)
    assert not shards.all_done(writing, "run-1", Step.INSPECT)


def test_a_split_shard_lives_on_in_its_parts(writing):
    """Every entry stands in one part, with its ordinal, and the whole is never claimed again."""
    whole = shards_of(writing, [3])[0]
    ids = [entry.entry_id for entry in entries.of_shard(writing, whole)]

    parts = shards.split(writing, claim(writing), [ids[:1], ids[1:]], NOON)

    assert [] == entries.of_shard(writing, whole)
    assert [[0], [1, 2]] == [
        [entry.ordinal for entry in entries.of_shard(writing, part)] for part in parts
    ]
    assert parts == [claim(writing).shard_id, claim(writing).shard_id]
    assert claim(writing) is None
    assert parts == shards.of_inventory(writing, 1, Step.INSPECT)
    assert "split" == shards.attempts_of(writing, whole)[0].outcome


def test_a_split_does_not_change_what_progress_adds_up_to(writing):
    """The parts count for the whole, which counts no more."""
    whole = shards_of(writing, [3])[0]
    ids = [entry.entry_id for entry in entries.of_shard(writing, whole)]
    shards.split(writing, claim(writing), [[i] for i in ids], NOON)
    shards.finish(writing, claim(writing), NOON)

    progress = shards.progress(writing, "run-1")[Step.INSPECT]

    assert (3, 1, 3, 1, 30, 10) == (
        progress.shards,
        progress.shards_done,
        progress.entries,
        progress.entries_done,
        progress.size,
        progress.size_done,
    )


def test_the_parts_of_a_split_shard_find_their_names(writing):
    """The names object of the whole serves its parts, and the parts of these."""
    whole = shards_of(writing, [3])[0]
    stored = NamesObject(
        shard_id=whole,
        kind=NamesKind.PATHS,
        sealed=SealedObject(
            key="names/1", version="v1", digest=digest_of(b"sealed"), key_id="key-1"
        ),
    )
    names.put(writing, stored)
    ids = [entry.entry_id for entry in entries.of_shard(writing, whole)]
    shards.split(writing, claim(writing), [ids[:1], ids[1:]], NOON)
    shards.finish(writing, claim(writing), NOON)
    last = shards.split(writing, claim(writing), [[i] for i in ids[1:]], NOON)[-1]

    assert stored == names.get(writing, last, NamesKind.PATHS)
    assert names.get(writing, last, NamesKind.DETAILS) is None


def test_splitting_a_promote_shard_splits_the_shard_under_it(writing):
    """Each part gets an inspected shard of its own, which is done already."""
    subject = shards_of(writing, [2])[0]
    shards.finish(writing, claim(writing), NOON)
    whole = promote_shard(writing, subject, 2)
    ids = [entry.entry_id for entry in entries.of_shard(writing, subject)]

    parts = shards.split(writing, claim(writing, Step.PROMOTE), [[i] for i in ids], NOON)

    leases = [claim(writing, Step.PROMOTE), claim(writing, Step.PROMOTE)]
    assert parts == [lease.shard_id for lease in leases]
    assert whole not in parts
    assert [[0], [1]] == [
        [entry.ordinal for entry in entries.of_shard(writing, lease.entries_shard)]
        for lease in leases
    ]
    assert shards.all_done(writing, "run-1", Step.INSPECT)
    assert {ShardState.SPLIT: 1, ShardState.DONE: 2} == shards.counts(writing, "run-1")[
        Step.INSPECT
    ]


@pytest.mark.parametrize("broken", ["missing", "twice", "foreign", "empty"])
def test_a_split_loses_and_invents_no_entry(writing, broken):
    """Parts that are not exactly the shard are refused, and the lease stays."""
    whole = shards_of(writing, [2])[0]
    a, b = (entry.entry_id for entry in entries.of_shard(writing, whole))
    lease = claim(writing)
    parts = {
        "missing": [[a]],
        "twice": [[a, b], [b]],
        "foreign": [[a, b, b + 1]],
        "empty": [[a, b], []],
    }[broken]

    with pytest.raises(RuntimeError, match="each of its entries once"):
        shards.split(writing, lease, parts, NOON)

    shards.finish(writing, lease, NOON)


def test_a_late_owner_cannot_split(writing):
    """Only the newest lease decides what becomes of a shard."""
    whole = shards_of(writing, [1])[0]
    ids = [entry.entry_id for entry in entries.of_shard(writing, whole)]
    lease = claim(writing)
    shards.give_back(writing, lease, NOON, "stopped")

    with pytest.raises(LeaseLostError):
        shards.split(writing, lease, [ids], NOON)
    assert 1 == len(entries.of_shard(writing, whole))
