"""Artefacts: where the bytes of each content lie in the vault."""

from collections.abc import Iterable

import sqlalchemy as sa

from catalogue import tables
from catalogue.statements import in_batches, insert_new
from custody.artefact import Location
from custody.digest import Digest


def known(connection: sa.Connection, digests: Iterable[Digest]) -> dict[Digest, Location]:
    """Return where those of some contents lie that are in the vault."""
    columns = tables.artefacts.c
    found: dict[Digest, Location] = {}
    for batch in in_batches(digests):
        statement = sa.select(tables.artefacts).where(columns.digest.in_(batch))
        for row in connection.execute(statement):
            found[row.digest] = Location(
                digest=row.digest,
                key=row.vault_key,
                version=row.vault_version,
                offset=row.vault_offset,
                size=row.size,
            )
    return found


def add(connection: sa.Connection, run_id: str, placed: Iterable[Location]) -> None:
    """Store where new contents lie; what is known already stays where it is."""
    rows = [
        {
            "digest": at.digest,
            "size": at.size,
            "vault_key": at.key,
            "vault_version": at.version,
            "vault_offset": at.offset,
            "run_id": run_id,
        }
        for at in placed
    ]
    insert_new(connection, tables.artefacts, rows)


def locate(connection: sa.Connection, digest: Digest) -> Location | None:
    """Return where a content lies."""
    return known(connection, [digest]).get(digest)
