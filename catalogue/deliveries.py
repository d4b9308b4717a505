"""What was handed over: the manifest of each delivery and how many files it held."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from catalogue import tables
from catalogue.statements import insert_all
from catalogue.times import from_microseconds, to_microseconds
from custody.digest import Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One hand-over; `set_id` names the restore set that it was made from, if any."""

    delivery_id: str
    manifest: Digest
    files: int
    at: datetime
    set_id: str | None = None


def add(connection: sa.Connection, delivery: Delivery) -> None:
    """Store a delivery."""
    row = {
        "delivery_id": delivery.delivery_id,
        "set_id": delivery.set_id,
        "manifest": delivery.manifest,
        "files": delivery.files,
        "at": to_microseconds(delivery.at),
    }
    insert_all(connection, tables.deliveries, [row])


def get(connection: sa.Connection, delivery_id: str) -> Delivery | None:
    """Return a delivery."""
    statement = sa.select(tables.deliveries).where(tables.deliveries.c.delivery_id == delivery_id)
    row = connection.execute(statement).one_or_none()
    return None if row is None else _delivery(row)


def all_deliveries(connection: sa.Connection) -> list[Delivery]:
    """Return every delivery, oldest first."""
    columns = tables.deliveries.c
    statement = sa.select(tables.deliveries).order_by(columns.at, columns.delivery_id)
    return [_delivery(row) for row in connection.execute(statement)]


def _delivery(row: sa.Row[Any]) -> Delivery:
    return Delivery(
        delivery_id=row.delivery_id,
        manifest=row.manifest,
        files=row.files,
        at=from_microseconds(row.at),
        set_id=row.set_id,
    )
