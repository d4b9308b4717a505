"""Where the entries of one content stand: thousands may have it, and few stand apart."""

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from catalogue import tables
from catalogue.entries import StoredEntry, by_ids
from custody.digest import Digest


def places(connection: sa.Connection, digest: Digest) -> Sequence[sa.Row[Any]]:
    """Return where the entries with a content stand, oldest first, as it is stored.

    Each has its number, that of its inventory, its service, stage, verdict, reason and contract.
    """
    columns = tables.entries.c
    statement = sa.select(
        *(columns.entry_id, columns.inventory_id, columns.service, columns.stage),
        *(columns.verdict, columns.reason, columns.contract),
    ).where(columns.digest == digest)
    return connection.execute(statement.order_by(columns.entry_id)).all()


def alike(
    connection: sa.Connection, digest: Digest, inventories: Collection[int]
) -> list[tuple[StoredEntry, int]]:
    """Return the first of the entries of a content that stand alike, and how many those are."""
    first: dict[tuple[Any, ...], int] = {}
    numbers: dict[int, int] = {}
    for entry_id, *how in places(connection, digest):
        if how[0] in inventories:
            own = first.setdefault(tuple(how), entry_id)
            numbers[own] = numbers.get(own, 0) + 1
    found = by_ids(connection, numbers)
    return [(found[entry_id], number) for entry_id, number in numbers.items()]
