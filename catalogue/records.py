"""What schemas said of extracts, under a profile: counts, and reasons by code."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from catalogue import record_tables, subject_tables, tables
from catalogue.statements import in_batches, insert_new
from custody.digest import Digest
from custody.records import Counts, ReasonCount, Validation

Key = tuple[Digest, str]
COUNTED = ("read", "accepted", "refused", "flagged")


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaLine:
    """What one service's extracts of one schema came to in an inventory.

    `unread` of its `files` were not read to their end.
    """

    inventory_id: int
    service: str
    schema: str
    files: int
    unread: int
    counts: Counts


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonLine:
    """How many files and records of one service a reason code touches in an inventory."""

    inventory_id: int
    service: str
    schema: str
    code: str
    refuses: bool
    files: int
    records: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Touching:
    """An entry some of whose records a reason refuses; `alone` when no other reason refuses any."""

    entry_id: int
    records: int
    alone: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """A validated content of an inventory, the contract that was declared for it, its schema."""

    digest: Digest
    contract: str
    schema: str

    @property
    def key(self) -> Key:
        """What its validation is known by."""
        return self.digest, self.contract


def tables_of(connection: sa.Connection, inventory_id: int, profile: Digest) -> list[Table]:
    """Return the contents of an inventory that a schema was found for, each once."""
    columns, entry = record_tables.records.c, tables.entries.c
    own = sa.func.coalesce(entry.contract, "")
    statement = (
        sa.select(columns.digest, columns.contract, columns.schema)
        .distinct()
        .join(tables.entries, sa.and_(entry.digest == columns.digest, own == columns.contract))
        .where(entry.inventory_id == inventory_id, columns.profile == profile, columns.schema != "")
        .order_by(columns.digest, columns.contract)
    )
    return [
        Table(digest=row.digest, contract=row.contract, schema=row.schema)
        for row in connection.execute(statement)
    ]


def placed(
    connection: sa.Connection, inventory_id: int, profile: Digest, schema: str
) -> list[tuple[Digest, str]]:
    """Return the contents of one schema in an inventory, once for each service that has them."""
    columns, entry = record_tables.records.c, tables.entries.c
    statement = (
        sa.select(columns.digest, entry.service)
        .distinct()
        .join(tables.entries, entry.digest == columns.digest)
        .where(
            entry.inventory_id == inventory_id,
            columns.profile == profile,
            columns.schema == schema,
        )
        .order_by(columns.digest, entry.service)
    )
    return [(row.digest, row.service) for row in connection.execute(statement)]


def add(connection: sa.Connection, profile: Digest, validated: Mapping[Key, Validation]) -> None:
    """Store validations by content and contract; what the profile has said already stays."""
    rows, reasons = [], []
    for (digest, contract), validation in sorted(validated.items()):
        key = {"digest": digest, "profile": profile, "contract": contract}
        counts = validation.counts
        rows.append(
            {
                **key,
                "schema": validation.schema,
                "read": counts.read,
                "accepted": counts.accepted,
                "refused": counts.refused,
                "flagged": counts.flagged,
                "unread": validation.unread,
            }
        )
        reasons += [
            {**key, "code": r.code, "refuses": r.refuses, "records": r.records, "whole": r.whole}
            for r in validation.reasons
        ]
    insert_new(connection, record_tables.records, rows)
    insert_new(connection, record_tables.reasons, reasons)


def known(
    connection: sa.Connection, digests: Iterable[Digest], profile: Digest
) -> dict[Key, Validation]:
    """Return what was said of those contents that were validated, by content and contract."""
    columns = record_tables.records.c
    found: dict[Key, Validation] = {}
    for batch in in_batches(digests):
        reasons = _reasons(connection, batch, profile)
        statement = sa.select(record_tables.records).where(
            columns.digest.in_(batch), columns.profile == profile
        )
        for row in connection.execute(statement):
            key = row.digest, row.contract
            found[key] = Validation(
                schema=row.schema,
                counts=_counts(row),
                reasons=tuple(reasons.get(key, ())),
                unread=row.unread,
            )
    return found


def _reasons(
    connection: sa.Connection, digests: list[Digest], profile: Digest
) -> dict[Key, list[ReasonCount]]:
    columns = record_tables.reasons.c
    statement = sa.select(record_tables.reasons).where(
        columns.digest.in_(digests), columns.profile == profile
    )
    found: dict[Key, list[ReasonCount]] = {}
    for row in connection.execute(statement.order_by(columns.code, columns.refuses)):
        found.setdefault((row.digest, row.contract), []).append(_reason(row))
    return found


def totals(connection: sa.Connection, run_id: str) -> dict[str, Counts]:
    """Return the sums over the entries of a run, by schema, under the run's own profile."""
    columns = record_tables.records.c
    sums = [sa.func.sum(columns[name]).label(name) for name in COUNTED]
    statement = (
        _of_entries(sa.select(columns.schema, *sums))
        .where(tables.runs.c.run_id == run_id, columns.schema != "")
        .group_by(columns.schema)
    )
    return {row.schema: _counts(row) for row in connection.execute(statement)}


