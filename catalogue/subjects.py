"""Which extracts a patient's records stand in, by keyed codes; how many patients a loss touches.

The same content may have been read by several shards: only what the first of them says counts.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass
from enum import Enum, unique
from typing import Any

import sqlalchemy as sa

from catalogue import tables
from catalogue.statements import in_batches, insert_all, insert_tuples
from catalogue.subject_tables import extracts, subjects
from custody.artefact import Derivation
from custody.digest import Digest
from custody.lifecycle import Stage
from custody.subjects import SYSTEM_BYTES, VALUE_BYTES

COLUMNS = ("code", "shard_id", "line", "extract", "accepted", "refused")
STREAMED_ROWS = 5000
Row = tuple[bytes, int, int, int, int, int]


@unique
class Touch(Enum):
    """How a fate touches the patients of an extract: their records wait, or are lost."""

    HELD = "held"
    LOST = "lost"


# Of what was cut only the refused records are lost.
STAGES = {
    Touch.HELD: frozenset({Stage.HELD}),
    Touch.LOST: frozenset({Stage.SET_ASIDE, Stage.REFUSED, Stage.REJECTED, Stage.RECALLED}),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class IndexedExtract:
    """An extract whose patients are in the index."""

    shard_id: int
    extract: int
    digest: Digest
    profile: Digest
    contract: str
    key_id: str
    nameless: int = 0
    unlisted: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which extracts are asked for: those of some listings, by fate, service or content."""

    inventories: frozenset[int]
    touch: Touch | None = None
    service: str = ""
    digest: Digest | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """Records of one identifier in one entry's content, and where its identifier is written."""

    code: bytes
    shard_id: int
    line: int
    entry_id: int
    accepted: int
    refused: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Counted:
    """How many patients, at least: as many as the system has that names most of them.

    One patient has identifiers of several systems, so that all of them together are too many.
    """

    patients: int
    identifiers: int
    nameless: int
    unlisted: int


def add(connection: sa.Connection, found: Sequence[IndexedExtract]) -> None:
    """Store extracts of a shard."""
    insert_all(connection, extracts, [asdict(each) for each in found])


def add_rows(connection: sa.Connection, rows: Sequence[Row]) -> None:
    """Store identifiers of a shard's extracts, each as `COLUMNS` tell."""
    insert_tuples(connection, subjects, COLUMNS, rows)


def shards(connection: sa.Connection) -> list[int]:
    """Return the shards that have an index."""
    statement = sa.select(extracts.c.shard_id).distinct().order_by(extracts.c.shard_id)
    return list(connection.execute(statement).scalars())


def profiles(connection: sa.Connection, shard_ids: Iterable[int]) -> dict[int, Digest]:
    """Return the profile under which each of some shards was read."""
    found: dict[int, Digest] = {}
    for batch in in_batches(shard_ids):
        statement = sa.select(extracts.c.shard_id, extracts.c.profile).distinct()
        found.update(
            (row.shard_id, row.profile)
            for row in connection.execute(statement.where(extracts.c.shard_id.in_(batch)))
        )
    return found


def of_digests(connection: sa.Connection, digests: Iterable[Digest]) -> list[IndexedExtract]:
    """Return what every shard said of some contents."""
    found: list[IndexedExtract] = []
    for batch in in_batches(digests):
        statement = sa.select(extracts).where(extracts.c.digest.in_(batch))
        ordered = statement.order_by(extracts.c.shard_id, extracts.c.extract)
        found += [IndexedExtract(**row) for row in connection.execute(ordered).mappings()]
    return found


def key_ids(connection: sa.Connection) -> dict[str, int]:
    """Return how many extracts were coded with each key."""
    statement = sa.select(extracts.c.key_id, sa.func.count()).group_by(extracts.c.key_id)
    return {key_id: int(count) for key_id, count in connection.execute(statement).tuples()}


def forget_shards(connection: sa.Connection, shard_ids: Iterable[int]) -> None:
    """Remove the whole index of some shards."""
    for batch in in_batches(shard_ids):
        for table in (subjects, extracts):
            connection.execute(sa.delete(table).where(table.c.shard_id.in_(batch)))


def forget(connection: sa.Connection, found: Iterable[IndexedExtract]) -> None:
    """Remove the index of some extracts."""
    for each in found:
        for table in (subjects, extracts):
            own = (table.c.shard_id == each.shard_id, table.c.extract == each.extract)
            connection.execute(sa.delete(table).where(*own))


def standing(connection: sa.Connection, wanted: Wanted) -> Iterator[Standing]:
    """Stream the identifiers in what is asked for, a row an identifier and entry, by code."""
    holding = _holding(wanted)
    statement = (
        sa.select(subjects.c.code, subjects.c.shard_id, subjects.c.line, holding.c.entry_id)
        .add_columns(subjects.c.accepted, subjects.c.refused)
        .select_from(subjects)
        .join(extracts, _same_extract())
        .join(holding, _held_in(holding))
        .where(_counts(), _touched(holding, wanted))
        .order_by(subjects.c.code, holding.c.entry_id)
    )
    yield from _standing(connection, statement)


