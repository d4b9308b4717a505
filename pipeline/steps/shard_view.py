"""A shard as the steps see it: its entries, each with its name, and the newest decision on them."""

from dataclasses import dataclass

import sqlalchemy as sa

from catalogue import entries, lineage, manifests, names
from catalogue.entries import StoredEntry
from catalogue.manifests import StoredManifest
from catalogue.names import NamesKind, SealedObject
from catalogue.shards import Step
from custody import naming
from custody.errors import (
    CatalogueError,
    ObjectDamagedError,
    ObjectMissingError,
    StoreError,
)
from pipeline.names import Name, NamesBook


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
    return stored.sealed


def decision_on(connection: sa.Connection, shard_id: int) -> StoredManifest:
    """Return the manifest of the newest decision on a shard, or on what it was split from.

    Raises:
        CatalogueError: there is none: the catalogue is damaged.
    """
    for ancestor in lineage.ancestors(connection, shard_id):
        own = [m for m in manifests.of_shard(connection, ancestor) if m.step is Step.ASSESS]
        if own:
            return max(own, key=lambda manifest: manifest.event_id)
    raise CatalogueError(
        f"shard {shard_id} was never assessed", next_step="run `autoclave catalogue rebuild`"
    )


def named_entries(connection: sa.Connection, book: NamesBook, shard_id: int) -> list[NamedEntry]:
    """Return the entries of a shard with their names, by ordinal.

    Raises:
        ObjectMissingError: a name was erased, so nothing can be done under it any more.
        StoreError: the names are damaged. That is no entry's fault, so no entry is held for it.
    """
    try:
        view = shard_view(connection, book, shard_id)
    except ObjectDamagedError as error:
        raise StoreError(
            f"the names of shard {shard_id} are damaged",
            next_step="put the names folder back from its backup, then run again",
        ) from error
    if view.erased:
        raise ObjectMissingError(
            f"names in shard {shard_id} were erased",
            next_step="recover the source again if its files are still needed",
        )
    return list(view.named)


@dataclass(frozen=True, slots=True, kw_only=True)
class ShardView:
    """The entries of a shard: those with a name, and those whose name was erased."""

    named: tuple[NamedEntry, ...]
    erased: tuple[StoredEntry, ...]


def nameless(entry: StoredEntry) -> NamedEntry:
    """Return an entry whose name was erased, to be looked at by its content alone."""
    return NamedEntry(entry=entry, name=Name(path=b"", salt=b""))


def shard_view(connection: sa.Connection, book: NamesBook, shard_id: int) -> ShardView:
    """Return the entries of a shard, by ordinal, with the names that are left."""
    rows = entries.of_shard(connection, shard_id)
    stored = names.get(connection, shard_id, NamesKind.PATHS)
    gone = stored is not None and stored.erased_at is not None
    paths = {} if gone else book.read_names(sealed_names(connection, shard_id))
    return ShardView(
        named=tuple(
            NamedEntry(entry=row, name=paths[row.ordinal]) for row in rows if row.ordinal in paths
        ),
        erased=tuple(row for row in rows if row.ordinal not in paths),
    )
