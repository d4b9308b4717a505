"""Leases of shards: who works on what until when, and whose work counts.

A lease carries an epoch, a fencing token: each claim raises it, and only the owner of the newest
one can end the shard. An attempt leaves its row before the work starts, so that a shard that
kills its workers is counted.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from catalogue import tables
from catalogue.inventories import InventoryState
from catalogue.shards import OPEN_STATES, ShardState, Step, row_of
from catalogue.statements import insert_all, is_postgresql
from catalogue.times import from_microseconds, from_microseconds_or_none, to_microseconds
from custody.errors import LeaseLostError
from custody.source import LAST_WAVE


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """The right to work on a shard for a while. `attempts` counts this one; `size` is in bytes.

    `subject_id` is the shard whose entries are worked on, if they are another's.
    """

    shard_id: int
    step: Step
    run_id: str
    inventory_id: int
    subject_id: int | None
    epoch: int
    attempts: int
    entries: int
    size: int
    lane: str
    wave: int = LAST_WAVE

    @property
    def entries_shard(self) -> int:
        """The shard that the entries stand under."""
        return self.shard_id if self.subject_id is None else self.subject_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try of an owner; without an end it was cut short, or is still going on."""

    epoch: int
    owner: str
    started_at: datetime
    ended_at: datetime | None
    outcome: str | None


def claim(
    connection: sa.Connection,
    *,
    run_id: str,
    step: Step,
    owner: str,
    now: datetime,
    ttl: timedelta,
    wave: int = LAST_WAVE,
    at_once: int = 0,
) -> Lease | None:
    """Lease the first shard that is ready or whose lease has run out; None when none is.

    The most urgent wave goes first, and none goes that comes after `wave`. With `at_once`, none of
    a source goes of which so many are leased already: that holds among writers that take turns.
    """
    wanted = _of_step(run_id, step, wave)
    if at_once:
        wanted = wanted.where(_in_hand(run_id, step, now) < at_once)
    shard_id = _claimable(connection, wanted, now)
    if shard_id is None:
        return None
    columns = tables.shards.c
    connection.execute(
        sa.update(tables.shards)
        .where(columns.shard_id == shard_id)
        .values(
            state=ShardState.LEASED.value,
            owner=owner,
            lease_until=to_microseconds(now + ttl),
            epoch=columns.epoch + 1,
            attempts=columns.attempts + 1,
        )
    )
    lease = _lease(row_of(connection, shard_id))
    attempt = {
        "shard_id": shard_id,
        "epoch": lease.epoch,
        "owner": owner,
        "started_at": to_microseconds(now),
    }
    insert_all(connection, tables.attempts, [attempt])
    return lease


def renew(connection: sa.Connection, lease: Lease, now: datetime, ttl: timedelta) -> None:
    """Keep a lease for longer.

    Raises:
        LeaseLostError: the shard belongs to another owner, or is ended.
    """
    _change(connection, lease, {"lease_until": to_microseconds(now + ttl)})


def finish(connection: sa.Connection, lease: Lease, now: datetime) -> None:
    """End a shard in the transaction that holds its work.

    Raises:
        LeaseLostError: the shard belongs to another owner, or is ended; let it end the transaction.
    """
    end(connection, lease, ShardState.DONE, now, "done")


def give_back(connection: sa.Connection, lease: Lease, now: datetime, outcome: str) -> None:
    """Make a shard ready for another attempt; `outcome` says why this one ended.

    Raises:
        LeaseLostError: the shard belongs to another owner, or is ended.
    """
    end(connection, lease, ShardState.READY, now, outcome)


def end(
    connection: sa.Connection, lease: Lease, state: ShardState, now: datetime, outcome: str
) -> None:
    """End an attempt at a shard and leave the shard in a state; `outcome` says how it went.

    Raises:
        LeaseLostError: the shard belongs to another owner, or is ended.
    """
    _change(connection, lease, {"state": state.value, "owner": None, "lease_until": None})
    columns = tables.attempts.c
    connection.execute(
        sa.update(tables.attempts)
        .where(columns.shard_id == lease.shard_id, columns.epoch == lease.epoch)
        .values(ended_at=to_microseconds(now), outcome=outcome)
    )


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


def is_open(connection: sa.Connection, run_id: str, step: Step, wave: int = LAST_WAVE) -> bool:
    """Whether a shard of a step is still to be ended, up to a wave, whoever has it.

    Asked after a claim that gave nothing, "is one leased" would be the wrong question: its owner
    may have given it back in between.
    """
    unended = tables.shards.c.state.in_(OPEN_STATES)
    return bool(
        connection.execute(sa.select(_of_step(run_id, step, wave).where(unended).exists())).scalar()
    )


