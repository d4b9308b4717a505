"""Artefacts: where the bytes of each content lie in the vault."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import sqlalchemy as sa

from catalogue import tables
from catalogue.statements import in_batches, insert_new
from custody.digest import Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class Location:
    """A part of an object in the vault: a whole one, or a stretch of a segment, in bytes."""

    vault_key: str
    vault_version: str
    offset: int
    size: int


def known(connection: sa.Connection, digests: Iterable[Digest]) -> dict[Digest, Location]:
    """Return where those of some contents lie that are in the vault."""
    columns = tables.artefacts.c
    found: dict[Digest, Location] = {}
    for batch in in_batches(digests):
        statement = sa.select(tables.artefacts).where(columns.digest.in_(batch))
        for row in connection.execute(statement):
            found[row.digest] = Location(
                vault_key=row.vault_key,
                vault_version=row.vault_version,
                offset=row.vault_offset,
                size=row.size,
            )
    return found


def add(connection: sa.Connection, run_id: str, placed: Sequence[tuple[Digest, Location]]) -> None:
    """Store where new contents lie; what is known already stays where it is."""
    rows = [
        {
            "digest": digest,
            "size": location.size,
            "vault_key": location.vault_key,
            "vault_version": location.vault_version,
            "vault_offset": location.offset,
            "run_id": run_id,
        }
        for digest, location in placed
    ]
    insert_new(connection, tables.artefacts, rows)


def locate(connection: sa.Connection, digest: Digest) -> Location | None:
    """Return where a content lies."""
    return known(connection, [digest]).get(digest)
