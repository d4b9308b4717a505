"""Inventories: the list of a source's entries, complete before the first byte is read."""

from dataclasses import dataclass
from enum import Enum, unique
from typing import Any

import sqlalchemy as sa

from catalogue import tables
from catalogue.statements import insert_one


@unique
class InventoryState(Enum):
    """Whether a list is whole. Shards of one that is not are never leased."""

    LISTING = "listing"
    COMPLETE = "complete"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredInventory:
    """The list of a source's entries as one run made it. `listed` counts, `size` is in bytes."""

    inventory_id: int
    run_id: str
    source_id: str
    snapshot_id: int | None
    state: InventoryState
    listed: int
    size: int


def begin(connection: sa.Connection, run_id: str, source_id: str, snapshot_id: int | None) -> int:
    """Begin the list of a source in a run and return its number."""
    row = {
        "run_id": run_id,
        "source_id": source_id,
        "snapshot_id": snapshot_id,
        "state": InventoryState.LISTING.value,
    }
    return insert_one(connection, tables.inventories, row)


def discard(connection: sa.Connection, inventory_id: int) -> None:
    """Empty a list that was cut short, so that it is made again; its number stays, and its run too.

    Raises:
        RuntimeError: the list is complete, or there is none.
    """
    if _state(connection, inventory_id) is not InventoryState.LISTING:
        raise RuntimeError("only an incomplete inventory can be discarded")
    shards = tables.shards.c
    own_shards = sa.select(shards.shard_id).where(shards.inventory_id == inventory_id)
    for table in (tables.names, tables.attempts):
        connection.execute(sa.delete(table).where(table.c.shard_id.in_(own_shards)))
    for table in (tables.entries, tables.shards):
        connection.execute(sa.delete(table).where(table.c.inventory_id == inventory_id))


def complete(connection: sa.Connection, inventory_id: int, listed: int, size: int) -> None:
    """Close a list: `listed` entries of `size` bytes; from now on its shards can be leased.

    Raises:
        RuntimeError: the list is complete already, or it does not hold that many entries.
    """
    if _state(connection, inventory_id) is not InventoryState.LISTING:
        raise RuntimeError("only an incomplete inventory can be completed")
    own = tables.entries.c.inventory_id == inventory_id
    stored = connection.execute(sa.select(sa.func.count()).where(own)).scalar_one()
    if stored != listed:
        raise RuntimeError(f"an inventory of {listed} entries has {stored} in the catalogue")
    connection.execute(
        sa.update(tables.inventories)
        .where(tables.inventories.c.inventory_id == inventory_id)
        .values(state=InventoryState.COMPLETE.value, listed=listed, bytes=size)
    )


def of_run(connection: sa.Connection, run_id: str) -> list[StoredInventory]:
    """Return the inventories of a run, in the order they were begun."""
    columns = tables.inventories.c
    statement = sa.select(tables.inventories).where(columns.run_id == run_id)
    rows = connection.execute(statement.order_by(columns.inventory_id))
    return [_inventory(row) for row in rows]


def _state(connection: sa.Connection, inventory_id: int) -> InventoryState | None:
    columns = tables.inventories.c
    statement = sa.select(columns.state).where(columns.inventory_id == inventory_id)
    state = connection.execute(statement).scalar()
    return None if state is None else InventoryState(state)


def _inventory(row: sa.Row[Any]) -> StoredInventory:
    return StoredInventory(
        inventory_id=row.inventory_id,
        run_id=row.run_id,
        source_id=row.source_id,
        snapshot_id=row.snapshot_id,
        state=InventoryState(row.state),
        listed=row.listed,
        size=row.bytes,
    )
