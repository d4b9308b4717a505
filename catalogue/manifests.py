"""Custody manifests: which one tells of a shard's step, and the ledger event that names it."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from catalogue import ledger_tables, tables
from catalogue.shards import Step
from catalogue.statements import in_batches, insert_all
from custody.digest import Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredManifest:
    """A manifest by its RFC 6962 root; equal lines of two shards give one root and two rows."""

    root: Digest
    step: Step
    shard_id: int
    run_id: str
    lines: int
    event_id: str


def add(connection: sa.Connection, manifest: StoredManifest) -> None:
    """Store which manifest a shard's step has."""
    row = {
        "root": manifest.root,
        "step": manifest.step.value,
        "shard_id": manifest.shard_id,
        "run_id": manifest.run_id,
        "lines": manifest.lines,
        "event_id": manifest.event_id,
    }
    insert_all(connection, tables.manifests, [row])


def of_shard(connection: sa.Connection, shard_id: int) -> list[StoredManifest]:
    """Return the manifests of a shard."""
    return _where(connection, tables.manifests.c.shard_id == shard_id)


def passed(connection: sa.Connection, shard_ids: Iterable[int]) -> list[StoredManifest]:
    """Return the manifests of every step that what is in some shards went through.

    These are the steps of the shards, of those that they were split or branched from, and of the
    assessments and promotions of each. The manifest of a whole shard tells of its neighbours too.
    """
    shards = tables.shards.c
    asked, known = set(shard_ids), set[int]()
    while asked - known:
        known |= asked
        above = sa.select(shards.parent_id).where(
            shards.shard_id.in_(sorted(asked)), shards.parent_id.is_not(None)
        )
        asked = set(connection.execute(above).scalars())
    steps = sa.select(shards.shard_id).where(shards.subject_id.in_(sorted(known)))
    manifest = tables.manifests.c
    return _where(
        connection, sa.or_(manifest.shard_id.in_(sorted(known)), manifest.shard_id.in_(steps))
    )


def of_run(connection: sa.Connection, run_id: str) -> list[StoredManifest]:
    """Return the manifests of a run, by shard."""
    return _where(connection, tables.manifests.c.run_id == run_id)


def with_event(connection: sa.Connection, event_id: str) -> StoredManifest | None:
    """Return the manifest that an event names; None when it names none."""
    found = _where(connection, tables.manifests.c.event_id == event_id)
    return found[0] if found else None


def last_of_inventories(
    connection: sa.Connection, origin: str, inventory_ids: Iterable[int]
) -> int | None:
    """Return the number in a log of the newest event that names a manifest of some inventories."""
    manifests, entries, shards = tables.manifests.c, ledger_tables.ledger_entries.c, tables.shards.c
    newest = None
    for ids in in_batches(inventory_ids):
        statement = (
            sa.select(sa.func.max(entries.seq))
            .join_from(tables.manifests, tables.shards, shards.shard_id == manifests.shard_id)
            .join(ledger_tables.ledger_entries, entries.event_id == manifests.event_id)
            .where(shards.inventory_id.in_(ids), entries.origin == origin)
        )
        found = connection.execute(statement).scalar_one()
        newest = found if newest is None else max(newest, found or 0)
    return newest


def with_root(connection: sa.Connection, root: Digest) -> list[StoredManifest]:
    """Return the manifests with a root."""
    return _where(connection, tables.manifests.c.root == root)


def _where(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> list[StoredManifest]:
    columns = tables.manifests.c
    statement = sa.select(tables.manifests).where(condition)
    rows = connection.execute(statement.order_by(columns.shard_id, columns.step, columns.root))
    return [_manifest(row) for row in rows]


def _manifest(row: sa.Row[Any]) -> StoredManifest:
    return StoredManifest(
        root=row.root,
        step=Step(row.step),
        shard_id=row.shard_id,
        run_id=row.run_id,
        lines=row.lines,
        event_id=row.event_id,
    )
