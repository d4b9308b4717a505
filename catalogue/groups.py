"""Alarms of groups: what the neighbours of an entry say about it."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from catalogue import tables
from catalogue.statements import in_batches, insert_all


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """An alarm about a group of entries; `key` is a directory's code, or another group's."""

    kind: str
    key: bytes
    alarm: str
    evidence: Mapping[str, Any]


def replace(connection: sa.Connection, inventory_id: int, alarms: Sequence[Alarm]) -> None:
    """Store what an assessment found, in place of what the one before it did."""
    own = tables.groups.c.inventory_id == inventory_id
    connection.execute(sa.delete(tables.groups).where(own))
    rows = [
        {
            "inventory_id": inventory_id,
            "kind": alarm.kind,
            "key": alarm.key,
            "alarm": alarm.alarm,
            "evidence": dict(alarm.evidence),
        }
        for alarm in alarms
    ]
    insert_all(connection, tables.groups, rows)


def of_inventory(connection: sa.Connection, inventory_id: int) -> list[Alarm]:
    """Return the alarms of an inventory, in the order they were stored."""
    columns = tables.groups.c
    statement = sa.select(tables.groups).where(columns.inventory_id == inventory_id)
    return [
        Alarm(kind=row.kind, key=bytes(row.key), alarm=row.alarm, evidence=row.evidence)
        for row in connection.execute(statement.order_by(columns.group_id))
    ]


def counted(connection: sa.Connection, inventories: Iterable[int]) -> Counter[tuple[int, str]]:
    """Return how many groups of some inventories each alarm is about, by inventory and alarm."""
    columns = tables.groups.c
    found: Counter[tuple[int, str]] = Counter()
    for some in in_batches(inventories):
        statement = (
            sa.select(columns.inventory_id, columns.alarm, sa.func.count())
            .where(columns.inventory_id.in_(some))
            .group_by(columns.inventory_id, columns.alarm)
        )
        for inventory_id, alarm, number in connection.execute(statement):
            found[inventory_id, alarm] = number
    return found
