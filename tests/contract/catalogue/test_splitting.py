import pytest

from catalogue import entries, leases, names, shards, splitting
from catalogue.names import NamesKind, NamesObject, SealedObject
from catalogue.shards import ShardState, Step
from custody.digest import digest_of
from custody.errors import LeaseLostError
from tests.corpus.catalogue_rows import MINUTE, NOON, promote_shard, shards_of

TTL = 5 * MINUTE


def claim(connection, step=Step.INSPECT):
    """Claim a shard of a step."""
    return leases.claim(connection, run_id="run-1", step=step, owner="anna", now=NOON, ttl=TTL)


def test_a_split_shard_lives_on_in_its_parts(writing):
    """Every entry stands in one part, with its ordinal, and the whole is never claimed again."""
    whole = shards_of(writing, [3])[0]
    ids = [entry.entry_id for entry in entries.of_shard(writing, whole)]

    parts = splitting.split(writing, claim(writing), [ids[:1], ids[1:]], NOON)

    assert [] == entries.of_shard(writing, whole)
    assert [[0], [1, 2]] == [
        [entry.ordinal for entry in entries.of_shard(writing, part)] for part in parts
    ]
    assert parts == [claim(writing).shard_id, claim(writing).shard_id]
    assert claim(writing) is None
    assert parts == shards.of_inventory(writing, 1, Step.INSPECT)
    assert "split" == leases.attempts_of(writing, whole)[0].outcome


def test_a_split_does_not_change_what_progress_adds_up_to(writing):
    """The parts count for the whole, which counts no more."""
    whole = shards_of(writing, [3])[0]
    ids = [entry.entry_id for entry in entries.of_shard(writing, whole)]
    splitting.split(writing, claim(writing), [[i] for i in ids], NOON)
    leases.finish(writing, claim(writing), NOON)

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
    splitting.split(writing, claim(writing), [ids[:1], ids[1:]], NOON)
    leases.finish(writing, claim(writing), NOON)
    last = splitting.split(writing, claim(writing), [[i] for i in ids[1:]], NOON)[-1]

    assert stored == names.get(writing, last, NamesKind.PATHS)
    assert names.get(writing, last, NamesKind.DETAILS) is None


def test_splitting_a_promote_shard_splits_the_shard_under_it(writing):
    """Each part gets an inspected shard of its own, which is done already."""
    subject = shards_of(writing, [2])[0]
    leases.finish(writing, claim(writing), NOON)
    whole = promote_shard(writing, subject, 2)
    ids = [entry.entry_id for entry in entries.of_shard(writing, subject)]

    parts = splitting.split(writing, claim(writing, Step.PROMOTE), [[i] for i in ids], NOON)

    claimed = [claim(writing, Step.PROMOTE), claim(writing, Step.PROMOTE)]
    assert parts == [lease.shard_id for lease in claimed]
    assert whole not in parts
    assert [[0], [1]] == [
        [entry.ordinal for entry in entries.of_shard(writing, lease.entries_shard)]
        for lease in claimed
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
        splitting.split(writing, lease, parts, NOON)

    leases.finish(writing, lease, NOON)


def test_a_late_owner_cannot_split(writing):
    """Only the newest lease decides what becomes of a shard."""
    whole = shards_of(writing, [1])[0]
    ids = [entry.entry_id for entry in entries.of_shard(writing, whole)]
    lease = claim(writing)
    leases.give_back(writing, lease, NOON, "stopped")

    with pytest.raises(LeaseLostError):
        splitting.split(writing, lease, [ids], NOON)
    assert 1 == len(entries.of_shard(writing, whole))
