"""Policies: proposed by one person, approved by another, one of each name in force."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, unique
from typing import Any

import sqlalchemy as sa

from catalogue import tables
from catalogue.statements import insert_new
from catalogue.times import from_microseconds, to_microseconds
from custody.digest import Digest


@unique
class PolicyState(Enum):
    """Where a policy stands."""

    PROPOSED = "proposed"
    IN_FORCE = "in-force"
    REPLACED = "replaced"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredPolicy:
    """A policy's exact text and who stands behind it; nobody does behind a built-in one."""

    digest: Digest
    name: str
    content: bytes
    state: PolicyState
    at: datetime
    proposed_by: str | None = None
    approved_by: str | None = None
    reason: str | None = None


def add(connection: sa.Connection, policy: StoredPolicy) -> None:
    """Store a policy; a known one stays as it is. One that comes in force replaces its name's."""
    row = {
        "digest": policy.digest,
        "name": policy.name,
        "content": policy.content,
        "state": PolicyState.PROPOSED.value,
        "proposed_by": policy.proposed_by,
        "approved_by": policy.approved_by,
        "reason": policy.reason,
        "at": to_microseconds(policy.at),
    }
    known = get(connection, policy.digest) is not None
    insert_new(connection, tables.policies, [row])
    if policy.state is PolicyState.IN_FORCE and not known:
        _enforce(connection, policy.digest, policy.name)


def approve(
    connection: sa.Connection, digest: Digest, approved_by: str, at: datetime
) -> StoredPolicy:
    """Put a proposed policy in force in place of the one of the same name, and return it.

    Raises:
        RuntimeError: the policy is not proposed, or its proposer approves it.
    """
    policy = get(connection, digest)
    if policy is None or policy.state is not PolicyState.PROPOSED:
        raise RuntimeError("only a proposed policy can be approved")
    if approved_by == policy.proposed_by:
        raise RuntimeError("a policy needs two different people")
    connection.execute(
        sa.update(tables.policies)
        .where(tables.policies.c.digest == digest)
        .values(approved_by=approved_by, at=to_microseconds(at))
    )
    _enforce(connection, digest, policy.name)
    return _existing(connection, digest)


def get(connection: sa.Connection, digest: Digest) -> StoredPolicy | None:
    """Return a policy."""
    statement = sa.select(tables.policies).where(tables.policies.c.digest == digest)
    row = connection.execute(statement).one_or_none()
    return None if row is None else _policy(row)


def in_force(connection: sa.Connection, name: str) -> StoredPolicy | None:
    """Return the policy of a name that is in force."""
    columns = tables.policies.c
    statement = sa.select(tables.policies).where(
        columns.name == name, columns.state == PolicyState.IN_FORCE.value
    )
    row = connection.execute(statement).one_or_none()
    return None if row is None else _policy(row)


def all_policies(connection: sa.Connection) -> list[StoredPolicy]:
    """Return every policy, oldest first."""
    columns = tables.policies.c
    statement = sa.select(tables.policies).order_by(columns.at, columns.digest)
    return [_policy(row) for row in connection.execute(statement)]


def _enforce(connection: sa.Connection, digest: Digest, name: str) -> None:
    columns = tables.policies.c
    connection.execute(
        sa.update(tables.policies)
        .where(columns.name == name, columns.state == PolicyState.IN_FORCE.value)
        .values(state=PolicyState.REPLACED.value)
    )
    connection.execute(
        sa.update(tables.policies)
        .where(columns.digest == digest)
        .values(state=PolicyState.IN_FORCE.value)
    )


def _existing(connection: sa.Connection, digest: Digest) -> StoredPolicy:
    statement = sa.select(tables.policies).where(tables.policies.c.digest == digest)
    return _policy(connection.execute(statement).one())


def _policy(row: sa.Row[Any]) -> StoredPolicy:
    return StoredPolicy(
        digest=row.digest,
        name=row.name,
        content=bytes(row.content),
        state=PolicyState(row.state),
        at=from_microseconds(row.at),
        proposed_by=row.proposed_by,
        approved_by=row.approved_by,
        reason=row.reason,
    )
