"""Artefacts: where the bytes of each content lie in the vault."""

from collections.abc import Iterable

import sqlalchemy as sa

from catalogue import tables
from catalogue.statements import in_batches, insert_new_tuples
from custody.artefact import Location
from custody.digest import Digest

COLUMNS = ("digest", "size", "vault_key", "vault_version", "vault_offset", "run_id")


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
        (bytes.fromhex(at.digest), at.size, at.key, at.version, at.offset, run_id) for at in placed
    ]
    insert_new_tuples(connection, tables.artefacts, COLUMNS, rows)


def locate(connection: sa.Connection, digest: Digest) -> Location | None:
    """Return where a content lies."""
    return known(connection, [digest]).get(digest)
