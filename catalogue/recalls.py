"""Recalls: what was withdrawn from the clean zone, why, and who had it by then."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa

from catalogue import promotions, proposals, recall_tables, tables
from catalogue.statements import in_batches, insert_all
from catalogue.times import from_microseconds, from_microseconds_or_none, to_microseconds
from custody.digest import Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One withdrawal of some contents; `cause` is the decision that it rests on."""

    recall_id: str
    cause: str
    manifest: Digest
    at: datetime
    done_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """What one withdrawal says of one content."""

    recall_id: str
    digest: Digest
    reason: str
    at: datetime


def add(connection: sa.Connection, act: Act, reasons: Mapping[Digest, str]) -> None:
    """Store a recall: of its contents those that stand in the clean zone do no more."""
    row = {
        "recall_id": act.recall_id,
        "cause": act.cause,
        "manifest": act.manifest,
        "at": to_microseconds(act.at),
    }
    insert_all(connection, recall_tables.recalls, [row])
    rows = [
        {"recall_id": act.recall_id, "digest": digest, "reason": reason}
        for digest, reason in reasons.items()
    ]
    insert_all(connection, recall_tables.recalled, rows)
    proposals.take(connection, reasons)
    promotions.withdraw(connection, reasons, act.at)


def finish(connection: sa.Connection, recall_id: str, at: datetime) -> None:
    """Say that nothing of a recall stands in the clean zone any more.

    Raises:
        RuntimeError: there is no such recall, or it is finished.
    """
    columns = recall_tables.recalls.c
    changed = connection.execute(
        sa.update(recall_tables.recalls)
        .where(columns.recall_id == recall_id, columns.done_at.is_(None))
        .values(done_at=to_microseconds(at))
    ).rowcount
    if changed != 1:
        raise RuntimeError("only an open recall is finished")


def unfinished(connection: sa.Connection) -> list[Act]:
    """Return the recalls of which something may still stand in the clean zone, oldest first."""
    return _acts(connection, recall_tables.recalls.c.done_at.is_(None))


def caused_by(connection: sa.Connection, cause: str) -> list[Act]:
    """Return the recalls that rest on a decision, oldest first."""
    return _acts(connection, recall_tables.recalls.c.cause == cause)


def all_acts(connection: sa.Connection) -> list[Act]:
    """Return every recall, oldest first."""
    return _acts(connection, sa.true())


def count(connection: sa.Connection) -> int:
    """Return how many recalls there are: none is ever taken back, so another number is a new one.

    Identifiers would not do: the clocks of two machines differ.
    """
    counted = sa.select(sa.func.count()).select_from(recall_tables.recalls)
    return int(connection.execute(counted).scalar_one())


def contents_of(connection: sa.Connection, recall_id: str) -> dict[Digest, str]:
    """Return the contents of a recall with the reason for each."""
    columns = recall_tables.recalled.c
    statement = sa.select(columns.digest, columns.reason).where(columns.recall_id == recall_id)
    return {row.digest: row.reason for row in connection.execute(statement)}


def of_content(connection: sa.Connection, digest: Digest) -> list[Recall]:
    """Return every recall of a content, oldest first."""
    columns, act = recall_tables.recalled.c, recall_tables.recalls.c
    statement = (
        sa.select(columns.recall_id, columns.digest, columns.reason, act.at)
        .join(recall_tables.recalls, act.recall_id == columns.recall_id)
        .where(columns.digest == digest)
    )
    return [
        Recall(recall_id=row.recall_id, digest=row.digest, reason=row.reason, at=_moment(row.at))
        for row in connection.execute(statement.order_by(act.at, columns.recall_id))
    ]


def against(connection: sa.Connection, digests: Iterable[Digest]) -> dict[Digest, frozenset[str]]:
    """Return the recalls of those of some contents that were recalled, or hold what was.

    All of them, not the last one: the clocks of two machines differ, so an earlier recall that was
    answered may look like the last. The walk goes from what was recalled upwards: that is little,
    and what holds it is less.
    """
    found = _of_each(connection)
    level: Mapping[Digest, frozenset[str]] = found
    while level:
        more = _holding(connection, level).items()
        level = {d: r - found.get(d, frozenset()) for d, r in more}
        level = {d: new for d, new in level.items() if new}
        found |= {d: found.get(d, frozenset()) | new for d, new in level.items()}
    wanted = set(digests)
    return {d: told for d, told in found.items() if d in wanted}


def _of_each(connection: sa.Connection) -> dict[Digest, frozenset[str]]:
    columns = recall_tables.recalled.c
    found: dict[Digest, frozenset[str]] = {}
    for digest, recall_id in connection.execute(sa.select(columns.digest, columns.recall_id)):
        found[digest] = found.get(digest, frozenset()) | {recall_id}
    return found


def _holding(
    connection: sa.Connection, parts: Mapping[Digest, frozenset[str]]
) -> dict[Digest, frozenset[str]]:
    """Return the containers of some parts, each with the recalls of what it holds."""
    columns = tables.expansions.c
    found: dict[Digest, frozenset[str]] = {}
    for batch in in_batches(parts):
        statement = sa.select(columns.digest, columns.derived).where(
            columns.derived.in_(batch), columns.how == "member"
        )
        for container, part in connection.execute(statement.distinct()):
            found[container] = parts[part] | found.get(container, frozenset())
    return found


def _acts(connection: sa.Connection, condition: sa.ColumnElement[bool]) -> list[Act]:
    columns = recall_tables.recalls.c
    statement = sa.select(recall_tables.recalls).where(condition)
    return [
        Act(
            recall_id=row.recall_id,
            cause=row.cause,
            manifest=row.manifest,
            at=_moment(row.at),
            done_at=from_microseconds_or_none(row.done_at),
        )
        for row in connection.execute(statement.order_by(columns.recall_id))
    ]


_moment = from_microseconds