def open_wave(connection: sa.Connection, run_id: str) -> int | None:
    """Return the most urgent wave of a run that has shards to be ended; None when none has."""
    columns = tables.shards.c
    statement = sa.select(sa.func.min(columns.wave)).where(
        columns.run_id == run_id, columns.state.in_(OPEN_STATES), _listed_whole()
    )
    return connection.execute(statement).scalar()


def attempts_of(connection: sa.Connection, shard_id: int) -> list[Attempt]:
    """Return every attempt at a shard, oldest first."""
    columns = tables.attempts.c
    statement = sa.select(tables.attempts).where(columns.shard_id == shard_id)
    return [
        Attempt(
            epoch=row.epoch,
            owner=row.owner,
            started_at=from_microseconds(row.started_at),
            ended_at=from_microseconds_or_none(row.ended_at),
            outcome=row.outcome,
        )
        for row in connection.execute(statement.order_by(columns.epoch))
    ]


def _claimable(connection: sa.Connection, wanted: sa.Select[Any], now: datetime) -> int | None:
    """Find the first of the ready and of the run-out ones: each is one step in the index."""
    columns = tables.shards.c
    ready = columns.state == ShardState.READY.value
    run_out = sa.and_(
        columns.state == ShardState.LEASED.value, columns.lease_until <= to_microseconds(now)
    )
    found: list[tuple[int, int]] = []
    for condition in (ready, run_out):
        statement = wanted.where(condition).order_by(columns.wave, columns.shard_id).limit(1)
        if is_postgresql(connection):
            statement = statement.with_for_update(skip_locked=True)
        found.extend((row.wave, row.shard_id) for row in connection.execute(statement))
    return min(found)[1] if found else None


def _of_step(run_id: str, step: Step, wave: int) -> sa.Select[Any]:
    """Return the shards of a step that may be leased: those of inventories that are complete.

    A source that enters an earlier wave while others are assessed is to be inspected whole first.
    """
    columns = tables.shards.c
    found = sa.select(columns.wave, columns.shard_id).where(
        columns.run_id == run_id,
        columns.step == step.value,
        columns.wave <= wave,
        _listed_whole(),
    )
    return found.where(_inspected(run_id)) if step is Step.ASSESS else found


def _inspected(run_id: str) -> sa.ColumnElement[bool]:
    other = tables.shards.alias("other")
    return ~sa.exists().where(
        other.c.run_id == run_id,
        other.c.step == Step.INSPECT.value,
        other.c.state.in_(OPEN_STATES),
        other.c.inventory_id == tables.shards.c.inventory_id,
    )


def _in_hand(run_id: str, step: Step, now: datetime) -> sa.ScalarSelect[int]:
    """Return how many shards of the same source are leased, by whoever is still there."""
    other = tables.shards.alias("other")
    return (
        sa.select(sa.func.count())
        .where(
            other.c.run_id == run_id,
            other.c.step == step.value,
            other.c.state == ShardState.LEASED.value,
            other.c.lease_until > to_microseconds(now),
            other.c.inventory_id == tables.shards.c.inventory_id,
        )
        .scalar_subquery()
    )


def _listed_whole() -> sa.ColumnElement[bool]:
    inventory = tables.inventories.c
    return sa.exists().where(
        inventory.inventory_id == tables.shards.c.inventory_id,
        inventory.state == InventoryState.COMPLETE.value,
    )


def _change(connection: sa.Connection, lease: Lease, values: dict[str, Any]) -> None:
    columns = tables.shards.c
    changed = connection.execute(
        sa.update(tables.shards)
        .where(
            columns.shard_id == lease.shard_id,
            columns.epoch == lease.epoch,
            columns.state == ShardState.LEASED.value,
        )
        .values(**values)
    ).rowcount
    if changed != 1:
        raise LeaseLostError(
            f"shard {lease.shard_id} belongs to another owner since epoch {lease.epoch}"
        )


def _lease(row: sa.Row[Any]) -> Lease:
    return Lease(
        shard_id=row.shard_id,
        step=Step(row.step),
        run_id=row.run_id,
        inventory_id=row.inventory_id,
        subject_id=row.subject_id,
        epoch=row.epoch,
        attempts=row.attempts,
        entries=row.entries,
        size=row.bytes,
        lane=row.lane,
        wave=row.wave,
    )
