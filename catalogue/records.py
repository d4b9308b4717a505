"""How many records each extract held, and how many were accepted, refused and flagged."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from catalogue import tables
from catalogue.statements import in_batches, insert_new
from custody.digest import Digest
from custody.records import Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordCounts:
    """The records of one extract, or of a whole run, under one schema."""

    schema: str
    counts: Counts


def add(
    connection: sa.Connection, profile: Digest, counted: Sequence[tuple[Digest, RecordCounts]]
) -> None:
    """Store counts; what a profile has counted already stays."""
    rows = [
        {
            "digest": digest,
            "profile": profile,
            "schema": each.schema,
            "read": each.counts.read,
            "accepted": each.counts.accepted,
            "refused": each.counts.refused,
            "flagged": each.counts.flagged,
        }
        for digest, each in counted
    ]
    insert_new(connection, tables.records, rows)


def known(
    connection: sa.Connection, digests: Iterable[Digest], profile: Digest
) -> dict[Digest, tuple[RecordCounts, ...]]:
    """Return what was counted of those contents that hold records, by schema."""
    columns = tables.records.c
    found: dict[Digest, tuple[RecordCounts, ...]] = {}
    for batch in in_batches(digests):
        statement = sa.select(tables.records).where(
            columns.digest.in_(batch), columns.profile == profile
        )
        for row in connection.execute(statement.order_by(columns.digest, columns.schema)):
            counts = Counts(
                read=row.read, accepted=row.accepted, refused=row.refused, flagged=row.flagged
            )
            own = RecordCounts(schema=row.schema, counts=counts)
            found[row.digest] = (*found.get(row.digest, ()), own)
    return found


def totals(connection: sa.Connection, run_id: str) -> dict[str, RecordCounts]:
    """Return the sums over the entries of a run, by schema, under the run's own profile."""
    columns, entry = tables.records.c, tables.entries.c
    sums = [sa.func.sum(c) for c in (columns.read, columns.accepted, columns.refused)]
    statement = (
        sa.select(columns.schema, *sums, sa.func.sum(columns.flagged))
        .select_from(tables.runs)
        .join(tables.inventories, tables.inventories.c.run_id == tables.runs.c.run_id)
        .join(tables.entries, entry.inventory_id == tables.inventories.c.inventory_id)
        .join(
            tables.records,
            sa.and_(columns.digest == entry.digest, columns.profile == tables.runs.c.profile),
        )
        .where(tables.runs.c.run_id == run_id)
        .group_by(columns.schema)
    )
    return {
        schema: RecordCounts(
            schema=schema,
            counts=Counts(
                read=int(read), accepted=int(accepted), refused=int(refused), flagged=int(flagged)
            ),
        )
        for schema, read, accepted, refused, flagged in connection.execute(statement)
    }
