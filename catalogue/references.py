"""References of what a host is expected to have had, and where their encrypted paths lie."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from catalogue.restore_tables import expected
from catalogue.statements import insert_all
from catalogue.times import from_microseconds, to_microseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReference:
    """One reference; `sealed` names the encrypted object that holds its paths."""

    reference_id: str
    case_id: str
    host: str
    volume: str
    paths: int
    sealed: Mapping[str, str]
    at: datetime


def add(connection: sa.Connection, reference: StoredReference) -> None:
    """Store a reference."""
    row = {
        "reference_id": reference.reference_id,
        "case_id": reference.case_id,
        "host": reference.host,
        "volume": reference.volume,
        "paths": reference.paths,
        "sealed": dict(reference.sealed),
        "at": to_microseconds(reference.at),
    }
    insert_all(connection, expected, [row])


def newest(
    connection: sa.Connection, case_id: str, host: str, volume: str
) -> StoredReference | None:
    """Return the reference of a volume that was added last."""
    columns = expected.c
    statement = (
        sa.select(expected)
        .where(columns.case_id == case_id, columns.host == host, columns.volume == volume)
        .order_by(columns.reference_id.desc())
        .limit(1)
    )
    row = connection.execute(statement).one_or_none()
    return None if row is None else _reference(row)


def all_references(connection: sa.Connection) -> list[StoredReference]:
    """Return every reference, oldest first."""
    statement = sa.select(expected).order_by(expected.c.reference_id)
    return [_reference(row) for row in connection.execute(statement)]


def _reference(row: sa.Row[Any]) -> StoredReference:
    return StoredReference(
        reference_id=row.reference_id,
        case_id=row.case_id,
        host=row.host,
        volume=row.volume,
        paths=row.paths,
        sealed=row.sealed,
        at=from_microseconds(row.at),
    )
