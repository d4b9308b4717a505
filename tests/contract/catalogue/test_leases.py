"""Leases against a pure model: whatever the owners do and whenever, one of them commits."""

from dataclasses import dataclass, field
from datetime import timedelta

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from catalogue import entries, leases, shards, spans, tables
from catalogue.shards import ShardState, Step
from custody.errors import LeaseLostError
from custody.lifecycle import Stage
from tests.corpus.catalogue_rows import MINUTE, NOON, change, shards_of

TTL = 5 * MINUTE
OWNERS = ("anna", "boris", "chloe")


def claim(connection, owner="anna", now=NOON, ttl=TTL, run_id="run-1"):
    """Claim an inspect shard."""
    return leases.claim(connection, run_id=run_id, step=Step.INSPECT, owner=owner, now=now, ttl=ttl)


def rows_of(connection, *names):
    """Everything that stands in some tables."""
    return [connection.execute(sa.select(tables.metadata.tables[n])).all() for n in names]


@dataclass
class ModelShard:
    """What a shard is, in the words of the rules."""

    state: ShardState = ShardState.READY
    epoch: int = 0
    until: object = None
    commits: list = field(default_factory=list)


class Model:
    """The rules of leases without a database."""

    def __init__(self, ids):
        self.shards = {shard_id: ModelShard() for shard_id in ids}

    def claimable(self, now):
        """The first shard that somebody may have now."""
        return min(
            (
                shard_id
                for shard_id, shard in self.shards.items()
                if shard.state is ShardState.READY
                or (shard.state is ShardState.LEASED and shard.until <= now)
            ),
            default=None,
        )

    def owns(self, lease):
        """Whether a lease is the newest of its shard and the shard is not ended."""
        shard = self.shards[lease.shard_id]
        return shard.state is ShardState.LEASED and shard.epoch == lease.epoch


actions = st.lists(
    st.tuples(
        st.sampled_from(["claim", "claim", "renew", "finish", "give back", "wait"]),
        st.sampled_from(OWNERS),
        st.integers(min_value=0, max_value=8),
    ),
    max_size=40,
)


