"""Orders to work that cannot be are named: one changed value in any of them is seen."""

from datetime import timedelta

import pytest
import sqlalchemy as sa

from catalogue import leases, runs, shards, splitting, tables
from catalogue.orders import order_faults
from catalogue.runs import RunState
from catalogue.shards import Step
from tests.corpus.catalogue_rows import MINUTE, NOON, shards_of

HOUR = timedelta(hours=1)


def claimed(connection, step=Step.INSPECT):
    """The next shard of a step, leased."""
    return leases.claim(connection, run_id="run-1", step=step, owner="w", now=NOON, ttl=HOUR)


@pytest.fixture
def worked(writing):
    """A run whose shards were inspected, one after a failure and one in parts, and promoted."""
    first, second = shards_of(writing, [3, 4])
    leases.give_back(writing, claimed(writing), NOON + MINUTE, "failed")
    leases.finish(writing, claimed(writing), NOON + 2 * MINUTE)
    lease = claimed(writing)
    ids = sa.select(tables.entries.c.entry_id).where(tables.entries.c.shard_id == second)
    found = list(writing.execute(ids.order_by(tables.entries.c.entry_id)).scalars())
    splitting.split(writing, lease, [found[:1], found[1:]], NOON + MINUTE)
    while part := claimed(writing):
        leases.finish(writing, part, NOON + MINUTE)
    shards.add(
        writing,
        run_id="run-1",
        inventory_id=1,
        step=Step.PROMOTE,
        lane="group",
        subject_id=first,
        entries=2,
        size=20,
    )
    leases.finish(writing, claimed(writing, Step.PROMOTE), NOON + MINUTE)
    runs.finish(writing, "run-1", RunState.DONE, NOON + HOUR)
    return writing


def promote_row(connection):
    """The number of the promote shard."""
    columns = tables.shards.c
    return connection.execute(
        sa.select(columns.shard_id).where(columns.step == "promote")
    ).scalar_one()


def test_orders_as_they_are_made_are_sound(worked):
    """Failures, splits and promotions leave rows that agree."""
    assert [] == list(order_faults(worked))


@pytest.mark.parametrize(
    "values",
    [
        {"run_id": "run-2"},
        {"inventory_id": 2},
        {"inventory_id": 77},
        {"step": "assess"},
        {"step": "qromote"},
        {"lane": "croup"},
        {"subject_id": None},
        {"subject_id": 2000},
        {"entries": 4},
        {"entries": -1},
        {"bytes": 31},
        {"state": "ready"},
        {"state": "eone"},
        {"owner": "w"},
        {"epoch": 2},
        {"attempts": 2},
    ],
    ids=str,
)
def test_a_changed_value_of_a_shard_is_named(worked, values):
    """The shard of the promotion is named, whichever of its columns was changed."""
    shards_of(worked, [1], source_id="lab", run_id="run-2")
    number = promote_row(worked)
    before = list(order_faults(worked))
    changed = sa.update(tables.shards).where(tables.shards.c.shard_id == number)
    worked.execute(changed.values(**values))

    assert [] == before
    assert f"shards, row {number}" in {row for row, _ in order_faults(worked)}


@pytest.mark.parametrize(
    "values", [{"epoch": 3}, {"ended_at": 1}, {"ended_at": None}, {"outcome": None}], ids=str
)
def test_a_changed_attempt_is_named(worked, values):
    """An attempt that was not made, or ended before it began, belongs to no honest history."""
    number = promote_row(worked)
    worked.execute(
        sa.update(tables.attempts).where(tables.attempts.c.shard_id == number).values(**values)
    )

    assert any(f"row {number}" in row for row, _ in order_faults(worked))


def test_an_attempt_at_no_shard_is_named(worked):
    """A shard that is gone leaves its attempts behind."""
    worked.execute(sa.delete(tables.shards).where(tables.shards.c.step == "promote"))

    assert ["there is no such shard"] == [what for _, what in order_faults(worked)]
