"""Shards taken apart: a failing one into smaller ones, what was released into one of its own."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from catalogue import entries, tables
from catalogue.leases import Lease, end
from catalogue.shards import ShardState, row_of, wave_of
from catalogue.statements import insert_one


def split(
    connection: sa.Connection, lease: Lease, parts: Sequence[Sequence[int]], now: datetime
) -> list[int]:
    """Replace a shard by smaller ones of the same step, given the entry numbers of each part.

    Entries keep their ordinals. Where they stand under another step's shard, that one is split too
    and its parts are done.

    Raises:
        LeaseLostError: the shard belongs to another owner, or is ended.
        RuntimeError: the parts are not exactly the entries of the shard, or one is empty.
    """
    stored = entries.of_shard(connection, lease.entries_shard)
    sizes = {entry.entry_id: entry.size for entry in stored}
    if not all(parts) or sorted(i for part in parts for i in part) != sorted(sizes):
        raise RuntimeError("the parts of a shard hold each of its entries once")
    end(connection, lease, ShardState.SPLIT, now, "split")
    return [_part(connection, lease, part, sum(sizes[i] for i in part)) for part in parts]


def branch(connection: sa.Connection, shard_id: int, entry_ids: Sequence[int]) -> int:
    """Move some entries of a shard into a new one that is ready to be inspected; return its number.

    Their names and ordinals stay where they are; so what was released passes alone.
    """
    whole = row_of(connection, shard_id)
    stored = entries.of_shard(connection, shard_id)
    size = sum(entry.size for entry in stored if entry.entry_id in set(entry_ids))
    values = {"entries": len(entry_ids), "bytes": size, "state": ShardState.READY.value}
    part_id = _copy(connection, whole, values)
    entries.move_shard(connection, entry_ids, part_id)
    return part_id


def _part(connection: sa.Connection, lease: Lease, part: Iterable[int], size: int) -> int:
    ids = list(part)
    whole = row_of(connection, lease.shard_id)
    values = {"entries": len(ids), "bytes": size, "state": ShardState.READY.value}
    if lease.subject_id is None:
        part_id = _copy(connection, whole, values)
        entries.move_shard(connection, ids, part_id)
        return part_id
    columns = tables.shards.c
    connection.execute(
        sa.update(tables.shards)
        .where(columns.shard_id == lease.subject_id)
        .values(state=ShardState.SPLIT.value)
    )
    subject = row_of(connection, lease.subject_id)
    subject_id = _copy(connection, subject, values | {"state": ShardState.DONE.value})
    entries.move_shard(connection, ids, subject_id)
    return _copy(connection, whole, values | {"subject_id": subject_id})


def _copy(connection: sa.Connection, whole: sa.Row[Any], values: dict[str, Any]) -> int:
    kept = ("run_id", "inventory_id", "step", "lane", "subject_id")
    row = {name: getattr(whole, name) for name in kept} | {"parent_id": whole.shard_id}
    # A shard that ended keeps the wave it ended in; its source may have entered another since.
    wave = {"wave": wave_of(connection, whole.inventory_id)}
    return insert_one(connection, tables.shards, row | wave | values)
