"""Waves on every database: what care waits for is leased first, whoever asks and whenever."""

from dataclasses import replace

import pytest

from catalogue import leases, shards, sources, splitting, waves
from catalogue.entries import of_shard
from catalogue.shards import Step
from custody.source import LAST_WAVE
from tests.corpus.catalogue_rows import (
    MINUTE,
    NOON,
    complete,
    listed,
    new_entry,
    shard_of,
    shards_of,
    source,
)

TTL = 5 * MINUTE


def claim(connection, owner="anna", *, step=Step.INSPECT, now=NOON, **limit):
    """Claim a shard of the run."""
    return leases.claim(
        connection, run_id="run-1", step=step, owner=owner, now=now, ttl=TTL, **limit
    )


def enter(connection, source_id, wave):
    """Register a source again, in a wave."""
    sources.register(connection, replace(source(source_id), wave=wave), NOON)


def in_waves(connection, **waved):
    """List sources of two shards each, one after the other, and put them into waves."""
    made = {name: shards_of(connection, [1, 1], source_id=name) for name in waved}
    for name, wave in waved.items():
        enter(connection, name, wave)
    return made


def assess_shard(connection, inventory_id):
    """The group of a source."""
    return shards.add(
        connection,
        run_id="run-1",
        inventory_id=inventory_id,
        step=Step.ASSESS,
        lane="group",
        entries=2,
        size=20,
    )


def test_owners_share_the_urgent_wave_before_the_next_one(writing):
    """Three owners in turn take wave 1, then 2, then the rest, each shard once."""
    made = in_waves(writing, archive=LAST_WAVE, records=2, radiology=1)

    taken = [claim(writing, owner) for owner in ("anna", "boris", "chloe") * 2]

    expected = [*made["radiology"], *made["records"], *made["archive"]]
    assert expected == [lease.shard_id for lease in taken]
    assert claim(writing, "anna") is None


def test_owners_at_once_take_no_shard_twice(catalogue):
    """A second owner whose claim overlaps the first gets the next shard of the same wave."""
    with catalogue.write() as connection:
        made = in_waves(connection, archive=LAST_WAVE, radiology=1)
    with catalogue.write() as connection:
        first = claim(connection, "anna")
    with catalogue.write() as connection:
        second, third = claim(connection, "boris"), claim(connection, "chloe")

    assert [*made["radiology"], made["archive"][0]] == [
        lease.shard_id for lease in (first, second, third)
    ]


def test_a_claim_up_to_a_wave_leaves_later_ones_alone(writing):
    """Who drains wave 1 takes nothing of wave 2, and sees none of it as open."""
    made = in_waves(writing, records=2, radiology=1)
    taken = [claim(writing, wave=1) for _ in range(2)]

    assert made["radiology"] == [lease.shard_id for lease in taken]
    assert claim(writing, wave=1) is None
    assert leases.is_open(writing, "run-1", Step.INSPECT, wave=1)
    for lease in taken:
        leases.finish(writing, lease, NOON)
    assert not leases.is_open(writing, "run-1", Step.INSPECT, wave=1)
    assert leases.is_open(writing, "run-1", Step.INSPECT)
    assert 2 == leases.open_wave(writing, "run-1")


def test_a_run_out_lease_of_a_later_wave_does_not_go_before_an_urgent_shard(writing):
    """What a dead owner left waits until what care waits for is taken."""
    made = in_waves(writing, records=2, radiology=1)
    enter(writing, "records", 1)
    enter(writing, "radiology", 2)
    dead = claim(writing, "dead")
    enter(writing, "records", 2)
    enter(writing, "radiology", 1)

    taken = [claim(writing, "next", now=NOON + TTL).shard_id for _ in range(3)]

    assert made["records"][0] == dead.shard_id
    assert [*made["radiology"], dead.shard_id] == taken


