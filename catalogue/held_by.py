"""Who had a content: the entries that stand on it in the clean zone, their runs, the deliveries."""

from collections.abc import Iterable, Iterator

import sqlalchemy as sa

from catalogue import recall_tables, tables
from catalogue.entries import StoredEntry, stored_entry
from catalogue.statements import in_batches, insert_new
from custody.digest import Digest
from custody.lifecycle import Stage


def standing(connection: sa.Connection, digests: Iterable[Digest]) -> Iterator[StoredEntry]:
    """Yield the entries of every run that are in the clean zone as one of some contents."""
    columns = tables.entries.c
    own = sa.and_(columns.stage == Stage.PROMOTED.value, columns.superseded_by.is_(None))
    for batch in in_batches(digests):
        ways = (
            sa.and_(own, columns.digest.in_(batch)),
            sa.and_(
                columns.stage == Stage.SUPERSEDED.value,
                columns.superseded_by.in_(batch),
                # What was cut from an extract is found by the extract, which has an index.
                columns.digest.in_(_cut_from(batch)),
            ),
        )
        for condition in ways:
            statement = sa.select(tables.entries).where(condition).order_by(columns.entry_id)
            yield from map(stored_entry, connection.execute(statement).all())


def superseded(connection: sa.Connection, digests: Iterable[Digest]) -> Iterator[StoredEntry]:
    """Yield the entries with some contents for which something else is in the clean zone."""
    columns = tables.entries.c
    for batch in in_batches(digests):
        statement = sa.select(tables.entries).where(
            columns.digest.in_(batch), columns.stage == Stage.SUPERSEDED.value
        )
        yield from map(stored_entry, connection.execute(statement).all())


def runs_of(connection: sa.Connection, inventory_ids: Iterable[int]) -> dict[int, str]:
    """Return the run of each of some inventories."""
    columns = tables.inventories.c
    found: dict[int, str] = {}
    for batch in in_batches(inventory_ids):
        statement = sa.select(columns.inventory_id, columns.run_id).where(
            columns.inventory_id.in_(batch)
        )
        found.update((row.inventory_id, row.run_id) for row in connection.execute(statement))
    return found


def add_delivered(connection: sa.Connection, delivery_id: str, digests: Iterable[Digest]) -> None:
    """Store which contents a delivery handed over."""
    for batch in in_batches(digests):
        rows = [{"delivery_id": delivery_id, "digest": digest} for digest in batch]
        insert_new(connection, recall_tables.delivered, rows)


def delivered_in(connection: sa.Connection, delivery_id: str) -> frozenset[Digest]:
    """Return the contents that a delivery was recorded to hand over."""
    columns = recall_tables.delivered.c
    statement = sa.select(columns.digest).where(columns.delivery_id == delivery_id)
    return frozenset(connection.execute(statement).scalars())


def deliveries_of(
    connection: sa.Connection, digests: Iterable[Digest]
) -> dict[Digest, tuple[str, ...]]:
    """Return the deliveries that handed over each of some contents, oldest first."""
    columns = recall_tables.delivered.c
    found: dict[Digest, tuple[str, ...]] = {}
    for batch in in_batches(digests):
        statement = sa.select(recall_tables.delivered).where(columns.digest.in_(batch))
        for row in connection.execute(statement.order_by(columns.delivery_id)):
            found[row.digest] = (*found.get(row.digest, ()), row.delivery_id)
    return found


def promoted_by_service(connection: sa.Connection) -> dict[str, set[Digest]]:
    """Return the contents in the clean zone that each service has entries of."""
    columns, promotion = tables.entries.c, tables.promotions.c
    enters = sa.func.coalesce(columns.superseded_by, columns.digest)
    statement = (
        sa.select(columns.service, promotion.digest)
        .join(tables.promotions, promotion.digest == enters)
        .where(
            columns.stage.in_((Stage.PROMOTED.value, Stage.SUPERSEDED.value)),
            promotion.recalled_at.is_(None),
        )
        .distinct()
    )
    found: dict[str, set[Digest]] = {}
    for service, digest in connection.execute(statement.execution_options(yield_per=2000)):
        found.setdefault(service, set()).add(digest)
    return found


def _cut_from(splits: list[Digest]) -> sa.Select[tuple[Digest]]:
    columns = tables.expansions.c
    return sa.select(columns.digest).where(columns.derived.in_(splits))
