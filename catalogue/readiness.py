"""What `status` asks beside the counts of entries: alarms, and how shards were finished lately."""

from collections.abc import Iterable, Mapping
from datetime import datetime

import sqlalchemy as sa

from catalogue import tables
from catalogue.shards import ShardState, Step
from catalogue.statements import in_batches
from catalogue.times import from_microseconds, to_microseconds


def alarms(connection: sa.Connection, inventories: Iterable[int]) -> Mapping[int, int]:
    """Return how many alarms hold entries of each of some inventories; none is left out."""
    columns = tables.groups.c
    found: dict[int, int] = {}
    for batch in in_batches(inventories):
        statement = (
            sa.select(columns.inventory_id, sa.func.count())
            .where(columns.inventory_id.in_(batch))
            .group_by(columns.inventory_id)
        )
        found.update((row[0], row[1]) for row in connection.execute(statement))
    return found


def finished(
    connection: sa.Connection, run_id: str, step: Step, since: datetime
) -> list[tuple[datetime, int]]:
    """Return when shards of a step ended since a moment, with the entries of each, in order."""
    shard, attempt = tables.shards.c, tables.attempts.c
    statement = (
        sa.select(attempt.ended_at, shard.entries)
        .join(tables.attempts, attempt.shard_id == shard.shard_id)
        .where(
            shard.run_id == run_id,
            shard.step == step.value,
            shard.state == ShardState.DONE.value,
            attempt.outcome == "done",
            attempt.ended_at >= to_microseconds(since),
        )
        .order_by(attempt.ended_at)
    )
    return [(from_microseconds(row[0]), row[1]) for row in connection.execute(statement)]