def test_a_source_that_becomes_urgent_meanwhile_is_next(writing):
    """Its open shards move; a shard of its own that is in hand is ended as it is."""
    made = in_waves(writing, records=2, archive=LAST_WAVE)
    in_hand = claim(writing)
    enter(writing, "archive", 1)

    assert made["archive"][0] == claim(writing).shard_id
    leases.finish(writing, in_hand, NOON)
    assert 1 == leases.open_wave(writing, "run-1")


def test_the_parts_of_a_split_shard_stay_in_its_wave(writing):
    """A shard that fails is taken apart, and its parts go before later waves."""
    first, _ = in_waves(writing, records=2, radiology=1)["radiology"]
    ids = [entry.entry_id for entry in of_shard(writing, first)]
    part = splitting.split(writing, claim(writing), [ids], NOON)[0]

    taken = [claim(writing).shard_id for _ in range(2)]

    assert part in taken


def test_what_is_branched_off_an_ended_shard_enters_the_wave_of_its_source(writing):
    """It is released after its source was moved: its two shards stay in one wave."""
    (first,) = shards_of(writing, [2])
    leases.finish(writing, claim(writing), NOON)
    enter(writing, "pacs", 1)
    ids = [entry.entry_id for entry in of_shard(writing, first)]

    branched = splitting.branch(writing, first, ids[:1])

    assert 1 == leases.open_wave(writing, "run-1")
    taken = claim(writing, wave=1)
    assert (branched, 1) == (taken.shard_id, taken.wave)


def test_nothing_is_assessed_that_is_not_inspected_whole(writing):
    """A source that enters an earlier wave while that one is assessed waits for its inspection."""
    inventory_id = listed(writing)
    shard_of(writing, inventory_id, [new_entry(0)])
    group = assess_shard(writing, inventory_id)
    complete(writing, inventory_id, 1)

    before = (claim(writing, step=Step.ASSESS), leases.is_open(writing, "run-1", Step.ASSESS))
    leases.finish(writing, claim(writing), NOON)

    assert (None, False) == before
    assert leases.is_open(writing, "run-1", Step.ASSESS)
    assert group == claim(writing, step=Step.ASSESS).shard_id


def test_a_wave_is_listed_when_its_turn_comes(writing):
    """The most urgent wave that is not listed or not done is next; what is listed waits for it."""
    later = listed(writing, source_id="records")
    enter(writing, "records", 2)
    urgent = listed(writing, source_id="radiology")
    enter(writing, "radiology", 1)

    seen = [(waves.next_of(writing, "run-1"), waves.unlisted(writing, "run-1", 1))]
    shard_of(writing, urgent, [new_entry(0)])
    complete(writing, urgent, 1)
    seen.append((waves.next_of(writing, "run-1"), waves.unlisted(writing, "run-1", 1)))
    in_turn = waves.sources_in_turn(writing, "run-1")
    leases.finish(writing, claim(writing), NOON)
    seen.append((waves.next_of(writing, "run-1"), waves.unlisted(writing, "run-1", 2)))

    assert [(1, {urgent}), (1, set()), (2, {later})] == seen
    assert (1, 2) == (in_turn, waves.sources_in_turn(writing, "run-1"))


@pytest.mark.parametrize("ended", [0, 1, 2])
def test_the_progress_of_a_wave_tells_its_step_and_what_is_in_hand(writing, ended):
    """Each wave tells its sources, the first step that is not done, and the shards in hand."""
    in_waves(writing, archive=LAST_WAVE, radiology=1)
    for _ in range(ended):
        leases.finish(writing, claim(writing), NOON)
    claim(writing)

    found = waves.progress(writing, "run-1")

    assert [1, LAST_WAVE] == [each.wave for each in found]
    assert [(1, 1), (1, 1)] == [(each.sources, each.listed) for each in found]
    in_hand = [(each.step, each.entries_done, each.leased) for each in found]
    urgent = (None, 0, 0) if ended == 2 else (Step.INSPECT, ended, 1)
    assert [urgent, (Step.INSPECT, 0, 1 if ended == 2 else 0)] == in_hand