@settings(
    max_examples=60,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(steps=actions)
def test_no_interleaving_commits_twice_or_loses_a_shard(catalogue, steps):
    """Owners that claim, renew, end, stall and come back late agree with the model at each step."""
    with catalogue.write() as connection:
        for table in reversed(tables.metadata.sorted_tables):
            connection.execute(sa.delete(table))
        model = Model(shards_of(connection, [1, 1, 1]))
    owned = dict.fromkeys(OWNERS)
    now = NOON
    for action, owner, minutes in steps:
        now += minutes * MINUTE if action == "wait" else timedelta(0)
        take_turn(catalogue, model, owned, action, owner, now)
    drain(catalogue, model, now + TTL)

    assert all(len(shard.commits) == 1 for shard in model.shards.values())
    with catalogue.read() as connection:
        assert shards.all_done(connection, "run-1", Step.INSPECT)
        for shard_id, shard in model.shards.items():
            tries = leases.attempts_of(connection, shard_id)
            assert list(range(1, shard.epoch + 1)) == [attempt.epoch for attempt in tries]
            done = [attempt.epoch for attempt in tries if attempt.outcome == "done"]
            assert shard.commits == done


def take_turn(catalogue, model, owned, action, owner, now):
    """Do one thing to the catalogue and to the model, and compare what both say."""
    lease = owned[owner]
    if action == "claim":
        expected = model.claimable(now)
        with catalogue.write() as connection:
            owned[owner] = lease = claim(connection, owner, now)
        assert expected == (None if lease is None else lease.shard_id)
        if lease is not None:
            shard = model.shards[lease.shard_id]
            shard.state, shard.epoch, shard.until = ShardState.LEASED, shard.epoch + 1, now + TTL
            assert (shard.epoch, shard.epoch) == (lease.epoch, lease.attempts)
    elif lease is not None and action != "wait":
        end_turn(catalogue, model, lease, action, now)


def end_turn(catalogue, model, lease, action, now):
    """Renew, end or give back a lease; a lost one must raise and change nothing."""
    expected = model.owns(lease)
    with catalogue.read() as connection:
        before = rows_of(connection, "shards", "attempts")
    try:
        with catalogue.write() as connection:
            act(connection, lease, action, now)
    except LeaseLostError:
        assert not expected
        with catalogue.read() as connection:
            assert before == rows_of(connection, "shards", "attempts")
        return
    assert expected
    shard = model.shards[lease.shard_id]
    if action == "renew":
        shard.until = now + TTL
    elif action == "finish":
        shard.state = ShardState.DONE
        shard.commits.append(lease.epoch)
    else:
        shard.state = ShardState.READY


def act(connection, lease, action, now):
    """What an owner can do with a lease."""
    match action:
        case "renew":
            leases.renew(connection, lease, now, TTL)
        case "finish":
            leases.finish(connection, lease, now)
        case _:
            leases.give_back(connection, lease, now, "stopped")


def drain(catalogue, model, now):
    """Let one diligent owner end whatever is left."""
    while True:
        with catalogue.write() as connection:
            lease = claim(connection, "last", now)
            if lease is None:
                return
            leases.finish(connection, lease, now)
        shard = model.shards[lease.shard_id]
        shard.state, shard.epoch = ShardState.DONE, shard.epoch + 1
        shard.commits.append(lease.epoch)


def test_a_late_owner_commits_nothing(catalogue):
    """What a late owner wrote beside its shard in the same transaction is undone with it."""
    with catalogue.write() as connection:
        shard_id = shards_of(connection, [1])[0]
        late = claim(connection, "late")
    with catalogue.write() as connection:
        assert shard_id == claim(connection, "next", NOON + TTL).shard_id
        entry = entries.of_shard(connection, shard_id)[0]

    def commit_late():
        with catalogue.write() as connection:
            entries.update(connection, [change(entry, Stage.QUARANTINED)])
            leases.finish(connection, late, NOON + TTL)

    with pytest.raises(LeaseLostError, match="another owner"):
        commit_late()
    with catalogue.read() as connection:
        assert [entry] == entries.of_shard(connection, shard_id)


def test_an_attempt_is_on_record_before_its_work_starts(catalogue):
    """A worker that dies leaves its attempt behind, so that three deaths are counted."""
    with catalogue.write() as connection:
        shard_id = shards_of(connection, [1])[0]
    seen = []
    for turn in range(3):
        with catalogue.write() as connection:
            seen.append(claim(connection, f"worker-{turn}", NOON + turn * TTL).attempts)

    with catalogue.read() as connection:
        tries = leases.attempts_of(connection, shard_id)
    assert [1, 2, 3] == seen
    assert ["worker-0", "worker-1", "worker-2"] == [attempt.owner for attempt in tries]
    assert [None, None, None] == [attempt.ended_at for attempt in tries]


def test_nothing_is_leased_before_the_inventory_is_complete(catalogue):
    """No byte is read while the list of the source is still being made."""
    from tests.corpus.catalogue_rows import complete, listed, new_entry, shard_of

    with catalogue.write() as connection:
        inventory_id = listed(connection)
        shard_id = shard_of(connection, inventory_id, [new_entry(0)])
        assert claim(connection) is None
        complete(connection, inventory_id, 1)
        assert shard_id == claim(connection).shard_id


def test_shards_are_claimed_in_order_and_only_once(writing):
    """Three owners get three shards, a fourth one none."""
    ids = shards_of(writing, [1, 1, 1])

    claimed = [claim(writing, owner) for owner in OWNERS]

    assert ids == [lease.shard_id for lease in claimed]
    assert claim(writing, "daphne") is None


def test_no_more_of_a_source_is_leased_at_once_than_is_allowed(writing):
    """Others' shards go meanwhile; one that ends makes room, and one whose owner is dead does."""
    nas, pacs = (shards_of(writing, [1, 1, 1], source_id=name) for name in ("nas", "pacs"))
    asked = {"run_id": "run-1", "step": Step.INSPECT, "ttl": MINUTE, "at_once": 2}

    taken = [leases.claim(writing, owner="anna", now=NOON, **asked) for _ in range(5)]
    assert [*nas[:2], *pacs[:2]] == [lease.shard_id for lease in taken if lease]
    leases.finish(writing, taken[2], NOON)
    assert pacs[2] == leases.claim(writing, owner="ben", now=NOON, **asked).shard_id
    assert leases.claim(writing, owner="ben", now=NOON, **asked) is None

    later = NOON + 2 * MINUTE
    again = [leases.claim(writing, owner="ben", now=later, **asked) for _ in range(5)]
    assert [*nas[:2], *pacs[1:]] == [lease.shard_id for lease in again if lease]


def test_a_run_out_lease_goes_before_later_shards(writing):
    """What a dead owner left is taken up before what nobody has touched."""
    first, _second = shards_of(writing, [1, 1])
    claim(writing, "dead")

    assert first == claim(writing, "next", NOON + TTL).shard_id


def test_a_renewed_lease_is_kept(writing):
    """An owner that renews in time keeps its shard past the first deadline."""
    shards_of(writing, [1])
    lease = claim(writing)
    leases.renew(writing, lease, NOON + 4 * MINUTE, TTL)

    assert claim(writing, "next", NOON + 8 * MINUTE) is None
    assert lease.shard_id == claim(writing, "next", NOON + 9 * MINUTE).shard_id


def test_a_shard_given_back_is_ready_and_remembers_why(writing):
    """Giving back frees the shard and ends the attempt with its outcome."""
    shard_id = shards_of(writing, [1])[0]
    leases.give_back(writing, claim(writing), NOON + MINUTE, "interrupted")

    attempt = leases.attempts_of(writing, shard_id)[0]
    assert ("interrupted", NOON + MINUTE) == (attempt.outcome, attempt.ended_at)
    assert 2 == claim(writing, "next", NOON + MINUTE).attempts


def test_leases_of_another_run_and_step_are_left_alone(writing):
    """A claim sees its own run and step only."""
    shards_of(writing, [1])

    assert claim(writing, run_id="run-2") is None
    assert (
        leases.claim(writing, run_id="run-1", step=Step.PROMOTE, owner="a", now=NOON, ttl=TTL)
        is None
    )
    assert not leases.is_open(writing, "run-1", Step.PROMOTE)
    assert not leases.is_open(writing, "run-2", Step.INSPECT)


def test_a_step_is_open_until_its_last_shard_is_ended(writing):
    """Leased or given back, a shard is still to be ended; by whom is all the same."""

    def is_open():
        return leases.is_open(writing, "run-1", Step.INSPECT)

    shards_of(writing, [1])
    seen = [is_open()]
    lease = claim(writing)
    seen.append(is_open())
    leases.give_back(writing, lease, NOON, "cut off")
    seen.append(is_open())
    leases.finish(writing, claim(writing, "next"), NOON)

    assert [True, True, True, False] == [*seen, is_open()]


def test_the_leases_of_dead_owners_run_out(writing):
    """Only the leases of owners with the given beginning can be claimed by another at once."""
    first, second = shards_of(writing, [1, 1])
    claimed = {"run_id": "run-1", "step": Step.INSPECT, "now": NOON, "ttl": MINUTE}
    leases.claim(writing, owner="here:1", **claimed)
    leases.claim(writing, owner="there:1", **claimed)

    expired = leases.expire(writing, "here:", NOON)

    taken = [leases.claim(writing, owner="here:2", **claimed) for _ in range(2)]
    assert (1, first, None) == (expired, taken[0].shard_id, taken[1])
    assert second != first


def test_spans_say_when_a_step_was_worked_on(writing):
    """From the first start to the last end since a moment; what is open or older does not count."""
    first, second, third = shards_of(writing, [1, 1, 1])
    leases.finish(writing, claim(writing, now=NOON), NOON + MINUTE)
    leases.finish(writing, claim(writing, now=NOON + 2 * MINUTE), NOON + 4 * MINUTE)
    claim(writing, now=NOON + 3 * MINUTE)

    whole = spans.of_run(writing, "run-1", NOON)
    later = spans.of_run(writing, "run-1", NOON + MINUTE)

    assert len({first, second, third}) == 3
    assert {Step.INSPECT: (NOON, NOON + 4 * MINUTE)} == whole
    assert {Step.INSPECT: (NOON + 2 * MINUTE, NOON + 4 * MINUTE)} == later
    assert {} == spans.of_run(writing, "run-2", NOON)
