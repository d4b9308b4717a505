"""Decisions on contents: who did what and why, and which ones have taken effect."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from catalogue import tables
from catalogue.statements import in_batches, insert_all
from catalogue.times import from_microseconds, to_microseconds
from custody.decision import Decision
from custody.digest import Digest
from custody.lifecycle import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDecision:
    """A decision, the first of two that it completes (if it is a second), and whether it acts."""

    decision: Decision
    completes: str | None
    effective: bool


def add(
    connection: sa.Connection,
    decision: Decision,
    *,
    completes: str | None = None,
    effective: bool = False,
) -> None:
    """Store a decision.

    Raises:
        RuntimeError: it completes a decision that is not there, is on something else, or its own.
    """
    if completes is not None:
        _check_pair(get(connection, completes), decision)
    row = {
        "decision_id": decision.decision_id,
        "digest": decision.subject,
        "action": decision.action.value,
        "scope": decision.scope,
        "actor": decision.actor,
        "reason": decision.reason,
        "signature": decision.signature,
        "at": to_microseconds(decision.at),
        "completes": completes,
        "effective": effective,
    }
    insert_all(connection, tables.decisions, [row])


def mark_effective(connection: sa.Connection, decision_id: str) -> None:
    """Say that a decision has taken effect: its event is in a published checkpoint.

    Raises:
        RuntimeError: there is no such decision.
    """
    columns = tables.decisions.c
    changed = connection.execute(
        sa.update(tables.decisions).where(columns.decision_id == decision_id).values(effective=True)
    ).rowcount
    if changed != 1:
        raise RuntimeError("no such decision")


def get(connection: sa.Connection, decision_id: str) -> StoredDecision | None:
    """Return a decision."""
    columns = tables.decisions.c
    statement = sa.select(tables.decisions).where(columns.decision_id == decision_id)
    row = connection.execute(statement).one_or_none()
    return None if row is None else _stored(row)


def on(connection: sa.Connection, digest: Digest) -> list[StoredDecision]:
    """Return every decision on a content, oldest first."""
    columns = tables.decisions.c
    statement = sa.select(tables.decisions).where(columns.digest == digest)
    rows = connection.execute(statement.order_by(columns.at, columns.decision_id))
    return [_stored(row) for row in rows]


def rejected(connection: sa.Connection, digests: Iterable[Digest]) -> frozenset[Digest]:
    """Return those of some contents that were rejected in effect and not released since."""
    columns = tables.decisions.c
    last: dict[Digest, str] = {}
    for batch in in_batches(digests):
        statement = (
            sa.select(columns.digest, columns.action)
            .where(
                columns.digest.in_(batch),
                columns.effective,
                columns.action.in_([Action.REJECT.value, Action.RELEASE.value]),
            )
            .order_by(columns.at, columns.decision_id)
        )
        last.update((row.digest, row.action) for row in connection.execute(statement))
    return frozenset(d for d, action in last.items() if action == Action.REJECT.value)


def to_disarm(
    connection: sa.Connection, digests: Iterable[Digest]
) -> Mapping[Digest, frozenset[str]]:
    """Return those of some contents that a person decided to have disarmed, with each scope."""
    columns = tables.decisions.c
    found: dict[Digest, frozenset[str]] = {}
    for batch in in_batches(digests):
        statement = sa.select(columns.digest, columns.scope).where(
            columns.digest.in_(batch), columns.effective, columns.action == Action.DISARM.value
        )
        for digest, scope in connection.execute(statement):
            found[digest] = found.get(digest, frozenset()) | {scope}
    return found


def effective_of(connection: sa.Connection, actions: Iterable[Action]) -> list[StoredDecision]:
    """Return the decisions of some kinds that took effect and complete their pair, oldest first."""
    columns = tables.decisions.c
    second = tables.decisions.alias()
    statement = (
        sa.select(tables.decisions)
        .where(
            columns.effective,
            columns.action.in_(sorted(action.value for action in actions)),
            ~sa.exists().where(second.c.completes == columns.decision_id),
        )
        .order_by(columns.at, columns.decision_id)
    )
    return [_stored(row) for row in connection.execute(statement)]


def waiting(connection: sa.Connection) -> list[StoredDecision]:
    """Return the decisions that have not taken effect and that no other completes, oldest first."""
    columns = tables.decisions.c
    second = tables.decisions.alias()
    statement = (
        sa.select(tables.decisions)
        .where(
            columns.effective.is_(sa.false()),
            ~sa.exists().where(second.c.completes == columns.decision_id),
        )
        .order_by(columns.at, columns.decision_id)
    )
    return [_stored(row) for row in connection.execute(statement)]


def _check_pair(first: StoredDecision | None, second: Decision) -> None:
    if first is None:
        raise RuntimeError("there is no first decision to complete")
    act = (first.decision.subject, first.decision.action, first.decision.scope)
    same_act = act == (second.subject, second.action, second.scope)
    if not same_act or first.decision.actor == second.actor:
        raise RuntimeError("a second decision is the same act by another person")


def _stored(row: sa.Row[Any]) -> StoredDecision:
    decision = Decision(
        decision_id=row.decision_id,
        subject=row.digest,
        action=Action(row.action),
        scope=row.scope,
        actor=row.actor,
        reason=row.reason,
        at=from_microseconds(row.at),
        signature=row.signature,
    )
    return StoredDecision(decision=decision, completes=row.completes, effective=row.effective)
