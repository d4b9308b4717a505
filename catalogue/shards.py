"""Shards and their leases: who works on what until when, and whose work counts.

A lease carries an epoch, a fencing token: each claim raises it, and only the owner of the newest
one can end the shard. An attempt leaves its row before the work starts, so that a shard that
kills its workers is counted.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum, unique
from typing import Any

import sqlalchemy as sa

from catalogue import entries, tables
from catalogue.inventories import InventoryState
from catalogue.statements import insert_all, insert_one, is_postgresql
from catalogue.times import from_microseconds, from_microseconds_or_none, to_microseconds
from custody.errors import LeaseLostError


@unique
class Step(Enum):
    """The three leased steps."""

    INSPECT = "inspect"
    ASSESS = "assess"
    PROMOTE = "promote"


@unique
class ShardState(Enum):
    """Where a shard stands; a split one lives on in its parts."""

    READY = "ready"
    LEASED = "leased"
    DONE = "done"
    SPLIT = "split"


OPEN_STATES = (ShardState.READY.value, ShardState.LEASED.value)


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

    @property
    def entries_shard(self) -> int:
        """The shard that the entries stand under."""
        return self.shard_id if self.subject_id is None else self.subject_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """How far a step of a run is; split shards are counted by their parts."""

    shards: int
    shards_done: int
    entries: int
    entries_done: int
    size: int
    size_done: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try of an owner; without an end it was cut short, or is still going on."""

    epoch: int
    owner: str
    started_at: datetime
    ended_at: datetime | None
    outcome: str | None


def add(
    connection: sa.Connection,
    *,
    run_id: str,
    inventory_id: int,
    step: Step,
    lane: str,
    entries: int,
    size: int,
    subject_id: int | None = None,
) -> int:
    """Add a shard and return its number; it can be leased once its inventory is complete."""
    row = {
        "run_id": run_id,
        "inventory_id": inventory_id,
        "step": step.value,
        "lane": lane,
        "subject_id": subject_id,
        "entries": entries,
        "bytes": size,
        "state": ShardState.READY.value,
    }
    return insert_one(connection, tables.shards, row)


def claim(
    connection: sa.Connection, *, run_id: str, step: Step, owner: str, now: datetime, ttl: timedelta
) -> Lease | None:
    """Lease the first shard that is ready or whose lease has run out; None when none is."""
    shard_id = _claimable(connection, run_id, step, now)
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
    lease = _lease(_row(connection, shard_id))
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
    _end(connection, lease, ShardState.DONE, now, "done")


def give_back(connection: sa.Connection, lease: Lease, now: datetime, outcome: str) -> None:
    """Make a shard ready for another attempt; `outcome` says why this one ended.

    Raises:
        LeaseLostError: the shard belongs to another owner, or is ended.
    """
    _end(connection, lease, ShardState.READY, now, outcome)


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
    _end(connection, lease, ShardState.SPLIT, now, "split")
    return [_part(connection, lease, part, sum(sizes[i] for i in part)) for part in parts]


def branch(connection: sa.Connection, shard_id: int, entry_ids: Sequence[int]) -> int:
    """Move some entries of a shard into a new one that is ready to be inspected; return its number.

    Their names and ordinals stay where they are; so what was released passes alone.
    """
    whole = _row(connection, shard_id)
    stored = entries.of_shard(connection, shard_id)
    size = sum(entry.size for entry in stored if entry.entry_id in set(entry_ids))
    values = {"entries": len(entry_ids), "bytes": size, "state": ShardState.READY.value}
    part_id = _copy(connection, whole, values)
    entries.move_shard(connection, entry_ids, part_id)
    return part_id


def counts(connection: sa.Connection, run_id: str) -> dict[Step, dict[ShardState, int]]:
    """Return how many shards of a run stand in each state, by step."""
    columns = tables.shards.c
    statement = (
        sa.select(columns.step, columns.state, sa.func.count())
        .where(columns.run_id == run_id)
        .group_by(columns.step, columns.state)
    )
    found: dict[Step, dict[ShardState, int]] = {}
    for step, state, count in connection.execute(statement):
        found.setdefault(Step(step), {})[ShardState(state)] = count
    return found


