from catalogue import leases, shards
from catalogue.shards import Progress, ShardState, Step
from tests.corpus.catalogue_rows import MINUTE, NOON, promote_shard, shards_of

TTL = 5 * MINUTE


def claim(connection, step=Step.INSPECT):
    """Claim a shard of a step."""
    return leases.claim(connection, run_id="run-1", step=step, owner="anna", now=NOON, ttl=TTL)


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
    leases.finish(writing, claim(writing), NOON)
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
    leases.finish(writing, lease, NOON)

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
    leases.finish(writing, claim(writing), NOON)

    assert shards.all_done(writing, "run-1", Step.INSPECT, inventory_id=1)
    assert not shards.all_done(writing, "run-1", Step.INSPECT, inventory_id=2)
    assert not shards.all_done(writing, "run-1", Step.INSPECT)
