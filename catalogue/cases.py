"""Cases, and the places that sources come from: sites, hosts, services."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from catalogue import tables
from catalogue.statements import insert_new
from catalogue.times import (
    from_microseconds,
    from_microseconds_or_none,
    to_microseconds,
    to_microseconds_or_none,
)
from custody.case import Terms, kind_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One event that data is recovered from; files since `intrusion_at`, if set, are doubted."""

    case_id: str
    kind: str
    opened_at: datetime
    intrusion_at: datetime | None = None
    cut_off_at: datetime | None = None

    @property
    def terms(self) -> Terms:
        """What the case was declared to be."""
        return Terms(
            kind=kind_of(self.kind), intrusion_at=self.intrusion_at, cut_off_at=self.cut_off_at
        )


def open_case(connection: sa.Connection, case_id: str, kind: str, at: datetime) -> None:
    """Open a case; one that is open stays as it is."""
    row = {"case_id": case_id, "kind": kind, "opened_at": to_microseconds(at)}
    insert_new(connection, tables.cases, [row])


def declare(connection: sa.Connection, case_id: str, terms: Terms) -> None:
    """Say what an open case is; all of it replaces what was said before.

    Raises:
        RuntimeError: the case is not open.
    """
    values = {
        "kind": terms.kind.value,
        "intrusion_at": to_microseconds_or_none(terms.intrusion_at),
        "cut_off_at": to_microseconds_or_none(terms.cut_off_at),
    }
    statement = sa.update(tables.cases).where(tables.cases.c.case_id == case_id).values(values)
    if connection.execute(statement).rowcount != 1:
        raise RuntimeError("only an open case is declared")


def get(connection: sa.Connection, case_id: str) -> Case | None:
    """Return a case."""
    statement = sa.select(tables.cases).where(tables.cases.c.case_id == case_id)
    row = connection.execute(statement).one_or_none()
    return None if row is None else _case(row)


def all_cases(connection: sa.Connection) -> list[Case]:
    """Return every case, by name."""
    statement = sa.select(tables.cases).order_by(tables.cases.c.case_id)
    return [_case(row) for row in connection.execute(statement)]


def _case(row: sa.Row[Any]) -> Case:
    return Case(
        case_id=row.case_id,
        kind=row.kind,
        opened_at=from_microseconds(row.opened_at),
        intrusion_at=from_microseconds_or_none(row.intrusion_at),
        cut_off_at=from_microseconds_or_none(row.cut_off_at),
    )


def place(connection: sa.Connection, site: str, host: str, service: str) -> None:
    """Make a site, a host of it and a service known; known ones stay as they are."""
    insert_new(connection, tables.sites, [{"site": site}])
    insert_new(connection, tables.hosts, [{"site": site, "host": host}])
    insert_new(connection, tables.services, [{"service": service}])
