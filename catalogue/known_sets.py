"""Sets of known-good digests, indicators, definitions: of each kind and name one is deployed."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, unique
from typing import Any

import sqlalchemy as sa

from catalogue.known_tables import known_sets
from catalogue.rule_packs import DEPLOYED, REPLACED
from catalogue.statements import put
from catalogue.times import from_microseconds, from_microseconds_or_none, to_microseconds
from custody.digest import Digest


@unique
class SetKind(Enum):
    """What a set says of what is in it."""

    GOODWARE = "goodware"
    IOC = "ioc"
    DEFINITIONS = "definitions"


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownSet:
    """A set that was added; `until` is when it ends, if ever."""

    kind: SetKind
    name: str
    digest: Digest
    source: str
    tlp: str
    entries: int
    until: datetime | None
    added_at: datetime

    def holds_at(self, now: datetime) -> bool:
        """Whether the set is in force at a moment."""
        return self.until is None or now < self.until


def deploy(connection: sa.Connection, added: KnownSet) -> None:
    """Deploy a set in place of the one of the same kind and name, which is kept as replaced."""
    remove(connection, added.kind, added.name)
    row = {
        "kind": added.kind.value,
        "name": added.name,
        "digest": added.digest,
        "source": added.source,
        "tlp": added.tlp,
        "entries": added.entries,
        "until": None if added.until is None else to_microseconds(added.until),
        "added_at": to_microseconds(added.added_at),
        "state": DEPLOYED,
    }
    put(connection, known_sets, [row])


def remove(connection: sa.Connection, kind: SetKind, name: str) -> None:
    """Take the set of a kind and name out of force; it is kept as replaced, by none."""
    columns = known_sets.c
    connection.execute(
        sa.update(known_sets)
        .where(columns.kind == kind.value, columns.name == name)
        .values(state=REPLACED)
    )


def deployed(connection: sa.Connection, kind: SetKind) -> list[KnownSet]:
    """Return the sets of a kind that are deployed, those that ended too, by name."""
    columns = known_sets.c
    statement = sa.select(known_sets).where(columns.state == DEPLOYED, columns.kind == kind.value)
    return [_set(row) for row in connection.execute(statement.order_by(columns.name))]


def _set(row: sa.Row[Any]) -> KnownSet:
    return KnownSet(
        kind=SetKind(row.kind),
        name=row.name,
        digest=row.digest,
        source=row.source,
        tlp=row.tlp,
        entries=row.entries,
        until=from_microseconds_or_none(row.until),
        added_at=from_microseconds(row.added_at),
    )
