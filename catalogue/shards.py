"""Shards: the units of work of a run's three steps, and how far they are."""

from dataclasses import dataclass
from enum import Enum, unique
from typing import Any

import sqlalchemy as sa

from catalogue import tables
from catalogue.statements import insert_one
from custody.source import LAST_WAVE


@unique
class Step(Enum):
    """The three leased steps of a run, and that of a re-scan."""

    INSPECT = "inspect"
    ASSESS = "assess"
    PROMOTE = "promote"
    RESCAN = "rescan"


@unique
class ShardState(Enum):
    """Where a shard stands; a split one lives on in its parts."""

    READY = "ready"
    LEASED = "leased"
    DONE = "done"
    SPLIT = "split"


OPEN_STATES = (ShardState.READY.value, ShardState.LEASED.value)


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a step of a run is; split shards are counted by their parts."""

    shards: int
    shards_done: int
    entries: int
    entries_done: int
    size: int
    size_done: int


def add(
    connection: sa.Connection,
    *,
    run_id: str,
    inventory_id: int,
    step: Step,
    lane: str,
    entries: int,
    size: int,
    subject_id: int | None = None,
) -> int:
    """Add a shard and return its number; it can be leased once its inventory is complete.

    It enters the wave of its source.
    """
    row = {
        "run_id": run_id,
        "inventory_id": inventory_id,
        "step": step.value,
        "lane": lane,
        "subject_id": subject_id,
        "entries": entries,
        "bytes": size,
        "state": ShardState.READY.value,
        "wave": wave_of(connection, inventory_id),
    }
    return insert_one(connection, tables.shards, row)


def enter_wave(connection: sa.Connection, source_id: str, wave: int) -> None:
    """Put the open shards of a source into a wave; who works on one ends it."""
    columns, inventory = tables.shards.c, tables.inventories.c
    own = sa.select(inventory.inventory_id).where(inventory.source_id == source_id)
    connection.execute(
        sa.update(tables.shards)
        .where(
            columns.inventory_id.in_(own),
            columns.state.in_(OPEN_STATES),
            columns.wave != wave,
        )
        .values(wave=wave)
    )


def wave_of(connection: sa.Connection, inventory_id: int) -> int:
    """Return the wave of the source of an inventory: that of each open shard of it."""
    inventory, source = tables.inventories.c, tables.sources.c
    statement = (
        sa.select(source.wave)
        .join(tables.inventories, inventory.source_id == source.source_id)
        .where(inventory.inventory_id == inventory_id)
    )
    found = connection.execute(statement).scalar()
    return LAST_WAVE if found is None else int(found)


def close(connection: sa.Connection, run_id: str) -> None:
    """End the open shards of what nobody goes on with: whoever holds one loses it."""
    columns = tables.shards.c
    connection.execute(
        sa.update(tables.shards)
        .where(columns.run_id == run_id, columns.state.in_(OPEN_STATES))
        .values(state=ShardState.DONE.value, owner=None, lease_until=None)
    )


def counts(connection: sa.Connection, run_id: str) -> dict[Step, dict[ShardState, int]]:
    """Return how many shards of a run stand in each state, by step."""
    columns = tables.shards.c
    statement = (
        sa.select(columns.step, columns.state, sa.func.count())
        .where(columns.run_id == run_id)
        .group_by(columns.step, columns.state)
    )
    found: dict[Step, dict[ShardState, int]] = {}
    for step, state, count in connection.execute(statement):
        found.setdefault(Step(step), {})[ShardState(state)] = count
    return found


def progress(connection: sa.Connection, run_id: str) -> dict[Step, Progress]:
    """Return how far each step of a run is."""
    columns = tables.shards.c
    done = columns.state == ShardState.DONE.value
    totals = (sa.literal(1), columns.entries, columns.bytes)
    sums = [s for t in totals for s in (sa.func.sum(t), sa.func.sum(sa.case((done, t), else_=0)))]
    statement = (
        sa.select(columns.step, *sums)
        .where(columns.run_id == run_id, columns.state != ShardState.SPLIT.value)
        .group_by(columns.step)
    )
    found: dict[Step, Progress] = {}
    for step, *values in connection.execute(statement):
        # PostgreSQL sums 64-bit numbers into decimals.
        shards, shards_done, entries_, entries_done, size, size_done = map(int, values)
        found[Step(step)] = Progress(
            shards=shards,
            shards_done=shards_done,
            entries=entries_,
            entries_done=entries_done,
            size=size,
            size_done=size_done,
        )
    return found


def all_done(
    connection: sa.Connection, run_id: str, step: Step, *, inventory_id: int | None = None
) -> bool:
    """Whether a step of a run, or of one of its inventories, has shards and none is open.

    A step without any shard is not done: nothing was planned, so nothing was looked at.
    """
    columns = tables.shards.c
    own = [columns.run_id == run_id, columns.step == step.value]
    if inventory_id is not None:
        own.append(columns.inventory_id == inventory_id)
    some = sa.exists().where(*own)
    open_ = sa.exists().where(*own, columns.state.in_(OPEN_STATES))
    return bool(connection.execute(sa.select(some & ~open_)).scalar_one())


def of_inventory(connection: sa.Connection, inventory_id: int, step: Step) -> list[int]:
    """Return the shards of a step of an inventory that were not split, in order."""
    columns = tables.shards.c
    statement = sa.select(columns.shard_id).where(
        columns.inventory_id == inventory_id,
        columns.step == step.value,
        columns.state != ShardState.SPLIT.value,
    )
    return list(connection.execute(statement.order_by(columns.shard_id)).scalars())


def row_of(connection: sa.Connection, shard_id: int) -> sa.Row[Any]:
    """Return the row of a shard, which is there."""
    statement = sa.select(tables.shards).where(tables.shards.c.shard_id == shard_id)
    return connection.execute(statement).one()
