"""Restore sets: what was sealed, who signed it, and when it was opened."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from catalogue.restore_tables import restore_members, restore_sets, restore_signatures
from catalogue.statements import in_batches, insert_all, insert_new
from catalogue.times import from_microseconds, from_microseconds_or_none, to_microseconds
from custody.digest import Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSet:
    """A sealed set. `document` is the digest of what is signed, `manifest` the root of its lines.

    `countersign_by` is set while it is open by one signature for urgent care.
    """

    set_id: str
    case_id: str
    kind: str
    service: str
    document: Digest
    manifest: Digest
    files: int
    size: int
    at: datetime
    until: datetime
    opened_at: datetime | None = None
    certificate: Digest | None = None
    countersign_by: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredSignature:
    """One signature under a set, with the key that it was made with."""

    set_id: str
    person: str
    role: str
    public_key: str
    reason: str
    signature: str
    at: datetime


def add(connection: sa.Connection, sealed: StoredSet, digests: Iterable[Digest]) -> None:
    """Store a set and the contents that it holds."""
    row = {
        "set_id": sealed.set_id,
        "case_id": sealed.case_id,
        "kind": sealed.kind,
        "service": sealed.service,
        "document": sealed.document,
        "manifest": sealed.manifest,
        "files": sealed.files,
        "bytes": sealed.size,
        "at": to_microseconds(sealed.at),
        "until": to_microseconds(sealed.until),
    }
    insert_all(connection, restore_sets, [row])
    for batch in in_batches(digests):
        rows = [{"set_id": sealed.set_id, "digest": digest} for digest in batch]
        insert_new(connection, restore_members, rows)


def sign(connection: sa.Connection, signature: StoredSignature) -> None:
    """Store a signature; a person signs a set once."""
    row = {
        "set_id": signature.set_id,
        "person": signature.person,
        "role": signature.role,
        "public_key": signature.public_key,
        "reason": signature.reason,
        "signature": signature.signature,
        "at": to_microseconds(signature.at),
    }
    insert_all(connection, restore_signatures, [row])


def open_set(
    connection: sa.Connection,
    set_id: str,
    *,
    at: datetime,
    certificate: Digest,
    countersign_by: datetime | None,
) -> None:
    """Say that a set may be read; a set that is open by one signature opens once more by all.

    Raises:
        RuntimeError: there is no such set.
    """
    values = {
        "opened_at": to_microseconds(at),
        "certificate": certificate,
        "countersign_by": None if countersign_by is None else to_microseconds(countersign_by),
    }
    statement = sa.update(restore_sets).where(restore_sets.c.set_id == set_id).values(values)
    if connection.execute(statement).rowcount != 1:
        raise RuntimeError("only a sealed set is opened")


def get(connection: sa.Connection, set_id: str) -> StoredSet | None:
    """Return a set."""
    statement = sa.select(restore_sets).where(restore_sets.c.set_id == set_id)
    row = connection.execute(statement).one_or_none()
    return None if row is None else _set(row)


def all_sets(connection: sa.Connection, case_id: str = "") -> list[StoredSet]:
    """Return the sets of a case, or all, oldest first."""
    columns = restore_sets.c
    statement = sa.select(restore_sets).order_by(columns.set_id)
    if case_id:
        statement = statement.where(columns.case_id == case_id)
    return [_set(row) for row in connection.execute(statement)]


def not_countersigned(connection: sa.Connection) -> list[StoredSet]:
    """Return the sets that are open by one signature for urgent care, oldest first."""
    columns = restore_sets.c
    statement = sa.select(restore_sets).where(columns.countersign_by.is_not(None))
    return [_set(row) for row in connection.execute(statement.order_by(columns.set_id))]


def share_contents(connection: sa.Connection, one: str, other: str) -> bool:
    """Whether two sets hold a content in common."""
    mine, theirs = restore_members.alias(), restore_members.alias()
    statement = (
        sa.select(mine.c.digest)
        .join(theirs, theirs.c.digest == mine.c.digest)
        .where(mine.c.set_id == one, theirs.c.set_id == other)
        .limit(1)
    )
    return connection.execute(statement).first() is not None


def signatures(connection: sa.Connection, set_id: str) -> list[StoredSignature]:
    """Return the signatures under a set, in their order."""
    columns = restore_signatures.c
    statement = sa.select(restore_signatures).where(columns.set_id == set_id)
    return [
        StoredSignature(
            set_id=row.set_id,
            person=row.person,
            role=row.role,
            public_key=row.public_key,
            reason=row.reason,
            signature=row.signature,
            at=from_microseconds(row.at),
        )
        for row in connection.execute(statement.order_by(columns.at, columns.person))
    ]


def members(connection: sa.Connection, set_id: str) -> list[Digest]:
    """Return the contents of a set, in order."""
    columns = restore_members.c
    statement = sa.select(columns.digest).where(columns.set_id == set_id)
    return list(connection.execute(statement.order_by(columns.digest)).scalars())


def holding(
    connection: sa.Connection, digests: Iterable[Digest]
) -> Mapping[Digest, tuple[str, ...]]:
    """Return the sets that hold each of some contents, oldest first."""
    columns = restore_members.c
    found: dict[Digest, tuple[str, ...]] = {}
    for batch in in_batches(digests):
        statement = sa.select(restore_members).where(columns.digest.in_(batch))
        for row in connection.execute(statement.order_by(columns.set_id)):
            found[row.digest] = (*found.get(row.digest, ()), row.set_id)
    return found


def _set(row: sa.Row[Any]) -> StoredSet:
    return StoredSet(
        set_id=row.set_id,
        case_id=row.case_id,
        kind=row.kind,
        service=row.service,
        document=row.document,
        manifest=row.manifest,
        files=row.files,
        size=row.bytes,
        at=from_microseconds(row.at),
        until=from_microseconds(row.until),
        opened_at=from_microseconds_or_none(row.opened_at),
        certificate=row.certificate,
        countersign_by=from_microseconds_or_none(row.countersign_by),
    )
