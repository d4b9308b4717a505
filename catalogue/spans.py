"""When the steps of a run were worked on, by the attempts at their shards."""

from datetime import datetime

import sqlalchemy as sa

from catalogue import tables
from catalogue.shards import Step
from catalogue.times import from_microseconds, to_microseconds


def of_run(
    connection: sa.Connection, run_id: str, since: datetime
) -> dict[Step, tuple[datetime, datetime]]:
    """Return from when until when each step of a run was worked on since a moment."""
    attempt, shard = tables.attempts.c, tables.shards.c
    statement = (
        sa.select(shard.step, sa.func.min(attempt.started_at), sa.func.max(attempt.ended_at))
        .join(tables.shards, shard.shard_id == attempt.shard_id)
        .where(
            shard.run_id == run_id,
            attempt.started_at >= to_microseconds(since),
            attempt.ended_at.is_not(None),
        )
        .group_by(shard.step)
    )
    return {
        Step(step): (from_microseconds(first), from_microseconds(last))
        for step, first, last in connection.execute(statement)
    }