def progress(connection: sa.Connection, run_id: str) -> dict[Step, Progress]:
    """Return how far each step of a run is."""
    columns = tables.shards.c
    done = columns.state == ShardState.DONE.value
    totals = (sa.literal(1), columns.entries, columns.bytes)
    sums = [s for t in totals for s in (sa.func.sum(t), sa.func.sum(sa.case((done, t), else_=0)))]
    statement = (
        sa.select(columns.step, *sums)
        .where(columns.run_id == run_id, columns.state != ShardState.SPLIT.value)
        .group_by(columns.step)
    )
    found: dict[Step, Progress] = {}
    for step, *values in connection.execute(statement):
        # PostgreSQL sums 64-bit numbers into decimals.
        shards, shards_done, entries_, entries_done, size, size_done = map(int, values)
        found[Step(step)] = Progress(
            shards=shards,
            shards_done=shards_done,
            entries=entries_,
            entries_done=entries_done,
            size=size,
            size_done=size_done,
        )
    return found


def all_done(
    connection: sa.Connection, run_id: str, step: Step, *, inventory_id: int | None = None
) -> bool:
    """Whether a step of a run, or of one of its inventories, has shards and none is open.

    A step without any shard is not done: nothing was planned, so nothing was looked at.
    """
    columns = tables.shards.c
    own = [columns.run_id == run_id, columns.step == step.value]
    if inventory_id is not None:
        own.append(columns.inventory_id == inventory_id)
    some = sa.exists().where(*own)
    open_ = sa.exists().where(*own, columns.state.in_(OPEN_STATES))
    return bool(connection.execute(sa.select(some & ~open_)).scalar_one())


def next_deadline(connection: sa.Connection, run_id: str, step: Step) -> datetime | None:
    """Return when the first lease of a step runs out; None when nothing is leased."""
    columns = tables.shards.c
    statement = sa.select(sa.func.min(columns.lease_until)).where(
        columns.run_id == run_id,
        columns.step == step.value,
        columns.state == ShardState.LEASED.value,
    )
    return from_microseconds_or_none(connection.execute(statement).scalar())


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


def of_inventory(connection: sa.Connection, inventory_id: int, step: Step) -> list[int]:
    """Return the shards of a step of an inventory that were not split, in order."""
    columns = tables.shards.c
    statement = sa.select(columns.shard_id).where(
        columns.inventory_id == inventory_id,
        columns.step == step.value,
        columns.state != ShardState.SPLIT.value,
    )
    return list(connection.execute(statement.order_by(columns.shard_id)).scalars())


def _claimable(connection: sa.Connection, run_id: str, step: Step, now: datetime) -> int | None:
    """Find the first of the ready and of the run-out ones: each is one step in the index."""
    columns, inventory = tables.shards.c, tables.inventories.c
    listed_whole = sa.exists().where(
        inventory.inventory_id == columns.inventory_id,
        inventory.state == InventoryState.COMPLETE.value,
    )
    of_step = sa.select(columns.shard_id).where(
        columns.run_id == run_id, columns.step == step.value, listed_whole
    )
    ready = columns.state == ShardState.READY.value
    run_out = sa.and_(
        columns.state == ShardState.LEASED.value, columns.lease_until <= to_microseconds(now)
    )
    found: list[int] = []
    for condition in (ready, run_out):
        statement = of_step.where(condition).order_by(columns.shard_id).limit(1)
        if is_postgresql(connection):
            statement = statement.with_for_update(skip_locked=True)
        found.extend(connection.execute(statement).scalars())
    return min(found, default=None)


def _end(
    connection: sa.Connection, lease: Lease, state: ShardState, now: datetime, outcome: str
) -> None:
    _change(connection, lease, {"state": state.value, "owner": None, "lease_until": None})
    columns = tables.attempts.c
    connection.execute(
        sa.update(tables.attempts)
        .where(columns.shard_id == lease.shard_id, columns.epoch == lease.epoch)
        .values(ended_at=to_microseconds(now), outcome=outcome)
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


def _part(connection: sa.Connection, lease: Lease, part: Iterable[int], size: int) -> int:
    ids = list(part)
    whole = _row(connection, lease.shard_id)
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
    subject = _row(connection, lease.subject_id)
    subject_id = _copy(connection, subject, values | {"state": ShardState.DONE.value})
    entries.move_shard(connection, ids, subject_id)
    return _copy(connection, whole, values | {"subject_id": subject_id})


def _copy(connection: sa.Connection, whole: sa.Row[Any], values: dict[str, Any]) -> int:
    kept = ("run_id", "inventory_id", "step", "lane", "subject_id")
    row = {name: getattr(whole, name) for name in kept} | {"parent_id": whole.shard_id}
    return insert_one(connection, tables.shards, row | values)


def _row(connection: sa.Connection, shard_id: int) -> sa.Row[Any]:
    statement = sa.select(tables.shards).where(tables.shards.c.shard_id == shard_id)
    return connection.execute(statement).one()


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
    )
