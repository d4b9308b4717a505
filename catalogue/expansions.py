"""Derived artefacts: what was made from a content under a profile, and what became of each part."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from catalogue import tables
from catalogue.statements import in_batches, insert_new
from custody.artefact import Derivation
from custody.digest import Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Expansion:
    """One part of a content; `derived` is missing when `outcome` says why nothing was made."""

    ordinal: int
    derived: Digest | None
    how: Derivation
    outcome: str


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
        }
        for digest, part in made
    ]
    insert_new(connection, tables.expansions, rows)


def known(
    connection: sa.Connection, digests: Iterable[Digest], profile: Digest
) -> dict[Digest, tuple[Expansion, ...]]:
    """Return the parts of those contents that have any, in order."""
    columns = tables.expansions.c
    found: dict[Digest, tuple[Expansion, ...]] = {}
    for batch in in_batches(digests):
        statement = sa.select(tables.expansions).where(
            columns.digest.in_(batch), columns.profile == profile
        )
        for row in connection.execute(statement.order_by(columns.digest, columns.ordinal)):
            part = Expansion(
                ordinal=row.ordinal,
                derived=row.derived,
                how=Derivation(row.how),
                outcome=row.outcome,
            )
            found[row.digest] = (*found.get(row.digest, ()), part)
    return found


def derived_from(connection: sa.Connection, digest: Digest) -> set[Digest]:
    """Return the contents that a content was made from."""
    columns = tables.expansions.c
    statement = sa.select(columns.digest).where(columns.derived == digest).distinct()
    return set(connection.execute(statement).scalars())