def found(
    connection: sa.Connection, inventories: frozenset[int], codes: Iterable[bytes]
) -> Iterator[Standing]:
    """Yield where codes stand; one without a system stands for its value under every system."""
    holding = _holding(Wanted(inventories=inventories))
    for code in codes:
        end = code + b"\xff" * (VALUE_BYTES + SYSTEM_BYTES - len(code))
        statement = (
            sa.select(subjects.c.code, subjects.c.shard_id, subjects.c.line, holding.c.entry_id)
            .add_columns(subjects.c.accepted, subjects.c.refused)
            .select_from(subjects)
            .join(extracts, _same_extract())
            .join(holding, _held_in(holding))
            .where(_counts(), subjects.c.code.between(code, end))
            .order_by(subjects.c.code, holding.c.entry_id)
        )
        yield from _standing(connection, statement)


def count(connection: sa.Connection, wanted: Wanted) -> Counted:
    """Return how many patients and identifiers there are in what is asked for."""
    holding = _holding(wanted)
    system = sa.func.substr(subjects.c.code, VALUE_BYTES + 1, SYSTEM_BYTES)
    by_system = (
        sa.select(sa.func.count(subjects.c.code.distinct()))
        .select_from(subjects)
        .join(extracts, _same_extract())
        .join(holding, _held_in(holding))
        .where(_counts(), _touched(holding, wanted))
        .group_by(system)
    )
    counts = [int(each) for each in connection.execute(by_system).scalars()]
    whole = (
        sa.select(sa.func.sum(extracts.c.nameless), sa.func.sum(extracts.c.unlisted))
        .select_from(extracts)
        .join(holding, _held_in(holding))
        .where(_counts())
    )
    nameless, unlisted = connection.execute(whole).one()
    return Counted(
        patients=max(counts, default=0),
        identifiers=sum(counts),
        nameless=int(nameless or 0),
        unlisted=int(unlisted or 0),
    )


def _holding(wanted: Wanted) -> sa.CTE:
    """Return the contents of entries, and everything that was taken out of them, by entry."""
    entry, run = tables.entries.c, tables.runs.c
    own = (
        sa.select(entry.digest, entry.entry_id, entry.stage, run.profile)
        .add_columns(sa.func.coalesce(entry.contract, "").label("contract"))
        .select_from(tables.entries)
        .join(tables.inventories, tables.inventories.c.inventory_id == entry.inventory_id)
        .join(tables.runs, run.run_id == tables.inventories.c.run_id)
        .where(entry.digest.is_not(None), entry.inventory_id.in_(sorted(wanted.inventories)))
    )
    if wanted.service:
        own = own.where(entry.service == wanted.service)
    if wanted.digest is not None:
        own = own.where(entry.digest == wanted.digest)
    if wanted.touch is not None:
        stages = {stage.value for stage in STAGES[wanted.touch]}
        if wanted.touch is Touch.LOST:
            stages |= {Stage.SUPERSEDED.value}
        own = own.where(entry.stage.in_(sorted(stages)))
    holding = own.cte("holding", recursive=True)
    part = tables.expansions.c
    parts = (
        sa.select(part.derived, holding.c.entry_id, holding.c.stage, holding.c.profile)
        .add_columns(sa.literal("").label("contract"))
        .select_from(tables.expansions)
        .join(holding, sa.and_(part.digest == holding.c.digest, part.profile == holding.c.profile))
        .where(part.how == Derivation.MEMBER.value, part.derived.is_not(None))
    )
    return holding.union(parts)


def _held_in(holding: sa.CTE) -> sa.ColumnElement[bool]:
    return sa.and_(
        extracts.c.digest == holding.c.digest,
        extracts.c.profile == holding.c.profile,
        extracts.c.contract == holding.c.contract,
    )


def _same_extract() -> sa.ColumnElement[bool]:
    return sa.and_(
        subjects.c.shard_id == extracts.c.shard_id, subjects.c.extract == extracts.c.extract
    )


def _counts() -> sa.ColumnElement[bool]:
    """Take what the first shard said that read a content, and no other."""
    other = extracts.alias()
    earlier = sa.exists().where(
        other.c.digest == extracts.c.digest,
        other.c.profile == extracts.c.profile,
        other.c.contract == extracts.c.contract,
        other.c.shard_id < extracts.c.shard_id,
    )
    return sa.not_(earlier)


def _touched(holding: sa.CTE, wanted: Wanted) -> sa.ColumnElement[bool]:
    """Of what was cut, only the patients of refused records are touched by a loss."""
    if wanted.touch is not Touch.LOST:
        return sa.true()
    return sa.or_(holding.c.stage != Stage.SUPERSEDED.value, subjects.c.refused > 0)


def _standing(connection: sa.Connection, statement: sa.Select[Any]) -> Iterator[Standing]:
    streamed = statement.execution_options(yield_per=STREAMED_ROWS)
    for row in connection.execute(streamed):
        yield Standing(
            code=bytes(row.code),
            shard_id=row.shard_id,
            line=row.line,
            entry_id=row.entry_id,
            accepted=int(row.accepted),
            refused=int(row.refused),
        )
