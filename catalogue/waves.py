"""Waves of a run: which sources come first, and how far each wave is."""

from dataclasses import dataclass

import sqlalchemy as sa

from catalogue import leases, tables
from catalogue.inventories import InventoryState
from catalogue.shards import ShardState, Step

STEPS = (Step.INSPECT, Step.ASSESS, Step.PROMOTE)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaveProgress:
    """How far one wave of a run is.

    Of its `sources`, `listed` are listed whole. `step` is the first one that is not done, and None
    when all are; `entries_done` of its `entries` are done, and `leased` of its shards are in hand.
    """

    wave: int
    sources: int
    listed: int
    step: Step | None
    entries: int
    entries_done: int
    leased: int


def next_of(connection: sa.Connection, run_id: str) -> int | None:
    """Return the most urgent wave that has a source to be listed, or shards to be ended."""
    inventory, source = tables.inventories.c, tables.sources.c
    to_list = (
        sa.select(sa.func.min(source.wave))
        .join(tables.inventories, inventory.source_id == source.source_id)
        .where(inventory.run_id == run_id, inventory.state == InventoryState.LISTING.value)
    )
    found = (connection.execute(to_list).scalar(), leases.open_wave(connection, run_id))
    return min((wave for wave in found if wave is not None), default=None)


def unlisted(connection: sa.Connection, run_id: str, wave: int) -> set[int]:
    """Return the inventories of a run that are to be listed in a wave, or were in one before it."""
    inventory, source = tables.inventories.c, tables.sources.c
    statement = (
        sa.select(inventory.inventory_id)
        .join(tables.sources, inventory.source_id == source.source_id)
        .where(
            inventory.run_id == run_id,
            inventory.state == InventoryState.LISTING.value,
            source.wave <= wave,
        )
    )
    return set(connection.execute(statement).scalars())


def sources_in_turn(connection: sa.Connection, run_id: str) -> int:
    """Return how many sources of a run are listed, or to be listed in the wave in hand."""
    wave = next_of(connection, run_id)
    inventory = tables.inventories.c
    listed = sa.select(sa.func.count()).where(
        inventory.run_id == run_id, inventory.state == InventoryState.COMPLETE.value
    )
    waiting = 0 if wave is None else len(unlisted(connection, run_id, wave))
    return int(connection.execute(listed).scalar_one()) + waiting


def progress(connection: sa.Connection, run_id: str) -> list[WaveProgress]:
    """Return how far each wave of a run is, the most urgent first."""
    inventory, source = tables.inventories.c, tables.sources.c
    listed = sa.case((inventory.state == InventoryState.COMPLETE.value, 1), else_=0)
    counted = (
        sa.select(source.wave, sa.func.count(), sa.func.sum(listed))
        .join(tables.inventories, inventory.source_id == source.source_id)
        .where(inventory.run_id == run_id)
        .group_by(source.wave)
        .order_by(source.wave)
    )
    stand = _shards(connection, run_id)
    return [
        _progress(wave, sources, int(whole), stand.get(wave, {}))
        for wave, sources, whole in connection.execute(counted).all()
    ]


_Counts = dict[ShardState, tuple[int, int]]


def _shards(connection: sa.Connection, run_id: str) -> dict[int, dict[Step, _Counts]]:
    """Return shards and entries of a run by wave, step and state."""
    shard, inventory, source = tables.shards.c, tables.inventories.c, tables.sources.c
    by = (source.wave, shard.step, shard.state)
    statement = (
        sa.select(*by, sa.func.count(), sa.func.sum(shard.entries))
        .select_from(tables.shards)
        .join(tables.inventories, inventory.inventory_id == shard.inventory_id)
        .join(tables.sources, source.source_id == inventory.source_id)
        .where(shard.run_id == run_id, shard.state != ShardState.SPLIT.value)
        .group_by(*by)
    )
    found: dict[int, dict[Step, _Counts]] = {}
    for wave, step, state, count, entries in connection.execute(statement):
        of_step = found.setdefault(wave, {}).setdefault(Step(step), {})
        of_step[ShardState(state)] = (count, int(entries))
    return found


def _progress(wave: int, sources: int, listed: int, stand: dict[Step, _Counts]) -> WaveProgress:
    open_ = [step for step in STEPS if set(stand.get(step, {})) - {ShardState.DONE}]
    own = stand[open_[0]] if open_ else {}
    return WaveProgress(
        wave=wave,
        sources=sources,
        listed=listed,
        step=open_[0] if open_ else None,
        entries=sum(entries for _, entries in own.values()),
        entries_done=own.get(ShardState.DONE, (0, 0))[1],
        leased=own.get(ShardState.LEASED, (0, 0))[0],
    )
