"""Re-scans: what they were begun with, where they stand, and what they have to look at."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from catalogue import recall_tables, tables
from catalogue.erasure import MARK
from catalogue.inventories import InventoryState
from catalogue.runs import RunState
from catalogue.statements import in_batches, insert_all, insert_new
from catalogue.times import (
    from_microseconds,
    from_microseconds_or_none,
    to_microseconds,
)
from custody.digest import Digest
from custody.lifecycle import Stage


@dataclass(frozen=True, slots=True, kw_only=True)
class Rescan:
    """One re-scan under a policy and a profile; `options` say what it covers."""

    rescan_id: str
    policy: Digest
    profile: Digest
    options: Mapping[str, Any] = field(default_factory=dict)
    started_at: datetime
    state: RunState = RunState.RUNNING
    ended_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A shard whose contents the profile has not judged: entries and bytes of it."""

    shard_id: int
    inventory_id: int
    entries: int
    size: int


def start(connection: sa.Connection, rescan: Rescan) -> None:
    """Store a new re-scan."""
    row = {
        "rescan_id": rescan.rescan_id,
        "state": rescan.state.value,
        "policy": rescan.policy,
        "profile": rescan.profile,
        "options": dict(rescan.options),
        "started_at": to_microseconds(rescan.started_at),
    }
    insert_all(connection, recall_tables.rescans, [row])


def finish(connection: sa.Connection, rescan_id: str, state: RunState, at: datetime) -> None:
    """End a re-scan."""
    columns = recall_tables.rescans.c
    connection.execute(
        sa.update(recall_tables.rescans)
        .where(columns.rescan_id == rescan_id)
        .values(state=state.value, ended_at=to_microseconds(at))
    )


def end_all(connection: sa.Connection, at: datetime) -> None:
    """End the re-scans that cannot go on, because their orders are gone."""
    for each in running(connection):
        finish(connection, each.rescan_id, RunState.FAILED, at)


def running(connection: sa.Connection) -> list[Rescan]:
    """Return the re-scans that have not ended, oldest first."""
    condition = recall_tables.rescans.c.state == RunState.RUNNING.value
    return _where(connection, condition)


def get(connection: sa.Connection, rescan_id: str) -> Rescan | None:
    """Return a re-scan."""
    found = _where(connection, recall_tables.rescans.c.rescan_id == rescan_id)
    return found[0] if found else None


def add_changed(connection: sa.Connection, rescan_id: str, digests: Iterable[Digest]) -> None:
    """Store which contents a re-scan had inspected anew."""
    rows = [{"rescan_id": rescan_id, "digest": digest} for digest in digests]
    insert_new(connection, recall_tables.rescanned, rows)


def changed(connection: sa.Connection, profile: Digest) -> set[Digest]:
    """Return the contents that some re-scan under a profile had inspected anew."""
    columns, own = recall_tables.rescanned.c, recall_tables.rescans.c
    statement = (
        sa.select(columns.digest)
        .join(recall_tables.rescans, own.rescan_id == columns.rescan_id)
        .where(own.profile == profile)
    )
    return set(connection.execute(statement).scalars())


def count_changed(connection: sa.Connection, rescan_id: str) -> int:
    """Return how many contents a re-scan had inspected anew."""
    columns = recall_tables.rescanned.c
    statement = sa.select(sa.func.count()).where(columns.rescan_id == rescan_id)
    return int(connection.execute(statement).scalar_one())


def latest(connection: sa.Connection, profile: Digest) -> Rescan | None:
    """Return the last re-scan under a profile."""
    found = _where(connection, recall_tables.rescans.c.profile == profile)
    return found[-1] if found else None


def work(connection: sa.Connection, profile: Digest, *, everything: bool) -> list[Work]:
    """Return the shards with a content or name that a profile has not judged, in their order.

    What stands in the clean zone counts whatever its run; other entries of the latest listings
    only, unless everything is asked for.
    """
    columns, inventory = tables.entries.c, tables.inventories.c
    inspection, mark = tables.inspections.c, tables.name_inspections.c
    unjudged = ~sa.exists().where(
        inspection.digest == columns.digest, inspection.profile == profile
    )
    unnamed = ~sa.exists().where(
        mark.name_key == columns.name_key, mark.digest == columns.digest, mark.profile == profile
    )
    named = sa.func.substr(columns.name_key, 1, len(MARK)) != MARK
    stands = columns.stage.in_((Stage.PROMOTED.value, Stage.SUPERSEDED.value))
    asked = sa.true() if everything else sa.or_(stands, columns.inventory_id.in_(_latest()))
    statement = (
        sa.select(
            columns.shard_id,
            columns.inventory_id,
            sa.func.count(),
            sa.func.sum(columns.size),
        )
        .join(tables.inventories, inventory.inventory_id == columns.inventory_id)
        .where(
            inventory.state == InventoryState.COMPLETE.value,
            columns.digest.is_not(None),
            asked,
            sa.or_(unjudged, sa.and_(named, unnamed)),
        )
        .group_by(columns.shard_id, columns.inventory_id)
        .order_by(columns.shard_id)
    )
    return [
        Work(shard_id=shard_id, inventory_id=inventory_id, entries=entries, size=int(size))
        for shard_id, inventory_id, entries, size in connection.execute(statement)
    ]


