"""Publishing a log: tiles and bundles first, then the checkpoint that makes them count."""

from collections.abc import Iterator, Sequence

from audit.anchors import anchors_folder, size_of_anchor
from audit.evidence import TILE_WIDTH, Edge, Key, parse_checkpoint, tile_path
from audit.note import open_checkpoint, text_of
from audit.tiles import (
    ENTRIES,
    bundle,
    checkpoint_key,
    floor,
    folder_of,
    frontier_of,
    load_floor,
    newest_key,
    read,
    spooled,
)
from catalogue import ledger as rows
from catalogue.engine import Catalogue
from custody.errors import LedgerError
from storage.interface import Appendable, Readable, Removable, Spooled, Version, is_key

RESTORED = (
    "look for a database or a store that was restored from a backup: an older database is made "
    "again with `autoclave catalogue rebuild`; when the store is what is lost, go on with an "
    "explicit new origin: `autoclave audit new-origin`"
)


class Publication:
    """Writes one log's objects into the audit store and its checkpoints into a mirror."""

    def __init__(
        self, catalogue: Catalogue, store: Appendable, mirror: Appendable | None, origin: str
    ) -> None:
        self._catalogue = catalogue
        self._store = store
        self._mirror = mirror
        self._origin = origin
        self._floor: Edge | None = None
        self._passing: list[Version] = []

    def publish(self) -> rows.StoredCheckpoint | None:
        """Publish what is signed and not published yet, and return the newest published checkpoint.

        Everything is durable before a checkpoint is marked as published; a crash in between
        leads to the same bytes once more.

        Raises:
            LedgerError: the stored entries do not lead to the signed root.
            StoreError: the audit store or the mirror cannot be written.
        """
        with self._catalogue.read() as connection:
            done = rows.newest_checkpoint(connection, self._origin, published=True)
            pending = rows.unpublished(connection, self._origin)
        if not pending:
            return done
        before, newest = 0 if done is None else done.size, pending[-1]
        edge, objects = self._objects(before, newest)
        passing = [v for v in self._store.put_all(objects) if ".p/" in v.key]
        notes = [(checkpoint_key(self._origin, c.size), spooled(c.note.encode())) for c in pending]
        notes.append((newest_key(self._origin), notes[-1][1]))
        passing.append(self._store.put_all(notes)[-1])
        if self._mirror is not None:
            self._mirror.put_all(notes)
        with self._catalogue.write() as connection:
            rows.mark_published(connection, self._origin, newest.size)
        self._remove_passed(passing)
        self._floor = floor(edge)
        return newest

    def _objects(
        self, before: int, newest: rows.StoredCheckpoint
    ) -> tuple[Edge, list[tuple[str, Spooled]]]:
        """Return the edge and the objects that lead from a published size to a newer checkpoint."""
        root = parse_checkpoint(text_of(newest.note)).root
        for start in self._starts(before):
            edge, objects = self._grown(start, newest.size)
            if frontier_of(edge).root() == root:
                return edge, objects
        raise LedgerError(
            f"the stored entries of {self._origin} do not lead to checkpoint {newest.size}",
            next_step=RESTORED,
        )

    def _starts(self, before: int) -> Iterator[Edge]:
        """Yield edges to go on from: the cheap ones first, then everything from the first entry."""
        start = before - before % TILE_WIDTH
        if self._floor is not None and self._floor.size == start:
            yield self._floor
        stored = load_floor(self._store, self._origin, before)
        if stored is not None:
            yield stored
        yield Edge()

    def _grown(self, start: Edge, size: int) -> tuple[Edge, list[tuple[str, Spooled]]]:
        edge = Edge(start.size, start.levels)
        objects: list[tuple[str, bytes]] = []
        waiting: list[bytes] = []
        with self._catalogue.read() as connection:
            for entry in rows.entries(connection, self._origin, start.size, size):
                waiting.append(entry.body)
                for level, index, content in edge.append(entry.leaf):
                    objects.append((tile_path(str(level), index), content))
                if len(waiting) == TILE_WIDTH:
                    objects.append((tile_path(ENTRIES, entry.seq // TILE_WIDTH), bundle(waiting)))
                    waiting = []
        for level, index, content in edge.partial():
            objects.append((tile_path(str(level), index, len(content) // 32), content))
        if waiting:
            path = tile_path(ENTRIES, size // TILE_WIDTH, len(waiting))
            objects.append((path, bundle(waiting)))
        folder = folder_of(self._origin)
        return edge, [(folder + path, spooled(content)) for path, content in objects]

    def _remove_passed(self, passing: list[Version]) -> None:
        """Remove what this publication replaced: unfinished tiles and the last newest checkpoint.

        They would grow with the square of the number of publications. After a crash one set stays
        behind, which harms nobody. Under a lock all of them stay, and are as good as any.
        """
        if not isinstance(self._store, Removable):
            return
        kept = {(v.key, v.version) for v in passing}
        for old in self._passing:
            if (old.key, old.version) not in kept:
                self._store.delete(old.key, old.version)
        self._passing = passing


def check_published(
    catalogue: Catalogue, stores: Sequence[tuple[str, Appendable]], origin: str, key: Key
) -> None:
    """Refuse to go on when the database is not the one that published this log.

    Raises:
        LedgerError: a published or anchored checkpoint is ahead of the database, differs from it,
            is not signed by this ledger's key, or the audit store has lost what was published.
    """
    sizes = [_compare(catalogue, f"the {where}", store, origin, key) for where, store in stores]
    for where, store in stores:
        _compare_anchors(catalogue, f"the {where}", store, origin)
    with catalogue.read() as connection:
        done = rows.newest_checkpoint(connection, origin, published=True)
    # A mirror may be new and empty; the audit store has what was published, or has lost it.
    if done is not None and sizes[0] < done.size:
        raise LedgerError(
            f"the {stores[0][0]} has lost checkpoint {done.size} of {origin}", next_step=RESTORED
        )


def _compare_anchors(catalogue: Catalogue, where: str, store: Readable, origin: str) -> None:
    """Refuse a database that does not reach as far as what was anchored outside."""
    names = (v.key for v in store.versions(anchors_folder(origin)) if is_key(v.key))
    anchored = max(map(size_of_anchor, names), default=0)
    with catalogue.read() as connection:
        head = rows.head(connection, origin)
    standing = 0 if head is None else head.size
    if anchored > standing:
        raise LedgerError(
            f"{where} has an anchor of {anchored} entries of {origin}, the database stands at"
            f" {standing}",
            next_step=RESTORED,
        )


def _compare(catalogue: Catalogue, where: str, store: Readable, origin: str, key: Key) -> int:
    """Return the size that a store has published of a log, after comparing it with the database."""
    note = read(store, newest_key(origin))
    if note is None:
        return 0
    checkpoint = open_checkpoint(note, key)
    size = checkpoint.size
    with catalogue.read() as connection:
        head = rows.head(connection, origin)
        known = rows.checkpoint(connection, origin, size)
    standing = 0 if head is None else head.size
    if checkpoint.origin != origin:
        what = f"{where} holds a checkpoint of {checkpoint.origin} in the place of {origin}"
    elif standing < size:
        what = f"{where} has checkpoint {size} of {origin}, the database stands at {standing}"
    elif known is None or known.note.encode() != note:
        what = f"{where} and the database differ about checkpoint {size} of {origin}"
    else:
        return size
    raise LedgerError(what, next_step=RESTORED)
