"""Runs of the main job: what they were started with and where they stand."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, unique
from typing import Any

import sqlalchemy as sa

from catalogue import tables
from catalogue.statements import insert_all
from catalogue.times import (
    from_microseconds,
    from_microseconds_or_none,
    to_microseconds,
    to_microseconds_or_none,
)
from custody.digest import Digest


@unique
class RunState(Enum):
    """Where a run stands. An interrupted run is still running: the same command goes on with it."""

    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """One execution of the main job; its sources are those of its inventories."""

    run_id: str
    case_id: str
    policy: Digest
    profile: Digest
    options: Mapping[str, Any] = field(default_factory=dict)
    started_at: datetime
    state: RunState = RunState.RUNNING
    ended_at: datetime | None = None


def start(connection: sa.Connection, run: Run) -> None:
    """Store a new run. Begin its inventories in the same transaction, so that it can be found."""
    row = {
        "run_id": run.run_id,
        "case_id": run.case_id,
        "state": run.state.value,
        "policy": run.policy,
        "profile": run.profile,
        "options": dict(run.options),
        "started_at": to_microseconds(run.started_at),
        "ended_at": to_microseconds_or_none(run.ended_at),
    }
    insert_all(connection, tables.runs, [row])


def unfinished(connection: sa.Connection, source_ids: Collection[str]) -> Run | None:
    """Return the newest running run over exactly these sources, to go on with."""
    wanted = set(source_ids)
    running = sa.select(tables.runs).where(tables.runs.c.state == RunState.RUNNING.value)
    newest = running.order_by(tables.runs.c.started_at.desc(), tables.runs.c.run_id.desc())
    for row in connection.execute(newest).all():
        if wanted and set(sources_of(connection, row.run_id)) == wanted:
            return _run(row)
    return None


def running(connection: sa.Connection) -> list[Run]:
    """Return every run that has not ended, oldest first: at work, or waiting to go on."""
    columns = tables.runs.c
    statement = sa.select(tables.runs).where(columns.state == RunState.RUNNING.value)
    return [_run(row) for row in connection.execute(statement.order_by(columns.run_id))]


def finish(connection: sa.Connection, run_id: str, state: RunState, at: datetime) -> None:
    """End a run.

    Raises:
        RuntimeError: the run is not running, or the state is no end.
    """
    if state is RunState.RUNNING:
        raise RuntimeError("a run ends done or failed")
    changed = connection.execute(
        sa.update(tables.runs)
        .where(tables.runs.c.run_id == run_id, tables.runs.c.state == RunState.RUNNING.value)
        .values(state=state.value, ended_at=to_microseconds(at))
    ).rowcount
    if changed != 1:
        raise RuntimeError("only a running run can end")


def reopen(connection: sa.Connection, run_id: str) -> None:
    """Make an ended run run again, for entries of it that were released."""
    connection.execute(
        sa.update(tables.runs)
        .where(tables.runs.c.run_id == run_id)
        .values(state=RunState.RUNNING.value, ended_at=None)
    )


def get(connection: sa.Connection, run_id: str) -> Run | None:
    """Return a run."""
    statement = sa.select(tables.runs).where(tables.runs.c.run_id == run_id)
    row = connection.execute(statement).one_or_none()
    return None if row is None else _run(row)


def latest(connection: sa.Connection, source_id: str) -> Run | None:
    """Return the run that was started last over a source."""
    inventories = tables.inventories.c
    statement = (
        sa.select(tables.runs)
        .join(tables.inventories, inventories.run_id == tables.runs.c.run_id)
        .where(inventories.source_id == source_id)
        .order_by(inventories.inventory_id.desc())
        .limit(1)
    )
    row = connection.execute(statement).one_or_none()
    return None if row is None else _run(row)


def of_inventory(connection: sa.Connection, inventory_id: int) -> Run:
    """Return the run that made an inventory."""
    inventory = tables.inventories.c
    statement = (
        sa.select(tables.runs)
        .join(tables.inventories, inventory.run_id == tables.runs.c.run_id)
        .where(inventory.inventory_id == inventory_id)
    )
    return _run(connection.execute(statement).one())


def sources_of(connection: sa.Connection, run_id: str) -> list[str]:
    """Return the sources of a run, in the order of their inventories."""
    columns = tables.inventories.c
    statement = sa.select(columns.source_id).where(columns.run_id == run_id)
    return list(connection.execute(statement.order_by(columns.inventory_id)).scalars())


def _run(row: sa.Row[Any]) -> Run:
    return Run(
        run_id=row.run_id,
        case_id=row.case_id,
        policy=row.policy,
        profile=row.profile,
        options=row.options,
        started_at=from_microseconds(row.started_at),
        state=RunState(row.state),
        ended_at=from_microseconds_or_none(row.ended_at),
    )