def schemas_of(connection: sa.Connection, inventory_ids: Iterable[int]) -> Iterator[SchemaLine]:
    """Yield what the extracts of some inventories came to, by inventory, service and schema."""
    columns, entry = record_tables.records.c, tables.entries.c
    by = (entry.inventory_id, entry.service, columns.schema)
    unread = sa.func.sum(sa.case((columns.unread != "", 1), else_=0)).label("unread")
    sums = [sa.func.sum(columns[name]).label(name) for name in COUNTED]
    for batch in in_batches(inventory_ids):
        statement = _of_entries(sa.select(*by, sa.func.count().label("files"), unread, *sums))
        statement = statement.where(entry.inventory_id.in_(batch), _is_extract())
        for row in connection.execute(statement.group_by(*by).order_by(*by)):
            yield SchemaLine(
                inventory_id=row.inventory_id,
                service=row.service,
                schema=row.schema,
                files=row.files,
                unread=int(row.unread),
                counts=_counts(row),
            )


def reasons_of(connection: sa.Connection, inventory_ids: Iterable[int]) -> Iterator[ReasonLine]:
    """Yield the reasons in some inventories, by inventory, service, schema and code."""
    columns, reason, entry = record_tables.records.c, record_tables.reasons.c, tables.entries.c
    by = (entry.inventory_id, entry.service, columns.schema, reason.code, reason.refuses)
    own = [reason[name] == columns[name] for name in ("digest", "profile", "contract")]
    sums = (sa.func.count().label("files"), sa.func.sum(reason.records).label("records"))
    for batch in in_batches(inventory_ids):
        statement = _of_entries(sa.select(*by, *sums)).join(record_tables.reasons, sa.and_(*own))
        statement = statement.where(entry.inventory_id.in_(batch), _is_extract())
        for row in connection.execute(statement.group_by(*by).order_by(*by)):
            yield ReasonLine(
                inventory_id=row.inventory_id,
                service=row.service,
                schema=row.schema,
                code=row.code,
                refuses=bool(row.refuses),
                files=row.files,
                records=int(row.records),
            )


def unindexed(connection: sa.Connection, inventory_ids: Iterable[int]) -> int:
    """Return how many extracts of entries were validated, and are not in the subject index."""
    columns, entry = record_tables.records.c, tables.entries.c
    index = subject_tables.extracts.c
    same = (index.digest == columns.digest, index.profile == columns.profile)
    missing = ~sa.exists().where(*same, index.contract == columns.contract)
    total = 0
    for batch in in_batches(inventory_ids):
        statement = _of_entries(sa.select(sa.func.count()))
        own = entry.inventory_id.in_(batch)
        total += int(connection.execute(statement.where(own, _is_extract(), missing)).scalar_one())
    return total


def touching(
    connection: sa.Connection, inventory_ids: Iterable[int], schema: str, code: str
) -> Iterator[Touching]:
    """Yield the entries whose records of one schema are refused for one reason."""
    columns, reason, entry = record_tables.records.c, record_tables.reasons.c, tables.entries.c
    keys = ("digest", "profile", "contract")
    own = sa.and_(*(reason[name] == columns[name] for name in keys))
    other = record_tables.reasons.alias()
    others = sa.exists().where(
        *(other.c[name] == columns[name] for name in keys), other.c.refuses, other.c.code != code
    )
    for batch in in_batches(inventory_ids):
        statement = (
            _of_entries(sa.select(entry.entry_id, reason.records, sa.not_(others).label("alone")))
            .join(record_tables.reasons, own)
            .where(entry.inventory_id.in_(batch), columns.schema == schema)
            .where(reason.code == code, reason.refuses, reason.records > 0)
            .order_by(entry.entry_id)
        )
        for row in connection.execute(statement):
            yield Touching(entry_id=row.entry_id, records=int(row.records), alone=bool(row.alone))


def _is_extract() -> sa.ColumnElement[bool]:
    """Leave out what no schema knows; what was not read to its end is an extract all the same."""
    columns = record_tables.records.c
    return sa.or_(columns.schema != "", columns.unread != "")


def _of_entries(statement: sa.Select[Any]) -> sa.Select[Any]:
    """Join validations with the entries that they judge, each by its own contract."""
    columns, entry = record_tables.records.c, tables.entries.c
    own = sa.and_(
        columns.digest == entry.digest,
        columns.profile == tables.runs.c.profile,
        columns.contract == sa.func.coalesce(entry.contract, ""),
    )
    return (
        statement.select_from(tables.runs)
        .join(tables.inventories, tables.inventories.c.run_id == tables.runs.c.run_id)
        .join(tables.entries, entry.inventory_id == tables.inventories.c.inventory_id)
        .join(record_tables.records, own)
    )


def _counts(row: sa.Row[Any]) -> Counts:
    return Counts(
        read=int(row.read),
        accepted=int(row.accepted),
        refused=int(row.refused),
        flagged=int(row.flagged),
    )


def _reason(row: sa.Row[Any]) -> ReasonCount:
    return ReasonCount(
        code=row.code, refuses=bool(row.refuses), records=int(row.records), whole=bool(row.whole)
    )
