"""Entries: where each listed name stands, by shard, by run, by name code and by digest."""

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from catalogue import tables
from catalogue.statements import in_batches, insert_tuples, run_tuples
from custody.digest import Digest
from custody.entry import EntryKind
from custody.fate import STAGE_FATES
from custody.lifecycle import Stage
from custody.verdict import Verdict

STREAMED_ROWS = 2000
END_STAGES = tuple(STAGE_FATES)
# A hostile disk dates a file to the year 60000; in 64 bits nanoseconds end in 2262.
LAST_NS = 2**63 - 1
KINDS = {kind.value: kind for kind in EntryKind}
STAGES = {stage.value: stage for stage in Stage}
VERDICTS: dict[str | None, Verdict | None] = {verdict.value: verdict for verdict in Verdict}
VERDICTS[None] = None
NEW_COLUMNS = (
    *("inventory_id", "shard_id", "ordinal", "name_key", "directory_key", "service", "kind"),
    *("size", "mtime_ns", "mode", "inode", "links", "stage", "reason"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class NewEntry:
    """Everything of a listed entry but the numbers that the catalogue gives."""

    ordinal: int
    name_key: bytes
    directory_key: bytes
    service: str
    kind: EntryKind
    size: int
    mtime_ns: int
    mode: int
    inode: int
    links: int
    stage: Stage = Stage.LISTED
    reason: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEntry:
    """An entry as it stands. `reason` says why it is not taken, or what its verdict rests on."""

    entry_id: int
    inventory_id: int
    shard_id: int
    ordinal: int
    name_key: bytes
    directory_key: bytes
    service: str
    kind: EntryKind
    size: int
    mtime_ns: int
    mode: int
    inode: int
    links: int
    stage: Stage
    digest: Digest | None
    verdict: Verdict | None
    reason: str | None
    superseded_by: Digest | None = None
    contract: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryUpdate:
    """What a step found out about an entry; all of it replaces what stood there.

    `superseded_by` is what goes into the clean zone in its place, from its judgement on.
    `contract` is the key of the contract of records that was declared for it.
    """

    entry_id: int
    stage: Stage
    digest: Digest | None
    verdict: Verdict | None
    reason: str | None
    superseded_by: Digest | None = None
    contract: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Position:
    """A place in the order of a listing, to go on behind."""

    inventory_id: int
    shard_id: int
    ordinal: int


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryFilter:
    """Which entries are asked for; an empty set asks for all."""

    stages: frozenset[Stage] = frozenset()
    verdicts: frozenset[Verdict] = frozenset()
    services: frozenset[str] = frozenset()


EVERYTHING = EntryFilter()


def add(
    connection: sa.Connection, inventory_id: int, shard_id: int, new: Sequence[NewEntry]
) -> None:
    """Insert the entries of a shard; a time beyond 64 bits is kept as the last that fits."""
    rows = [
        (
            inventory_id,
            shard_id,
            entry.ordinal,
            entry.name_key,
            entry.directory_key,
            entry.service,
            entry.kind.value,
            entry.size,
            min(max(entry.mtime_ns, -LAST_NS), LAST_NS),
            entry.mode,
            str(entry.inode),
            entry.links,
            entry.stage.value,
            entry.reason,
        )
        for entry in new
    ]
    insert_tuples(connection, tables.entries, NEW_COLUMNS, rows)


def update(connection: sa.Connection, updates: Sequence[EntryUpdate]) -> None:
    """Write what a step found out about many entries."""
    if not updates:
        return
    rows = [
        (
            change.stage.value,
            _bytes(change.digest),
            None if change.verdict is None else change.verdict.value,
            change.reason,
            _bytes(change.superseded_by),
            change.contract,
            change.entry_id,
        )
        for change in updates
    ]
    names = ("stage", "digest", "verdict", "reason", "superseded_by", "contract")
    statement = (
        sa.update(tables.entries)
        .where(tables.entries.c.entry_id == sa.bindparam("of_entry"))
        .values({name: sa.bindparam(name) for name in names})
    )
    run_tuples(connection, statement, (*names, "of_entry"), rows)


def _bytes(digest: Digest | None) -> bytes | None:
    return None if digest is None else bytes.fromhex(digest)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Where an entry stands after a step that read no content; many entries share one."""

    stage: Stage
    verdict: Verdict | None
    reason: str | None
    superseded_by: Digest | None = None


def settle(connection: sa.Connection, moves: Iterable[tuple[int, Standing]]) -> None:
    """Move many entries, one statement for all that end alike; their contents stay."""
    alike: dict[Standing, list[int]] = {}
    for entry_id, standing in moves:
        alike.setdefault(standing, []).append(entry_id)
    columns = tables.entries.c
    for standing, entry_ids in alike.items():
        values = {
            "stage": standing.stage.value,
            "verdict": None if standing.verdict is None else standing.verdict.value,
            "reason": standing.reason,
            "superseded_by": standing.superseded_by,
        }
        for batch in in_batches(entry_ids):
            connection.execute(
                sa.update(tables.entries).where(columns.entry_id.in_(batch)).values(values)
            )


def move_shard(connection: sa.Connection, entry_ids: Iterable[int], shard_id: int) -> None:
    """Move entries to another shard; each keeps its ordinal, and so the line of its name."""
    columns = tables.entries.c
    for batch in in_batches(entry_ids):
        connection.execute(
            sa.update(tables.entries).where(columns.entry_id.in_(batch)).values(shard_id=shard_id)
        )


def of_shard(connection: sa.Connection, shard_id: int) -> list[StoredEntry]:
    """Return the entries of a shard, by ordinal."""
    columns = tables.entries.c
    statement = sa.select(tables.entries).where(columns.shard_id == shard_id)
    return _read(connection, statement.order_by(columns.ordinal))


def of_inventory(
    connection: sa.Connection, inventory_id: int, stage: Stage
) -> Iterator[StoredEntry]:
    """Stream the entries of an inventory that stand at a stage, in no special order."""
    columns = tables.entries.c
    statement = sa.select(tables.entries).where(
        columns.inventory_id == inventory_id, columns.stage == stage.value
    )
    return _stream(connection, statement)


def of_directory(
    connection: sa.Connection, inventory_id: int, directory_key: bytes
) -> list[StoredEntry]:
    """Return the entries of one directory of an inventory."""
    columns = tables.entries.c
    statement = sa.select(tables.entries).where(
        columns.directory_key == directory_key, columns.inventory_id == inventory_id
    )
    return _read(connection, statement.order_by(columns.entry_id))


def by_name_key(
    connection: sa.Connection, key: bytes, *, directory_key: bytes
) -> list[StoredEntry]:
    """Return the entries with a name code in a directory, of every run, oldest first."""
    columns = tables.entries.c
    statement = sa.select(tables.entries).where(
        columns.directory_key == directory_key, columns.name_key == key
    )
    return _read(connection, statement.order_by(columns.entry_id))


def digests_of(connection: sa.Connection, names: Iterable[tuple[bytes, bytes]]) -> set[Digest]:
    """Return every content that some names (codes of directory and path) ever had."""
    columns = tables.entries.c
    found: set[Digest] = set()
    for batch in in_batches(names):
        statement = sa.select(columns.digest).where(
            columns.directory_key.in_({directory for directory, _ in batch}),
            columns.name_key.in_([name for _, name in batch]),
            columns.digest.is_not(None),
        )
        found.update(connection.execute(statement.distinct()).scalars())
    return found


def by_ids(connection: sa.Connection, entry_ids: Iterable[int]) -> dict[int, StoredEntry]:
    """Return entries by their numbers."""
    found: dict[int, StoredEntry] = {}
    for batch in in_batches(entry_ids):
        statement = sa.select(tables.entries).where(tables.entries.c.entry_id.in_(batch))
        found.update((entry.entry_id, entry) for entry in _read(connection, statement))
    return found


def by_digest(
    connection: sa.Connection,
    digest: Digest,
    *,
    inventories: Collection[int] | None = None,
    most: int | None = None,
) -> list[StoredEntry]:
    """Return the entries with a content, of every run or of some inventories, oldest first."""
    columns = tables.entries.c
    statement = sa.select(tables.entries).where(columns.digest == digest)
    if inventories is not None:
        statement = statement.where(columns.inventory_id.in_(inventories))
    return _read(connection, statement.order_by(columns.entry_id).limit(most))


def iterate(
    connection: sa.Connection,
    inventory_ids: Iterable[int],
    *,
    after: Position | None = None,
    wanted: EntryFilter = EVERYTHING,
) -> Iterator[StoredEntry]:
    """Stream entries by (inventory, shard, ordinal) from behind a position, however many."""
    for inventory_id in sorted(inventory_ids):
        if after is None or inventory_id >= after.inventory_id:
            yield from _stream(connection, _listing(inventory_id, after, wanted))


def unexplained(connection: sa.Connection, run_id: str, limit: int) -> list[StoredEntry]:
    """Return some entries of a run that have no fate; after a run there must be none."""
    statement = (
        sa.select(tables.entries)
        .join(tables.inventories, _same_inventory())
        .where(
            tables.inventories.c.run_id == run_id,
            tables.entries.c.stage.not_in([stage.value for stage in END_STAGES]),
        )
        .limit(limit)
    )
    return _read(connection, statement)


def _listing(inventory_id: int, after: Position | None, wanted: EntryFilter) -> sa.Select[Any]:
    """Walk the shards of an inventory in order: no sort, so the first row comes at once."""
    columns, shards = tables.entries.c, tables.shards.c
    statement = (
        sa.select(tables.entries)
        .join_from(tables.shards, tables.entries, columns.shard_id == shards.shard_id)
        .where(shards.inventory_id == inventory_id)
        .order_by(shards.shard_id, columns.ordinal)
    )
    if after is not None and after.inventory_id == inventory_id:
        position = sa.tuple_(shards.shard_id, columns.ordinal)
        statement = statement.where(
            shards.shard_id >= after.shard_id,
            position > sa.tuple_(sa.literal(after.shard_id), sa.literal(after.ordinal)),
        )
    return statement.where(*conditions(wanted))


def conditions(wanted: EntryFilter) -> list[sa.ColumnElement[bool]]:
    """Return what a filter asks of the rows of entries."""
    columns = tables.entries.c
    asked = (
        (columns.stage, [stage.value for stage in wanted.stages]),
        (columns.verdict, [verdict.value for verdict in wanted.verdicts]),
        (columns.service, list(wanted.services)),
    )
    return [column.in_(values) for column, values in asked if values]


def _same_inventory() -> sa.ColumnElement[bool]:
    return tables.entries.c.inventory_id == tables.inventories.c.inventory_id


def _read(connection: sa.Connection, statement: sa.Select[Any]) -> list[StoredEntry]:
    return [stored_entry(row) for row in connection.execute(statement)]


def _stream(connection: sa.Connection, statement: sa.Select[Any]) -> Iterator[StoredEntry]:
    rows = connection.execute(statement.execution_options(yield_per=STREAMED_ROWS))
    return map(stored_entry, rows)


def stored_entry(row: sa.Row[Any]) -> StoredEntry:
    """Return the entry of a row of the whole table.

    Taken apart by position: a listing reads millions, and a column by its name costs three times
    as much.
    """
    entry_id, inventory_id, shard_id, ordinal, name_key, directory_key, *facts = row
    service, kind, size, mtime_ns, mode, inode, links, stage, digest, *judged = facts
    verdict, reason, superseded_by, contract = judged
    return StoredEntry(
        entry_id=entry_id,
        inventory_id=inventory_id,
        shard_id=shard_id,
        ordinal=ordinal,
        name_key=bytes(name_key),
        directory_key=bytes(directory_key),
        service=service,
        kind=KINDS[kind],
        size=size,
        mtime_ns=mtime_ns,
        mode=mode,
        inode=int(inode),
        links=links,
        stage=STAGES[stage],
        digest=digest,
        verdict=VERDICTS[verdict],
        reason=reason,
        superseded_by=superseded_by,
        contract=contract,
    )
