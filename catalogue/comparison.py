"""Compares two catalogues row by row: the one that stands, and one made again from the ledger.

Orders to work (shards of assess and promote, leases, attempts) stand in no manifest: `orders` looks
at them. Numbers that the database gives and the outbox are no truth of their own: nothing that is
told or let in rests on them. Codes of erased names are random, so all of them count as equal.
"""

import json
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import sqlalchemy as sa

from catalogue import (
    known_tables,
    ledger_tables,
    recall_tables,
    record_tables,
    restore_tables,
    subject_tables,
    tables,
)
from catalogue.erasure import MARK, is_erased
from custody.lifecycle import Stage

Key = tuple[Any, ...]
Group = tuple[Key, list[Key]]

# Where an entry may stand before any manifest tells of it.
FIRST_STAGES = frozenset({Stage.LISTED.value, Stage.NOT_TAKEN.value, Stage.EXCLUDED.value})
STREAMED_ROWS = 2000


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A row that is not as it should be."""

    table: str
    row: str
    what: str


@dataclass(frozen=True, slots=True, kw_only=True)
class _Compared:
    """A table, what its rows are grouped by, and the columns that say nothing of their own."""

    table: sa.Table
    key: tuple[str, ...] = ()
    without: frozenset[str] = frozenset()

    @property
    def keys(self) -> list[sa.Column[Any]]:
        """The columns that rows are grouped by."""
        names = self.key or tuple(c.name for c in self.table.primary_key.columns)
        return [self.table.c[name] for name in names]

    @property
    def columns(self) -> list[sa.Column[Any]]:
        """The columns that are compared."""
        keys = {c.name for c in self.keys}
        return [c for c in self.table.c if c.name not in keys | self.without]


WHOLE = (
    *(tables.cases, tables.sites, tables.hosts, tables.services, tables.sources),
    *(tables.snapshots, tables.runs, tables.inventories, tables.artefacts),
    *(tables.expansions, tables.profiles, tables.inspections, tables.outcomes),
    *(record_tables.records, record_tables.reasons),
    *(subject_tables.extracts, subject_tables.subjects),
    *(tables.rule_packs, known_tables.known_sets, tables.policies, tables.people),
    *(tables.decisions, tables.exceptions, tables.manifests, tables.promotions),
    *(restore_tables.restore_sets, restore_tables.restore_members),
    *(restore_tables.restore_signatures, restore_tables.expected, tables.deliveries),
    recall_tables.delivered,
    *(recall_tables.recalls, recall_tables.recalled),
    *(recall_tables.rescans, recall_tables.rescanned, recall_tables.proposed),
    *(ledger_tables.ledger_entries, ledger_tables.checkpoints),
)
COMPARED = (
    *(_Compared(table=table) for table in WHOLE),
    _Compared(table=ledger_tables.heads, without=frozenset({"opened_at", "closed_at"})),
    _Compared(table=tables.findings, key=("digest", "profile"), without=frozenset({"finding_id"})),
    _Compared(table=tables.name_inspections, key=("digest", "profile")),
)
SHARD_COUNTS = ("entries", "bytes")
SHARD_COLUMNS = ("run_id", "inventory_id", "step", "lane", "parent_id", *SHARD_COUNTS)
ENTRY_WITHOUT = frozenset({"entry_id", "inventory_id", "shard_id", "ordinal"})


def differences(live: sa.Connection, rebuilt: sa.Connection) -> Iterator[Difference]:
    """Yield every row of a catalogue that differs from the one made again from the ledger."""
    for compared in COMPARED:
        yield from _merged(compared.table.name, _groups(live, compared), _groups(rebuilt, compared))
    known = _parents(rebuilt)
    told = known.keys() | _rescanned(rebuilt)
    yield from _shards(live, rebuilt, told)
    yield from _names(live, rebuilt, told)
    yield from _alarms(live, rebuilt)
    yield from _entries(live, rebuilt, known)


def _groups(connection: sa.Connection, compared: _Compared) -> Iterator[Group]:
    keys, columns = compared.keys, compared.columns
    statement = sa.select(*keys, *map(_read_as, columns)).order_by(*keys)
    rows = connection.execute(statement.execution_options(yield_per=STREAMED_ROWS))
    for key, group in groupby(rows, key=lambda row: tuple(row[: len(keys)])):
        found = [tuple(map(_plain, row[len(keys) :])) for row in group]
        yield key, sorted(found, key=repr)


def _merged(table: str, live: Iterator[Group], rebuilt: Iterator[Group]) -> Iterator[Difference]:
    ours, theirs = next(live, None), next(rebuilt, None)
    while ours is not None or theirs is not None:
        if theirs is None or (ours is not None and ours[0] < theirs[0]):
            yield Difference(table=table, row=_shown(ours), what="the ledger tells of no such row")
            ours = next(live, None)
        elif ours is None or theirs[0] < ours[0]:
            yield Difference(table=table, row=_shown(theirs), what="the row is missing")
            theirs = next(rebuilt, None)
        else:
            if ours[1] != theirs[1]:
                what = "the row is not as the ledger tells"
                yield Difference(table=table, row=_shown(ours), what=what)
            ours, theirs = next(live, None), next(rebuilt, None)


def _shards(
    live: sa.Connection, rebuilt: sa.Connection, known: Collection[int]
) -> Iterator[Difference]:
    """Compare the shards that manifests tell of; others hold what was only listed, or orders.

    Which of its parts a shard's counts went to when it was split is told by the parts' entries.
    """
    columns = [tables.shards.c[name] for name in SHARD_COLUMNS]
    above = _parents(live)
    split = {part for part, parent in above.items() if parent is not None} | set(above.values())

    def rows(connection: sa.Connection) -> Iterator[Group]:
        statement = sa.select(tables.shards.c.shard_id, *columns).order_by(tables.shards.c.shard_id)
        for row in connection.execute(statement):
            if row[0] in known:
                own = row[1:] if row[0] not in split else row[1 : -len(SHARD_COUNTS)]
                yield (row[0],), [tuple(own)]

    return _merged("shards", rows(live), rows(rebuilt))


def _names(
    live: sa.Connection, rebuilt: sa.Connection, known: Collection[int]
) -> Iterator[Difference]:
    compared = _Compared(table=tables.names)
    ours = (group for group in _groups(live, compared) if group[0][0] in known)
    return _merged("names", ours, _groups(rebuilt, compared))


def _alarms(live: sa.Connection, rebuilt: sa.Connection) -> Iterator[Difference]:
    """Compare alarms, but not where names were erased: their directories cannot be told apart."""
    statement = sa.select(tables.entries.c.inventory_id, tables.entries.c.name_key).where(
        sa.func.substr(tables.entries.c.name_key, 1, len(MARK)) == MARK
    )
    erased = {row.inventory_id for row in rebuilt.execute(statement)}
    compared = _Compared(
        table=tables.groups, key=("inventory_id",), without=frozenset({"group_id"})
    )
    ours, theirs = (
        (group for group in _groups(connection, compared) if group[0][0] not in erased)
        for connection in (live, rebuilt)
    )
    return _merged("groups", ours, theirs)


def _entries(
    live: sa.Connection, rebuilt: sa.Connection, known: Mapping[int, int | None]
) -> Iterator[Difference]:
    """Compare entries by the shard that they were listed in, whatever it was split into."""
    ours, theirs = _by_root(_parents(live)), _by_root(known)
    for root in sorted(ours.keys() | theirs.keys()):
        standing = _entries_of(live, ours.get(root, []))
        if root in theirs:
            yield from _merged("entries", standing, _entries_of(rebuilt, theirs[root]))
            continue
        for key, values in standing:
            told = dict(zip(_ENTRY_NAMES, values[0], strict=True))
            if told["stage"] not in FIRST_STAGES or told["digest"] or told["verdict"]:
                what = f"stands at {told['stage']}, and no manifest tells of it"
                yield Difference(table="entries", row=_shown((key, [])), what=what)


_ENTRY_COLUMNS = [c for c in tables.entries.c if c.name not in ENTRY_WITHOUT]
_ENTRY_NAMES = [c.name for c in _ENTRY_COLUMNS]


def _entries_of(connection: sa.Connection, shards: Sequence[int]) -> Iterator[Group]:
    columns = tables.entries.c
    position = (columns.inventory_id, columns.ordinal)
    statement = sa.select(*position, *_ENTRY_COLUMNS).where(columns.shard_id.in_(shards))
    for row in connection.execute(statement.order_by(*position)):
        values = tuple(map(_plain, row[2:]))
        if values[_ENTRY_NAMES.index("name_key")] == ERASED:
            values = _without_directory(values)
        yield (row[0], min(shards), row[1]), [values]


ERASED = "(erased)"


def _without_directory(values: Key) -> Key:
    at = _ENTRY_NAMES.index("directory_key")
    return (*values[:at], ERASED, *values[at + 1 :])


def _parents(connection: sa.Connection) -> dict[int, int | None]:
    columns = tables.shards.c
    statement = sa.select(columns.shard_id, columns.parent_id).where(columns.step == "inspect")
    return {row.shard_id: row.parent_id for row in connection.execute(statement)}


def _rescanned(connection: sa.Connection) -> set[int]:
    columns = tables.shards.c
    statement = sa.select(columns.shard_id).where(columns.step == "rescan")
    return set(connection.execute(statement).scalars())


def _by_root(parents: Mapping[int, int | None]) -> dict[int, list[int]]:
    found: dict[int, list[int]] = {}
    for shard_id in sorted(parents):
        root = shard_id
        seen = {root}
        while (above := parents.get(root)) is not None and above not in seen:
            seen.add(above)
            root = above
        found.setdefault(root, []).append(shard_id)
    return found


def _plain(value: Any) -> Any:
    """Return a value as it is compared: erased codes are alike."""
    if isinstance(value, bytes | bytearray | memoryview):
        content = bytes(value)
        return ERASED if is_erased(content) else content
    return value


class _JsonText(sa.types.TypeDecorator[str]):
    """JSON as one text whatever its order; what is no JSON any more is compared as it stands."""

    impl = sa.Text
    cache_ok = True

    def process_result_value(self, value: Any, dialect: sa.Dialect) -> str | None:
        """Return the one text of a JSON value."""
        del dialect
        try:
            content = json.loads(value) if isinstance(value, str) else value
        except ValueError:
            return str(value)
        if isinstance(content, dict) and str(content.get("name_key")).startswith(MARK.hex()):
            content["name_key"] = ERASED
        return json.dumps(content, sort_keys=True)


def _read_as(column: sa.Column[Any]) -> sa.ColumnElement[Any]:
    return sa.type_coerce(column, _JsonText()) if isinstance(column.type, sa.JSON) else column


def _shown(group: Group | None) -> str:
    key = group[0] if group is not None else ()
    return ", ".join(part.hex() if isinstance(part, bytes) else str(part) for part in key)
