"""Registered sources, and every image that was seen standing where they lie."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from catalogue import cases, shards, tables
from catalogue.statements import insert_one, put
from catalogue.times import (
    from_microseconds,
    from_microseconds_or_none,
    to_microseconds,
    to_microseconds_or_none,
)
from custody.source import FilesystemIdentity, ServiceGlob, Source, SourceKind


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """One image of a source: what it is, when it was taken (if known) and first seen by us."""

    snapshot_id: int
    source_id: str
    taken_at: datetime | None
    identity: FilesystemIdentity
    seen_at: datetime


def register(connection: sa.Connection, source: Source, at: datetime) -> int:
    """Register a source, or what changed about it, and return the number of its snapshot.

    Its site, host and services become known. A snapshot is new when its identity or its time is.
    What is still to be worked on of it enters its wave.
    """
    for service in (source.service, *(glob.service for glob in source.service_globs)):
        cases.place(connection, source.site, source.host, service)
    first = connection.execute(
        sa.select(tables.sources.c.registered_at).where(
            tables.sources.c.source_id == source.source_id
        )
    ).scalar()
    registered_at = to_microseconds(at) if first is None else first
    put(connection, tables.sources, [_row(source) | {"registered_at": registered_at}])
    if first is not None:
        shards.enter_wave(connection, source.source_id, source.wave)
    return _snapshot_of(connection, source, at)


def find(connection: sa.Connection, *, location: bytes, case: str, host: str) -> Source | None:
    """Return the source that was registered at a place for a host of a case."""
    columns = tables.sources.c
    statement = (
        sa.select(tables.sources)
        .where(columns.location == location, columns.case_id == case, columns.host == host)
        .order_by(columns.registered_at, columns.source_id)
    )
    row = connection.execute(statement).first()
    return None if row is None else _source(row)


def get(connection: sa.Connection, source_id: str) -> Source | None:
    """Return a source."""
    statement = sa.select(tables.sources).where(tables.sources.c.source_id == source_id)
    row = connection.execute(statement).one_or_none()
    return None if row is None else _source(row)


def all_sources(connection: sa.Connection) -> list[Source]:
    """Return every source, in the order of registration."""
    columns = tables.sources.c
    statement = sa.select(tables.sources).order_by(columns.registered_at, columns.source_id)
    return [_source(row) for row in connection.execute(statement)]


def latest(connection: sa.Connection, source_id: str) -> Snapshot | None:
    """Return the snapshot of a source that was registered last."""
    columns = tables.snapshots.c
    statement = (
        sa.select(tables.snapshots)
        .where(columns.source_id == source_id)
        .order_by(columns.snapshot_id.desc())
        .limit(1)
    )
    row = connection.execute(statement).one_or_none()
    if row is None:
        return None
    return Snapshot(
        snapshot_id=row.snapshot_id,
        source_id=row.source_id,
        taken_at=from_microseconds_or_none(row.taken_at),
        identity=FilesystemIdentity(filesystem=row.filesystem, root=row.root),
        seen_at=from_microseconds(row.seen_at),
    )


def of_run(connection: sa.Connection, run_id: str) -> dict[int, Source]:
    """Return the sources of a run by the number of the inventory that lists each."""
    inventory = tables.inventories.c
    statement = (
        sa.select(inventory.inventory_id, tables.sources)
        .join(tables.sources, tables.sources.c.source_id == inventory.source_id)
        .where(inventory.run_id == run_id)
        .order_by(inventory.inventory_id)
    )
    return {row.inventory_id: _source(row) for row in connection.execute(statement)}


def _snapshot_of(connection: sa.Connection, source: Source, at: datetime) -> int:
    row = {
        "source_id": source.source_id,
        "taken_at": to_microseconds_or_none(source.snapshot_time),
        "filesystem": source.identity.filesystem,
        "root": source.identity.root,
    }
    columns = tables.snapshots.c
    same = [columns[name].is_not_distinct_from(value) for name, value in row.items()]
    known = connection.execute(sa.select(columns.snapshot_id).where(*same)).scalar()
    if known is not None:
        return int(known)
    return insert_one(connection, tables.snapshots, row | {"seen_at": to_microseconds(at)})


def _row(source: Source) -> dict[str, Any]:
    return {
        "source_id": source.source_id,
        "case_id": source.case,
        "site": source.site,
        "host": source.host,
        "service": source.service,
        "kind": source.kind.value,
        "location": source.location,
        "filesystem": source.identity.filesystem,
        "root": source.identity.root,
        "snapshot_time": to_microseconds_or_none(source.snapshot_time),
        "service_globs": [[glob.pattern, glob.service] for glob in source.service_globs],
        "volume": source.volume or None,
        "decryptor": source.decryptor or None,
        "wave": source.wave,
    }


def _source(row: sa.Row[Any]) -> Source:
    return Source(
        source_id=row.source_id,
        case=row.case_id,
        site=row.site,
        host=row.host,
        service=row.service,
        kind=SourceKind(row.kind),
        location=bytes(row.location),
        identity=FilesystemIdentity(filesystem=row.filesystem, root=row.root),
        snapshot_time=from_microseconds_or_none(row.snapshot_time),
        service_globs=tuple(ServiceGlob(pattern=p, service=s) for p, s in row.service_globs),
        volume=row.volume or "",
        decryptor=row.decryptor or "",
        wave=row.wave,
    )
