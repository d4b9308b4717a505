"""A shard as the steps see it: its entries, each with its name."""

from collections.abc import Iterable
from dataclasses import dataclass

import sqlalchemy as sa

from catalogue import entries, names
from catalogue.entries import StoredEntry
from catalogue.names import NamesKind, NamesObject
from custody import naming
from custody.errors import CatalogueError
from pipeline.names import Name, NamesBook, SealedObject


@dataclass(frozen=True, slots=True, kw_only=True)
class NamedEntry:
    """An entry and its name; the commitment stands for the name in manifests."""

    entry: StoredEntry
    name: Name

    @property
    def commitment(self) -> str:
        """The commitment to the name."""
        return naming.commitment(self.name.salt, self.name.path)


def sealed_names(connection: sa.Connection, shard_id: int) -> SealedObject:
    """Return where the names of a shard's entries lie.

    Raises:
        CatalogueError: the shard has no names object: the catalogue is damaged.
    """
    stored = names.get(connection, shard_id, NamesKind.PATHS)
    if stored is None:
        raise CatalogueError(
            f"shard {shard_id} has no names", next_step="run `autoclave catalogue rebuild`"
        )
    return sealed_object(stored)


def sealed_object(stored: NamesObject) -> SealedObject:
    """Return an encrypted object as the names book wants it."""
    return SealedObject(
        key=stored.key, version=stored.version, digest=stored.digest, key_id=stored.key_id
    )


def sealed_json(sealed: SealedObject) -> dict[str, str]:
    """Return an encrypted object as events name it."""
    return {
        "key": sealed.key,
        "version": sealed.version,
        "digest": sealed.digest,
        "key_id": sealed.key_id,
    }


def names_object(shard_id: int, kind: NamesKind, sealed: SealedObject) -> NamesObject:
    """Return an encrypted object as the catalogue wants it."""
    return NamesObject(
        shard_id=shard_id,
        kind=kind,
        key=sealed.key,
        version=sealed.version,
        digest=sealed.digest,
        key_id=sealed.key_id,
    )


def named_entries(connection: sa.Connection, book: NamesBook, shard_id: int) -> list[NamedEntry]:
    """Return the entries of a shard with their names, by ordinal."""
    rows = entries.of_shard(connection, shard_id)
    paths = book.read_names(sealed_names(connection, shard_id))
    return list(_join(rows, paths))


def _join(rows: Iterable[StoredEntry], paths: dict[int, Name]) -> Iterable[NamedEntry]:
    for row in rows:
        yield NamedEntry(entry=row, name=paths[row.ordinal])
