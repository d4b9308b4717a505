"""Where the entries of one content stand: thousands may have it, and few stand apart."""

from collections.abc import Collection, Sequence
from typing import Any

import sqlalchemy as sa

from catalogue import tables
from catalogue.entries import StoredEntry, by_ids
from custody.digest import Digest


def places(connection: sa.Connection, digest: Digest) -> Sequence[sa.Row[Any]]:
    """Return where the entries with a content stand, oldest first: thousands may have one.

    Each has its number and that of its inventory, its stage, verdict and reason, as stored.
    """
    columns = tables.entries.c
    statement = sa.select(
        *(columns.entry_id, columns.inventory_id, columns.stage, columns.verdict, columns.reason)
    ).where(columns.digest == digest)
    return connection.execute(statement.order_by(columns.entry_id)).all()


def alike(
    connection: sa.Connection, digest: Digest, inventories: Collection[int]
) -> list[tuple[StoredEntry, int]]:
    """Return the first of the entries of a content that stand alike, and how many those are."""
    columns = tables.entries.c
    first, number = sa.func.min(columns.entry_id), sa.func.count()
    statement = (
        sa.select(first, number)
        .where(columns.digest == digest, columns.inventory_id.in_(inventories))
        .group_by(*(columns.inventory_id, columns.service, columns.stage, columns.verdict))
        .group_by(columns.reason, columns.contract)
        .order_by(first)
    )
    counted = {row[0]: row[1] for row in connection.execute(statement)}
    found = by_ids(connection, counted)
    return [(found[entry_id], count) for entry_id, count in counted.items()]