def listed_since(connection: sa.Connection, since: datetime) -> set[int]:
    """Return the inventories of the runs that began since a moment."""
    inventory, run = tables.inventories.c, tables.runs.c
    statement = (
        sa.select(inventory.inventory_id)
        .join(tables.runs, run.run_id == inventory.run_id)
        .where(run.started_at >= to_microseconds(since))
    )
    return set(connection.execute(statement).scalars())


def worked_on(connection: sa.Connection, rescan_id: str) -> list[Work]:
    """Return the shards that a re-scan was to look at, in their order."""
    columns = tables.shards.c
    statement = sa.select(
        columns.subject_id, columns.inventory_id, columns.entries, columns.bytes
    ).where(columns.run_id == rescan_id, columns.parent_id.is_(None))
    return [
        Work(shard_id=subject, inventory_id=inventory_id, entries=entries, size=size)
        for subject, inventory_id, entries, size in connection.execute(
            statement.order_by(columns.shard_id)
        )
    ]


def _latest() -> sa.Select[tuple[int]]:
    """Select the last complete listing of each source."""
    columns = tables.inventories.c
    complete = columns.state == InventoryState.COMPLETE.value
    newest = sa.func.max(columns.inventory_id)
    return sa.select(newest).where(complete).group_by(columns.source_id)


def judged_before(
    connection: sa.Connection, digests: Iterable[Digest]
) -> dict[Digest, list[tuple[Digest, datetime]]]:
    """Return the profiles that have judged each of some contents, the last one first."""
    columns = tables.inspections.c
    found: dict[Digest, list[tuple[Digest, datetime]]] = {}
    for batch in in_batches(digests):
        statement = sa.select(columns.digest, columns.profile, columns.inspected_at).where(
            columns.digest.in_(batch)
        )
        rows = statement.order_by(columns.inspected_at.desc(), columns.profile)
        for digest, profile, at in connection.execute(rows):
            found.setdefault(digest, []).append((profile, from_microseconds(at)))
    return found


def found_by(
    connection: sa.Connection,
    digests: Iterable[Digest],
    profile: Digest,
    scanner: str,
    rules: frozenset[str],
) -> set[Digest]:
    """Return in which contents, or under which of their names, one of some rules found something.

    Contents of which the scanner did not simply speak under the profile are among them.
    """
    columns, special = tables.findings.c, tables.outcomes.c
    found: set[Digest] = set()
    for batch in in_batches(digests):
        statement = sa.select(columns.digest, columns.rule).where(
            columns.digest.in_(batch), columns.profile == profile, columns.scanner == scanner
        )
        found.update(row.digest for row in connection.execute(statement) if row.rule in rules)
        silent = sa.select(special.digest).where(
            special.digest.in_(batch),
            special.profile == profile,
            special.scanner == scanner,
            special.outcome != "scanned",
        )
        found.update(connection.execute(silent).scalars())
    return found


def media_types(
    connection: sa.Connection, digests: Iterable[Digest], profile: Digest
) -> dict[Digest, str]:
    """Return the types that a profile's scanners settled on."""
    columns = tables.inspections.c
    found: dict[Digest, str] = {}
    for batch in in_batches(digests):
        statement = sa.select(columns.digest, columns.media_type).where(
            columns.digest.in_(batch), columns.profile == profile
        )
        found.update((row.digest, row.media_type) for row in connection.execute(statement))
    return found


def _where(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> list[Rescan]:
    columns = recall_tables.rescans.c
    statement = sa.select(recall_tables.rescans).where(condition)
    return [
        Rescan(
            rescan_id=row.rescan_id,
            policy=row.policy,
            profile=row.profile,
            options=row.options,
            started_at=from_microseconds(row.started_at),
            state=RunState(row.state),
            ended_at=from_microseconds_or_none(row.ended_at),
        )
        for row in connection.execute(statement.order_by(columns.rescan_id))
    ]
