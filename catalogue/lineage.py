"""Where a shard came from: names and manifests stay under the shard that they were written for."""

from dataclasses import dataclass

import sqlalchemy as sa

from catalogue import tables


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where a shard belongs; `split_from` holds its ancestors, nearest first."""

    inventory_id: int
    lane: str
    split_from: tuple[int, ...]


def origin(connection: sa.Connection, shard_id: int) -> Origin:
    """Return what the ledger says of a shard, so that its row can be made again."""
    columns = tables.shards.c
    statement = sa.select(columns.inventory_id, columns.lane).where(columns.shard_id == shard_id)
    inventory_id, lane = connection.execute(statement).one()
    return Origin(
        inventory_id=inventory_id,
        lane=lane,
        split_from=tuple(ancestors(connection, shard_id)[1:]),
    )


def ancestors(connection: sa.Connection, shard_id: int) -> list[int]:
    """Return a shard and the ones that it was split from, nearest first."""
    columns = tables.shards.c
    found: list[int] = []
    current: int | None = shard_id
    while current is not None:
        found.append(current)
        statement = sa.select(columns.parent_id).where(columns.shard_id == current)
        current = connection.execute(statement).scalar()
    return found
