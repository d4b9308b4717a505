"""The newest of what piles up over months, in a number that fits on a page."""

from dataclasses import dataclass

import sqlalchemy as sa

from catalogue import tables
from catalogue.recall_tables import proposed, recalled, recalls
from catalogue.recalls import Act
from catalogue.restore_sets import StoredSet, get
from catalogue.restore_tables import restore_sets
from catalogue.runs import Run
from catalogue.runs import get as get_run
from catalogue.times import from_microseconds, from_microseconds_or_none
from custody.digest import Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class CountedAct:
    """One withdrawal, and how many contents it took."""

    act: Act
    contents: int


def runs(connection: sa.Connection, most: int) -> list[Run]:
    """Return the newest runs, the newest first: their identifiers begin with their time."""
    columns = tables.runs.c
    statement = sa.select(columns.run_id).order_by(columns.run_id.desc()).limit(most)
    found = (
        get_run(connection, run_id) for run_id in connection.execute(statement).scalars().all()
    )
    return [each for each in found if each is not None]


def failed_attempts(connection: sa.Connection, run_id: str, most: int) -> list[tuple[str, int]]:
    """Return why attempts at shards of a run ended without being done, the most frequent first."""
    attempt, shard = tables.attempts.c, tables.shards.c
    number = sa.func.count()
    statement = (
        sa.select(attempt.outcome, number)
        .join_from(tables.shards, tables.attempts, attempt.shard_id == shard.shard_id)
        .where(shard.run_id == run_id, attempt.outcome != "done")
        .group_by(attempt.outcome)
        .order_by(number.desc(), attempt.outcome)
        .limit(most)
    )
    return [(row[0], row[1]) for row in connection.execute(statement)]


def sets(connection: sa.Connection, most: int) -> list[StoredSet]:
    """Return the newest restore sets, the newest first."""
    columns = restore_sets.c
    newest = sa.select(columns.set_id).order_by(columns.at.desc(), columns.set_id).limit(most)
    found = (get(connection, set_id) for set_id in connection.execute(newest).scalars().all())
    return [each for each in found if each is not None]


def acts(connection: sa.Connection, most: int) -> list[CountedAct]:
    """Return the newest recalls with their numbers of contents, the newest first."""
    columns = recalls.c
    number = (
        sa.select(sa.func.count())
        .where(recalled.c.recall_id == columns.recall_id)
        .correlate(recalls)
        .scalar_subquery()
    )
    statement = sa.select(recalls, number.label("number"))
    newest = statement.order_by(columns.at.desc(), columns.recall_id).limit(most)
    return [
        CountedAct(
            act=Act(
                recall_id=row.recall_id,
                cause=row.cause,
                manifest=row.manifest,
                at=from_microseconds(row.at),
                done_at=from_microseconds_or_none(row.done_at),
            ),
            contents=row.number,
        )
        for row in connection.execute(newest)
    ]


def proposals(connection: sa.Connection, most: int) -> list[tuple[Digest, str]]:
    """Return some contents whose recall waits for a person, with the reasons, by digest."""
    columns = proposed.c
    statement = sa.select(columns.digest, columns.reason).order_by(columns.digest).limit(most)
    return [(row.digest, row.reason) for row in connection.execute(statement)]
