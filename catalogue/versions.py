"""The snapshots of each volume, and every version of some paths in them."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from catalogue import tables
from catalogue.entries import StoredEntry, stored_entry
from catalogue.inventories import InventoryState
from catalogue.runs import RunState
from catalogue.statements import in_batches
from catalogue.times import from_microseconds, from_microseconds_or_none
from custody.digest import Digest

NAMES_AT_ONCE = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class SnapshotInventory:
    """The newest complete inventory of one image of a source; `taken_at` as it was declared."""

    inventory_id: int
    run_id: str
    run_state: RunState
    started_at: datetime
    profile: Digest
    policy: Digest
    source_id: str
    case: str
    site: str
    host: str
    volume: str
    decryptor: str
    taken_at: datetime | None
    listed: int


def snapshot_inventories(connection: sa.Connection, case_id: str) -> list[SnapshotInventory]:
    """Return the newest complete inventory of every snapshot of a case, oldest first."""
    inventory = tables.inventories.c
    newest = (
        sa.select(sa.func.max(inventory.inventory_id).label("inventory_id"))
        .where(inventory.state == InventoryState.COMPLETE.value)
        .group_by(inventory.source_id, inventory.snapshot_id)
        .subquery()
    )
    known = _inventories().join(newest, inventory.inventory_id == newest.c.inventory_id)
    statement = known.where(tables.sources.c.case_id == case_id)
    return [_inventory(row) for row in connection.execute(statement)]


def inventories_of(
    connection: sa.Connection, run_ids: Collection[str], source_ids: Collection[str]
) -> list[SnapshotInventory]:
    """Return the complete inventories of some sources in some runs, oldest first."""
    inventory = tables.inventories.c
    statement = _inventories().where(
        inventory.state == InventoryState.COMPLETE.value,
        inventory.run_id.in_(run_ids),
        inventory.source_id.in_(source_ids),
    )
    return [_inventory(row) for row in connection.execute(statement)]


def _inventories() -> sa.Select[tuple[Any, ...]]:
    inventory, source, run = tables.inventories.c, tables.sources.c, tables.runs.c
    return (
        sa.select(
            *(inventory.inventory_id, inventory.run_id, inventory.listed, run.state),
            *(run.started_at, run.profile, run.policy, source.source_id, source.case_id),
            *(source.site, source.host, source.volume, source.decryptor),
            tables.snapshots.c.taken_at,
        )
        .select_from(tables.inventories)
        .join(tables.sources, source.source_id == inventory.source_id)
        .join(tables.runs, run.run_id == inventory.run_id)
        .outerjoin(tables.snapshots, tables.snapshots.c.snapshot_id == inventory.snapshot_id)
        .order_by(inventory.inventory_id)
    )


def _inventory(row: sa.Row[Any]) -> SnapshotInventory:
    return SnapshotInventory(
        inventory_id=row.inventory_id,
        run_id=row.run_id,
        run_state=RunState(row.state),
        started_at=from_microseconds(row.started_at),
        profile=row.profile,
        policy=row.policy,
        source_id=row.source_id,
        case=row.case_id,
        site=row.site,
        host=row.host,
        volume=row.volume or "",
        decryptor=row.decryptor or "",
        taken_at=from_microseconds_or_none(row.taken_at),
        listed=row.listed,
    )


def listed(
    connection: sa.Connection,
    names: Iterable[tuple[bytes, bytes]],
    inventories: Collection[int],
) -> frozenset[bytes]:
    """Return those of some names (codes of directory and path) that some inventories list."""
    if not inventories:
        return frozenset()
    columns = tables.entries.c
    found: set[bytes] = set()
    for batch in in_batches(names, NAMES_AT_ONCE):
        statement = sa.select(columns.name_key).where(_one_of(batch, inventories)).distinct()
        found.update(map(bytes, connection.execute(statement).scalars()))
    return frozenset(found)


def of_names(
    connection: sa.Connection,
    names: Iterable[tuple[bytes, bytes]],
    inventories: Collection[int],
) -> Mapping[bytes, list[StoredEntry]]:
    """Return the entries of some names (codes of directory and path) in some inventories."""
    found: dict[bytes, list[StoredEntry]] = {}
    for batch in in_batches(names, NAMES_AT_ONCE):
        statement = sa.select(tables.entries).where(_one_of(batch, inventories))
        for entry in map(stored_entry, connection.execute(statement).all()):
            found.setdefault(entry.name_key, []).append(entry)
    return found


def _one_of(
    names: Sequence[tuple[bytes, bytes]], inventories: Collection[int]
) -> sa.ColumnElement[bool]:
    columns = tables.entries.c
    return sa.and_(
        columns.directory_key.in_({directory for directory, _ in names}),
        columns.name_key.in_([name for _, name in names]),
        columns.inventory_id.in_(inventories),
    )
