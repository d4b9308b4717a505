"""What asks for a person, in pages and groups that cost little however many entries there are."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from catalogue import tables
from catalogue.columns import HELD
from catalogue.entries import StoredEntry, by_ids
from custody.digest import Digest
from custody.verdict import Verdict

# What one page may cost, however much is held: entries counted from an index alone, entries whose
# contents are looked up one by one, findings of a rule whose entries are, and those entries.
MOST_COUNTED = 100_000
MOST_WALKED = 5_000
FEW_FINDINGS = 2_000
FEW_PLACES = 20_000


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
    """The largest groups, and how many entries all groups have together.

    `whole` is false when there are more entries than were counted: numbers are "at least" then.
    """

    entries: int
    groups: int
    largest: tuple[HeldGroup, ...]
    whole: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldPage:
    """Some held entries by their numbers; `after` asks for the next ones, if there can be any.

    A page that is not full and has an `after` says that as many entries as a page may look at were
    looked at.
    """

    entries: tuple[StoredEntry, ...]
    after: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Way:
    """How held entries are looked for, at a cost that has a limit.

    `contents` are those that a rule found something in, where they and their entries are few.
    Else, where a rule or a type is asked for, `walks` looks at so many entries one by one.
    """

    walks: bool = False
    contents: Sequence[Digest] | None = None


def groups(
    connection: sa.Connection, inventories: Collection[int], wanted: HeldFilter, most: int
) -> HeldGroups:
    """Return the held entries by verdict and reason, the largest groups first.

    No more entries than `MOST_COUNTED` are counted, or `MOST_WALKED` where each has to be looked
    up elsewhere.
    """
    columns = tables.entries.c
    way = _way(connection, wanted)
    limit = MOST_WALKED if way.walks else MOST_COUNTED
    asked: tuple[sa.Column[Any], ...] = (columns.inventory_id, columns.verdict, columns.reason)
    if way.walks:
        asked = (*asked, columns.entry_id, columns.digest)
    # The order is that of the index which holds all that is asked for, or finds the fewest.
    plain = not (wanted.reason or wanted.rule or wanted.media_type or wanted.names is not None)
    conditions = _conditions(inventories, wanted, way, ordered=not plain)
    order = asked if plain else (_place(way),)
    counted = sa.select(*asked).where(*conditions).order_by(*order).limit(limit).subquery()
    number = sa.func.count().label("number")
    statement = (
        sa.select(counted.c.verdict, counted.c.reason, number)
        .where(*(_said_of(counted, wanted) if way.walks else ()))
        .group_by(counted.c.verdict, counted.c.reason)
        .order_by(number.desc(), counted.c.verdict, counted.c.reason)
    )
    rows = connection.execute(statement).all()
    found = sum(row.number for row in rows)
    looked = _end(connection, counted)[0] if way.walks else found
    return HeldGroups(
        entries=found,
        groups=len(rows),
        largest=tuple(map(_group, rows[:most])),
        whole=looked < limit,
    )


def page(
    connection: sa.Connection,
    inventories: Collection[int],
    wanted: HeldFilter,
    *,
    after: int = 0,
    most: int,
) -> HeldPage:
    """Return the held entries with the next higher numbers behind `after`, in their order."""
    columns = tables.entries.c
    way = _way(connection, wanted)
    place = _place(way)
    walked = (
        sa.select(columns.entry_id, columns.inventory_id, columns.digest)
        .where(*_conditions(inventories, wanted, way, ordered=True), place > after)
        .order_by(place)
        .limit(MOST_WALKED if way.walks else most + 1)
        .subquery()
    )
    statement = (
        sa.select(walked.c.entry_id)
        .where(*(_said_of(walked, wanted) if way.walks else ()))
        .order_by(walked.c.entry_id)
        .limit(most + 1)
    )
    ids = connection.execute(statement).scalars().all()
    found = by_ids(connection, ids[:most])
    shown = tuple(found[entry_id] for entry_id in ids[:most])
    if len(ids) > most:
        return HeldPage(entries=shown, after=ids[most - 1])
    looked, last = _end(connection, walked) if way.walks else (0, 0)
    return HeldPage(entries=shown, after=last if looked == MOST_WALKED else None)


def _place(way: _Way) -> sa.ColumnElement[int]:
    """Return what entries are walked by; of few contents all entries are looked up, then sorted."""
    place = tables.entries.c.entry_id
    return place + 0 if way.contents is not None else place


def _group(row: sa.Row[Any]) -> HeldGroup:
    return HeldGroup(
        verdict=Verdict(row.verdict) if row.verdict else None,
        reason=row.reason or "",
        entries=row.number,
    )


def _end(connection: sa.Connection, walked: sa.Subquery) -> tuple[int, int]:
    """Return how many entries a walk looked at, and the number of the last of them."""
    statement = sa.select(sa.func.count(), sa.func.max(walked.c.entry_id)).select_from(walked)
    looked, last = connection.execute(statement).one()
    return looked, last or 0


def _way(connection: sa.Connection, wanted: HeldFilter) -> _Way:
    """Return how to look: from the findings of a rule that found little, else entry by entry."""
    if not wanted.rule:
        return _Way(walks=bool(wanted.media_type))
    columns = tables.findings.c
    hits = sa.select(columns.digest).where(columns.rule == wanted.rule).limit(FEW_FINDINGS + 1)
    found = connection.execute(hits).scalars().all()
    contents = sorted(set(found))
    if len(found) > FEW_FINDINGS or _many(connection, contents):
        return _Way(walks=True)
    return _Way(contents=contents)


def _many(connection: sa.Connection, contents: Sequence[Digest]) -> bool:
    """Whether so many entries have some contents that looking each up would cost too much."""
    digest = tables.entries.c.digest
    having = sa.select(sa.literal(1)).where(digest.in_(contents)).limit(FEW_PLACES + 1).subquery()
    number = connection.execute(sa.select(sa.func.count()).select_from(having)).scalar_one()
    return int(number) > FEW_PLACES


def _conditions(
    inventories: Collection[int], wanted: HeldFilter, way: _Way, *, ordered: bool
) -> Sequence[sa.ColumnElement[bool] | sa.TextClause]:
    columns = tables.entries.c
    # A sum keeps the database from the index of inventories, where only an index in the order of
    # the entries ends after a page.
    of = columns.inventory_id + 0 if ordered else columns.inventory_id
    found: list[sa.ColumnElement[bool] | sa.TextClause] = [of.in_(sorted(inventories)), HELD]
    if wanted.verdict is not None:
        found.append(columns.verdict == wanted.verdict.value)
    if wanted.service:
        found.append(columns.service == wanted.service)
    if wanted.reason:
        found.append(columns.reason == wanted.reason)
    if way.contents is not None:
        found.append(columns.digest.in_(way.contents))
        found.extend(_said_of(tables.entries, wanted))
    if wanted.names is not None:
        found.append(sa.or_(sa.false(), *(_named(*pair) for pair in wanted.names)))
    return found


def _named(directory_key: bytes, name_key: bytes | None) -> sa.ColumnElement[bool]:
    columns = tables.entries.c
    within = columns.directory_key == directory_key
    return within if name_key is None else sa.and_(within, columns.name_key == name_key)


def _said_of(of: sa.FromClause, wanted: HeldFilter) -> Iterator[sa.ColumnElement[bool]]:
    """Yield what a rule or a type that is asked for demands of some entries' contents."""
    if wanted.rule:
        # An expression, so that the findings are looked up by content: by rule there are many.
        ruled = tables.findings.c.rule.concat("") == wanted.rule
        yield _said(of, tables.findings, ruled)
    if wanted.media_type:
        typed = tables.inspections.c.media_type == wanted.media_type
        yield _said(of, tables.inspections, typed)


def _said(
    of: sa.FromClause, table: sa.Table, condition: sa.ColumnElement[bool]
) -> sa.ColumnElement[bool]:
    """Whether a table says something of an entry's content under the profile of its run."""
    inventory, run = tables.inventories.c, tables.runs.c
    profile = (
        sa.select(run.profile)
        .join_from(tables.inventories, tables.runs, run.run_id == inventory.run_id)
        .where(inventory.inventory_id == of.c.inventory_id)
        .correlate(of)
        .scalar_subquery()
    )
    about: sa.Select[Any] = sa.select(sa.literal(1)).where(
        table.c.digest == of.c.digest, table.c.profile == profile, condition
    )
    return about.correlate(of).exists()
