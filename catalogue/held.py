"""What asks for a person, in pages and groups that answer fast whatever the number of entries."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from catalogue import tables
from catalogue.columns import HELD
from catalogue.entries import StoredEntry, by_ids
from custody.verdict import Verdict


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldFilter:
    """Which held entries are asked for; what is empty asks for all.

    `reason` is the whole recorded reason, `media_type` and `rule` what the profile of the entry's
    run said of its content, and `names` pairs of the codes of a directory and a path, of which a
    path that is None asks for the whole directory.
    """

    verdict: Verdict | None = None
    service: str = ""
    reason: str = ""
    rule: str = ""
    media_type: str = ""
    names: tuple[tuple[bytes, bytes | None], ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldGroup:
    """Held entries that have one verdict and one recorded reason in common."""

    verdict: Verdict | None
    reason: str
    entries: int


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldGroups:
    """The largest groups, and how many entries all groups have together."""

    entries: int
    groups: int
    largest: tuple[HeldGroup, ...]


def groups(
    connection: sa.Connection, inventories: Collection[int], wanted: HeldFilter, most: int
) -> HeldGroups:
    """Return the held entries by verdict and reason, the largest groups first."""
    columns = tables.entries.c
    number = sa.func.count().label("number")
    statement = (
        sa.select(columns.verdict, columns.reason, number)
        .where(*_conditions(inventories, wanted))
        .group_by(columns.verdict, columns.reason)
        .order_by(number.desc(), columns.verdict, columns.reason)
    )
    rows = connection.execute(statement).all()
    largest = tuple(
        HeldGroup(
            verdict=Verdict(row.verdict) if row.verdict else None,
            reason=row.reason or "",
            entries=row.number,
        )
        for row in rows[:most]
    )
    return HeldGroups(entries=sum(r.number for r in rows), groups=len(rows), largest=largest)


def page(
    connection: sa.Connection,
    inventories: Collection[int],
    wanted: HeldFilter,
    *,
    after: int = 0,
    most: int,
) -> list[StoredEntry]:
    """Return the held entries with the next higher numbers behind `after`, in their order."""
    columns = tables.entries.c
    statement = (
        sa.select(columns.entry_id)
        .where(*_conditions(inventories, wanted), columns.entry_id > after)
        .order_by(columns.entry_id)
        .limit(most)
    )
    wanted_ids = connection.execute(statement).scalars().all()
    found = by_ids(connection, wanted_ids)
    return [found[entry_id] for entry_id in wanted_ids]


def _conditions(
    inventories: Collection[int], wanted: HeldFilter
) -> Sequence[sa.ColumnElement[bool] | sa.TextClause]:
    columns = tables.entries.c
    found: list[sa.ColumnElement[bool] | sa.TextClause] = [
        columns.inventory_id.in_(sorted(inventories)),
        HELD,
    ]
    if wanted.verdict is not None:
        found.append(columns.verdict == wanted.verdict.value)
    if wanted.service:
        found.append(columns.service == wanted.service)
    if wanted.reason:
        found.append(columns.reason == wanted.reason)
    if wanted.rule:
        found.append(_said(tables.findings, tables.findings.c.rule == wanted.rule))
    if wanted.media_type:
        typed = tables.inspections.c.media_type == wanted.media_type
        found.append(_said(tables.inspections, typed))
    if wanted.names is not None:
        found.append(sa.or_(sa.false(), *(_named(*pair) for pair in wanted.names)))
    return found


def _named(directory_key: bytes, name_key: bytes | None) -> sa.ColumnElement[bool]:
    columns = tables.entries.c
    within = columns.directory_key == directory_key
    return within if name_key is None else sa.and_(within, columns.name_key == name_key)


def _said(table: sa.Table, condition: sa.ColumnElement[bool]) -> sa.ColumnElement[bool]:
    """Whether a table says something of an entry's content under the profile of its run."""
    entry, inventory, run = tables.entries.c, tables.inventories.c, tables.runs.c
    profile = (
        sa.select(run.profile)
        .join_from(tables.inventories, tables.runs, run.run_id == inventory.run_id)
        .where(inventory.inventory_id == entry.inventory_id)
        .correlate(tables.entries)
        .scalar_subquery()
    )
    about: sa.Select[Any] = sa.select(sa.literal(1)).where(
        table.c.digest == entry.digest, table.c.profile == profile, condition
    )
    return about.correlate(tables.entries).exists()
