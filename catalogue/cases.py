"""Cases, and the places that sources come from: sites, hosts, services."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from catalogue import tables
from catalogue.statements import insert_new
from catalogue.times import from_microseconds, from_microseconds_or_none, to_microseconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One event that data is recovered from; files since `intrusion_at`, if set, are doubted."""

    case_id: str
    kind: str
    opened_at: datetime
    intrusion_at: datetime | None = None


def open_case(connection: sa.Connection, case_id: str, kind: str, at: datetime) -> None:
    """Open a case; one that is open stays as it is."""
    row = {"case_id": case_id, "kind": kind, "opened_at": to_microseconds(at)}
    insert_new(connection, tables.cases, [row])


def get(connection: sa.Connection, case_id: str) -> Case | None:
    """Return a case."""
    statement = sa.select(tables.cases).where(tables.cases.c.case_id == case_id)
    row = connection.execute(statement).one_or_none()
    if row is None:
        return None
    return Case(
        case_id=row.case_id,
        kind=row.kind,
        opened_at=from_microseconds(row.opened_at),
        intrusion_at=from_microseconds_or_none(row.intrusion_at),
    )


def place(connection: sa.Connection, site: str, host: str, service: str) -> None:
    """Make a site, a host of it and a service known; known ones stay as they are."""
    insert_new(connection, tables.sites, [{"site": site}])
    insert_new(connection, tables.hosts, [{"site": site, "host": host}])
    insert_new(connection, tables.services, [{"service": service}])
