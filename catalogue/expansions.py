"""Derived artefacts: what was made from a content under a profile, and what became of each part.

Parts of containers are walked and counted; what an extract of records was cut into stands beside
them, and says in `outcome` which contract cut it. So do disarmed copies, at numbers below zero.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from catalogue import tables
from catalogue.statements import in_batches, insert_new
from custody.artefact import Derivation
from custody.digest import Digest

OF_RECORDS = frozenset({Derivation.SPLIT, Derivation.REFUSED, Derivation.REASONS})
OF_DISARMING = frozenset({Derivation.DISARMED, Derivation.REPORT})


@dataclass(frozen=True, slots=True, kw_only=True)
class Expansion:
    """One part of a content; `outcome` says what stands against it, `derived` what was made.

    Part 0 stands for the content itself: its outcome says why it was not taken apart to its end.
    Names of parts lie with the details of findings, at a line of a shard's object.
    """

    ordinal: int
    derived: Digest | None
    how: Derivation
    outcome: str
    name_shard: int | None = None
    name_line: int | None = None


def add(
    connection: sa.Connection,
    profile: Digest,
    made: Sequence[tuple[Digest, Expansion]],
) -> None:
    """Store parts of contents; what is known stays."""
    rows = [
        {
            "digest": digest,
            "profile": profile,
            "ordinal": part.ordinal,
            "derived": part.derived,
            "how": part.how.value,
            "outcome": part.outcome,
            "name_shard": part.name_shard,
            "name_line": part.name_line,
        }
        for digest, part in made
    ]
    insert_new(connection, tables.expansions, rows)


def known(
    connection: sa.Connection, digests: Iterable[Digest], profile: Digest
) -> dict[Digest, tuple[Expansion, ...]]:
    """Return the parts of those containers that were taken apart, in order."""
    return _known(connection, digests, profile, frozenset({Derivation.MEMBER}))


def cut(
    connection: sa.Connection, digests: Iterable[Digest], profile: Digest
) -> dict[Digest, tuple[Expansion, ...]]:
    """Return what those extracts of records were cut into that have a record refused, in order."""
    return _known(connection, digests, profile, OF_RECORDS)


def copies(
    connection: sa.Connection, digests: Iterable[Digest], profile: Digest
) -> dict[Digest, tuple[Expansion, ...]]:
    """Return the disarmed copies of some contents and the reports on them.

    A copy says in `outcome` why it may not be used, or why there is none; a report what is gone.
    """
    return _known(connection, digests, profile, OF_DISARMING)


def earlier_copies(
    connection: sa.Connection, digests: Iterable[Digest]
) -> list[tuple[Digest, Digest, Expansion]]:
    """Return the copies of some contents that could be used under any profile, and the reports.

    Each stands behind its original and its profile; those of newer profiles come later.
    """
    columns, profiles = tables.expansions.c, tables.profiles.c
    found: list[tuple[Digest, Digest, Expansion]] = []
    for batch in in_batches(digests):
        statement = (
            sa.select(tables.expansions)
            .join(tables.profiles, profiles.digest == columns.profile)
            .where(
                columns.digest.in_(batch), columns.how.in_([each.value for each in OF_DISARMING])
            )
            .order_by(profiles.first_used, columns.profile, columns.digest, columns.ordinal)
        )
        rows = connection.execute(statement).all()
        found.extend((row.digest, row.profile, _stored(row)) for row in rows)
    return found


def _known(
    connection: sa.Connection,
    digests: Iterable[Digest],
    profile: Digest,
    how: frozenset[Derivation],
) -> dict[Digest, tuple[Expansion, ...]]:
    columns = tables.expansions.c
    found: dict[Digest, tuple[Expansion, ...]] = {}
    for batch in in_batches(digests):
        statement = sa.select(tables.expansions).where(
            columns.digest.in_(batch),
            columns.profile == profile,
            columns.how.in_([each.value for each in how]),
        )
        for row in connection.execute(statement.order_by(columns.digest, columns.ordinal)):
            found[row.digest] = (*found.get(row.digest, ()), _stored(row))
    return found


def _stored(row: sa.Row[Any]) -> Expansion:
    return Expansion(
        ordinal=row.ordinal,
        derived=row.derived,
        how=Derivation(row.how),
        outcome=row.outcome,
        name_shard=row.name_shard,
        name_line=row.name_line,
    )


def derived_from(connection: sa.Connection, digest: Digest) -> set[Digest]:
    """Return the contents that a content was made from."""
    columns = tables.expansions.c
    statement = sa.select(columns.digest).where(columns.derived == digest).distinct()
    return set(connection.execute(statement).scalars())


def below(connection: sa.Connection, digests: Iterable[Digest]) -> set[Digest]:
    """Return everything that was made from some contents, and from what was made of those."""
    columns = tables.expansions.c
    found: set[Digest] = set()
    level = set(digests)
    while level:
        made: set[Digest] = set()
        for batch in in_batches(level):
            statement = sa.select(columns.derived).where(
                columns.digest.in_(batch), columns.derived.is_not(None)
            )
            made.update(connection.execute(statement.distinct()).scalars())
        level = made - found
        found |= level
    return found


def names_of(connection: sa.Connection, digests: Iterable[Digest]) -> set[tuple[int, int]]:
    """Return where the names of parts lie: the shard whose details object, and the line in it."""
    columns = tables.expansions.c
    found: set[tuple[int, int]] = set()
    for batch in in_batches(digests):
        statement = sa.select(columns.name_shard, columns.name_line).where(
            columns.digest.in_(batch), columns.name_line.is_not(None)
        )
        found.update(connection.execute(statement).tuples())
    return found


def count(connection: sa.Connection, run_id: str, profile: Digest) -> int:
    """Return how many contents were taken out of those of a run, and out of these, each once."""
    total, seen, level = 0, set[Digest](), _containers_of(connection, run_id, profile)
    while level:
        seen |= level
        parts = [part for own in known(connection, level, profile).values() for part in own]
        total += sum(part.derived is not None for part in parts)
        level = {part.derived for part in parts if part.derived is not None} - seen
    return total


def _containers_of(connection: sa.Connection, run_id: str, profile: Digest) -> set[Digest]:
    columns, entries, inventories = tables.expansions.c, tables.entries, tables.inventories
    listed = (
        sa.select(entries.c.digest)
        .join(inventories, inventories.c.inventory_id == entries.c.inventory_id)
        .where(inventories.c.run_id == run_id, entries.c.digest == columns.digest)
    )
    statement = sa.select(columns.digest).where(
        columns.profile == profile,
        columns.ordinal == 0,
        columns.how == Derivation.MEMBER.value,
        listed.exists(),
    )
    return set(connection.execute(statement).scalars())
