"""Where the encrypted names and details of a shard lie, and when they were erased."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, unique
from typing import Any

import sqlalchemy as sa

from catalogue import tables
from catalogue.lineage import ancestors
from catalogue.statements import insert_new
from catalogue.statements import put as put_rows
from catalogue.times import from_microseconds_or_none, to_microseconds_or_none
from custody.digest import Digest


@unique
class NamesKind(Enum):
    """What a names object holds, a line an entry, a finding, or an identifier of an extract."""

    PATHS = "paths"
    DETAILS = "details"
    SUBJECTS = "subjects"


@dataclass(frozen=True, slots=True, kw_only=True)
class SealedObject:
    """An encrypted object: where it lies, its digest, and the key that opens it."""

    key: str
    version: str
    digest: Digest
    key_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NamesObject:
    """The encrypted object of a shard that holds one kind."""

    shard_id: int
    kind: NamesKind
    sealed: SealedObject
    erased_at: datetime | None = None


def put(connection: sa.Connection, names: NamesObject) -> None:
    """Store where the names of a shard lie, in place of what was stored (erasure rewrites them)."""
    put_rows(connection, tables.names, [_row(names)])


def add(connection: sa.Connection, names: NamesObject) -> None:
    """Store where the names of a shard lie, unless that is known already."""
    insert_new(connection, tables.names, [_row(names)])


def get(connection: sa.Connection, shard_id: int, kind: NamesKind) -> NamesObject | None:
    """Return the names that a shard's lines point into.

    A part of a split shard has none of its own: its entries kept their lines, so they are found in
    the nearest shard that it was split from.
    """
    columns = tables.names.c
    for holder in ancestors(connection, shard_id):
        statement = sa.select(tables.names).where(
            columns.shard_id == holder, columns.kind == kind.value
        )
        row = connection.execute(statement).one_or_none()
        if row is not None:
            return _names(row)
    return None


def of_key(connection: sa.Connection, key_id: str) -> list[NamesObject]:
    """Return every object that a key opens, for erasure and rotation."""
    columns = tables.names.c
    statement = sa.select(tables.names).where(columns.key_id == key_id)
    rows = connection.execute(statement.order_by(columns.shard_id, columns.kind))
    return [_names(row) for row in rows]


def _row(names: NamesObject) -> dict[str, Any]:
    return {
        "shard_id": names.shard_id,
        "kind": names.kind.value,
        "key": names.sealed.key,
        "version": names.sealed.version,
        "digest": names.sealed.digest,
        "key_id": names.sealed.key_id,
        "erased_at": to_microseconds_or_none(names.erased_at),
    }


def _names(row: sa.Row[Any]) -> NamesObject:
    return NamesObject(
        shard_id=row.shard_id,
        kind=NamesKind(row.kind),
        sealed=SealedObject(key=row.key, version=row.version, digest=row.digest, key_id=row.key_id),
        erased_at=from_microseconds_or_none(row.erased_at),
    )
