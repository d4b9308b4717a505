"""Ends the leases of owners that are known to be dead, so that nobody waits for them."""

from datetime import datetime

import sqlalchemy as sa

from catalogue import tables
from catalogue.shards import ShardState
from catalogue.times import to_microseconds


def expire(connection: sa.Connection, owner_prefix: str, now: datetime) -> int:
    """Let every lease of some owners run out now, and return how many there were.

    The attempts keep their open end: whatever killed their owner is counted.
    """
    columns = tables.shards.c
    changed = connection.execute(
        sa.update(tables.shards)
        .where(
            columns.state == ShardState.LEASED.value,
            columns.owner.startswith(owner_prefix, autoescape=True),
        )
        .values(lease_until=to_microseconds(now))
    )
    return changed.rowcount
