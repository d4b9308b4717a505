"""What piles up comes newest first and in a bounded number, on every database."""

from datetime import timedelta

from catalogue import groups, leases, newest, recalls, shards
from catalogue.groups import Alarm
from catalogue.recalls import Act
from catalogue.shards import Step
from custody.digest import digest_of
from tests.corpus.catalogue_rows import MINUTE, NOON, complete, listed, new_entry, shard_of


def test_the_newest_runs_come_first(writing):
    """As many as asked for."""
    for number in (1, 2, 3):
        listed(writing, run_id=f"run-{number}", source_id=f"source-{number}")

    assert ["run-3", "run-2"] == [run.run_id for run in newest.runs(writing, 2)]


def test_attempts_that_failed_are_counted_by_what_was_said(writing):
    """One that was done is no failure, and one that is under way is none yet."""
    inventory = listed(writing)
    for n in range(3):
        shard_of(writing, inventory, [new_entry(n)])
    complete(writing, inventory, 3)
    for outcome in ("the box ended", "the box ended", None):
        lease = _claimed(writing)
        if outcome:
            leases.give_back(writing, lease, NOON, outcome)
        else:
            leases.finish(writing, lease, NOON)
    _claimed(writing)

    assert [("the box ended", 2)] == newest.failed_attempts(writing, "run-1", 5)
    assert [] == newest.failed_attempts(writing, "run-2", 5)
    assert 3 == sum(shards.counts(writing, "run-1")[Step.INSPECT].values())


def _claimed(connection):
    claimed = leases.claim(
        connection, run_id="run-1", step=Step.INSPECT, owner="worker", now=NOON, ttl=MINUTE
    )
    assert claimed is not None
    return claimed


def test_recalls_come_with_their_numbers_of_contents(writing):
    """The newest first."""
    for number in (1, 2):
        act = Act(
            recall_id=f"recall-{number}",
            cause="decision",
            manifest=digest_of(b"m"),
            at=NOON + number * timedelta(hours=1),
        )
        recalls.add(writing, act, {digest_of(bytes([n])): "bad" for n in range(number)})

    found = newest.acts(writing, 5)
    assert [("recall-2", 2), ("recall-1", 1)] == [(a.act.recall_id, a.contents) for a in found]
    assert found[:1] == newest.acts(writing, 1)


def test_alarms_are_counted_by_inventory(writing):
    """Without reading their evidence."""
    alarms = [
        Alarm(kind="directory", key=bytes([n] * 16), alarm=alarm, evidence={})
        for n, alarm in enumerate(("note", "note", "burst"))
    ]
    groups.replace(writing, 7, alarms)

    assert {(7, "note"): 2, (7, "burst"): 1} == groups.counted(writing, [7, 8])
