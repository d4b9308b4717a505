"""Many small blobs as one object: their bytes one after the other, and nothing between."""

from collections.abc import Container
from contextlib import ExitStack
from dataclasses import dataclass

from custody.digest import Digest, digest_of
from storage.faults import store_faults
from storage.interface import Spooled
from storage.spool import Spool

# Larger ones are objects of their own: copying them twice would cost more than their own put.
MOST_BLOB = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Placement:
    """Where a blob's bytes lie in its segment."""

    digest: Digest
    offset: int
    size: int


class SegmentWriter:
    """Gathers the small blobs of one shard; the same content twice lies there once."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool
        self._file = spool.file()
        self._placements: dict[Digest, Placement] = {}

    @property
    def placements(self) -> tuple[Placement, ...]:
        """All blobs so far, by offset."""
        return tuple(self._placements.values())

    def find(self, digest: Digest) -> Placement | None:
        """Return where a blob lies if it is here already."""
        return self._placements.get(digest)

    def add(self, content: bytes, digest: Digest | None = None) -> Placement:
        """Append a blob, whose digest the caller may have computed already.

        Raises:
            ValueError: it is larger than `MOST_BLOB`.
            StoreError: the spool is full or cannot be written.
        """
        if len(content) > MOST_BLOB:
            raise ValueError("a segment holds small blobs only")
        digest = digest or digest_of(content)
        placement = self._placements.get(digest)
        if placement is None:
            placement = Placement(digest=digest, offset=self._file.size, size=len(content))
            self._file.write(content)
            self._placements[digest] = placement
        return placement

    def without(self, known: Container[Digest]) -> "SegmentWriter":
        """Return a segment of the other blobs; this one is finished, and given back.

        Raises:
            StoreError: the spool is full, or cannot be read or written.
        """
        left = SegmentWriter(self._spool)
        with ExitStack() as undo:
            undo.callback(left.abandon)
            whole = self.finish()
            undo.callback(self._spool.discard, whole)
            for placement in self.placements:
                if placement.digest not in known:
                    left.add(_part(whole, placement), placement.digest)
            undo.pop_all()
        self._spool.discard(whole)
        return left

    def finish(self) -> Spooled:
        """Close the segment; it is empty when nothing was added."""
        return self._file.finish()

    def abandon(self) -> None:
        """Drop the segment."""
        self._file.abandon()


def _part(whole: Spooled, placement: Placement) -> bytes:
    if isinstance(whole.content, bytes):
        return whole.content[placement.offset : placement.offset + placement.size]
    with store_faults("read the spool"), whole.content.open("rb") as file:
        file.seek(placement.offset)
        return file.read(placement.size)
