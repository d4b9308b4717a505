"""Where a shard came from: names and manifests stay under the shard that they were written for."""

import sqlalchemy as sa

from catalogue import tables


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
