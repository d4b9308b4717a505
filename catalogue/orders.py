"""Whether the orders to work agree with one another and with what they order.

No manifest tells of them: shards of assess and promote, and the attempts at every shard, are made
and used up while a run goes on. What can be known of them is that each belongs to what it names.
"""

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from catalogue import recall_tables, tables
from catalogue.runs import RunState
from catalogue.shards import OPEN_STATES, ShardState, Step

LANES: Mapping[Step, frozenset[str]] = {
    Step.INSPECT: frozenset({"small", "large"}),
    Step.ASSESS: frozenset({"group", "released"}),
    Step.PROMOTE: frozenset({"group", "released"}),
    Step.RESCAN: frozenset({"rescan"}),
}
_STEPS = {step.value: step for step in Step}
_STATES = frozenset(state.value for state in ShardState)

Fault = tuple[str, str]


def order_faults(connection: sa.Connection) -> Iterator[Fault]:
    """Yield each shard and each shard's attempts that cannot be, with what is wrong."""
    shards = {row.shard_id: row for row in connection.execute(sa.select(tables.shards))}
    runs = _columns(connection, tables.runs.c.run_id, tables.runs.c.state)
    inventories = _columns(
        connection, tables.inventories.c.inventory_id, tables.inventories.c.run_id
    )
    rescans = recall_tables.rescans.c
    runs |= _columns(connection, rescans.rescan_id, rescans.state)
    for shard_id, row in shards.items():
        if fault := _of_shard(row, shards, runs, inventories):
            yield f"shards, row {shard_id}", fault
    yield from _of_attempts(connection, shards)


def _columns(
    connection: sa.Connection, key: sa.Column[Any], value: sa.Column[Any]
) -> dict[Any, Any]:
    return {row[0]: row[1] for row in connection.execute(sa.select(key, value))}


def _of_shard(
    row: sa.Row[Any], shards: Mapping[int, Any], runs: Mapping[str, str], owners: Mapping[int, str]
) -> str:
    step = _STEPS.get(row.step)
    if step is None or row.state not in _STATES or row.lane not in LANES[step]:
        return "there is no such step, state or lane"
    of_run = step is Step.RESCAN or owners.get(row.inventory_id) == row.run_id
    if row.inventory_id not in owners or not of_run or row.run_id not in runs:
        return "its run and its inventory do not belong together"
    if runs[row.run_id] == RunState.DONE.value and row.state in OPEN_STATES:
        return "it is open, and its run is done"
    if (row.state == ShardState.LEASED.value) != (row.owner is not None):
        return "it is leased to nobody, or by somebody and not leased"
    return _of_subject(row, step, shards)


def _of_subject(row: sa.Row[Any], step: Step, shards: Mapping[int, Any]) -> str:
    """Compare a shard with the one whose entries it works on."""
    has_subject = step in {Step.PROMOTE, Step.RESCAN} or row.lane == "released"
    if has_subject != (row.subject_id is not None):
        return "it works on entries that a shard of its step and lane does not work on"
    if row.subject_id is None:
        return ""
    subject = shards.get(row.subject_id)
    if subject is None or subject.step != Step.INSPECT.value:
        return "the shard whose entries it works on is none that was inspected"
    if subject.inventory_id != row.inventory_id:
        return "it works on entries of another inventory"
    if not (0 <= row.entries <= subject.entries and 0 <= row.bytes <= subject.bytes):
        return "it counts more than it works on"
    return ""


def _of_attempts(connection: sa.Connection, shards: Mapping[int, Any]) -> Iterator[Fault]:
    """Count the attempts at each shard: every claim raises its epoch by one and leaves a row."""
    columns = tables.attempts.c
    made: dict[int, list[int]] = {}
    for row in connection.execute(sa.select(tables.attempts).order_by(columns.epoch)):
        made.setdefault(row.shard_id, []).append(row.epoch)
        if row.ended_at is not None and row.ended_at < row.started_at:
            yield f"attempts, row {row.shard_id}, {row.epoch}", "it ended before it began"
        if (row.ended_at is None) != (row.outcome is None):
            yield f"attempts, row {row.shard_id}, {row.epoch}", "it ended without an outcome"
    for shard_id in sorted(made.keys() - shards.keys()):
        yield f"attempts, row {shard_id}", "there is no such shard"
    for shard_id, row in shards.items():
        epochs = made.get(shard_id, [])
        if epochs != list(range(1, row.epoch + 1)) or row.attempts != row.epoch:
            yield f"shards, row {shard_id}", "its attempts are not the ones that were made"
