"""Where taken content stays: small blobs in one segment a shard, large ones alone."""

import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import BinaryIO, Self

from custody.artefact import Location
from custody.box import Content, OpenFile
from custody.digest import Digest
from custody.errors import ObjectMissingError
from storage.faults import store_error
from storage.interface import Appendable, Local, Spooled, Version
from storage.segments import MOST_BLOB, SegmentWriter
from storage.spool import Spool
from storage.verified import VerifiedStore

SEGMENTS = "segments/"
BLOBS = "blobs/"
_CHUNK = 1 << 18


class Opened:
    """Content that is open for the sandbox; close it when the reply is there."""

    def __init__(self, content: Content) -> None:
        self.content = content

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the descriptor, if there is one."""
        if isinstance(self.content, OpenFile):
            os.close(self.content.descriptor)
            self.content = b""


class Vault:
    """The quarantine's content: written by whole shards, hashed again on every read by us."""

    def __init__(self, store: Appendable, spool: Spool) -> None:
        """Take a store and the spool that intake fills; copies for the sandbox go there too."""
        self._store = store
        self._verified = VerifiedStore(store)
        self._spool = spool

    @property
    def store(self) -> Appendable:
        """The objects below, for who reads them all."""
        return self._store

    def store_shard(
        self, name: str, segment: SegmentWriter, large: Iterable[Spooled]
    ) -> dict[Digest, Location]:
        """Store what a shard took, durably and at once, and return where everything lies.

        `name` is a part of a key: one name a shard and epoch, so that what was never committed
        can be told from what was. The spool gets its room back, also when the store fails.

        Raises:
            StoreError: nothing of it may be committed; take the shard again.
        """
        blobs = {spooled.digest: spooled for spooled in large}
        whole = segment.finish()
        objects = [(_blob_key(digest), spooled) for digest, spooled in blobs.items()]
        if segment.placements:
            objects.append((f"{SEGMENTS}{name}", whole))
        with ExitStack() as undo:
            for spooled in (whole, *blobs.values()):
                undo.callback(self._spool.abandon, spooled)
            versions = self._store.put_all(objects)
            undo.pop_all()
        for spooled in (whole, *blobs.values()):
            self._spool.discard(spooled)
        return _located(versions, list(blobs), segment)

    def read(self, location: Location) -> bytes:
        """Return a blob, proven to be its digest's.

        Raises:
            ObjectDamagedError: it is not.
            StoreError: it cannot be read.
        """
        at = location
        return self._verified.read(at.key, at.version, at.offset, at.size, at.digest)

    def open(self, location: Location) -> BinaryIO:
        """Open a blob as a stream that raises ObjectDamagedError at its end if it is forged."""
        at = location
        return self._verified.open(at.key, at.version, at.offset, at.size, at.digest)

    def open_for_inspection(self, location: Location) -> Opened:
        """Open a blob for the sandbox, without copying it where the store is a local folder.

        A local file is not hashed here: the promotion hashes what it promotes, and a verdict on
        damaged bytes is bound to a digest that they do not have.
        """
        if isinstance(self._store, Local):
            return Opened(_local(self._store, location))
        spooled = self.spooled(location)
        if isinstance(spooled.content, bytes):
            return Opened(spooled.content)
        try:
            return Opened(_open(spooled.content, 0, spooled.size))
        finally:
            self.discard(spooled)  # the open descriptor keeps the bytes

    def spooled(self, location: Location) -> Spooled:
        """Return a verified copy of a blob for another store; discard it there when it is put.

        A copy of its own, so that the clean zone never shares a file with quarantine.

        Raises:
            ObjectDamagedError: the bytes in the vault are not the artefact's.
        """
        if location.size <= MOST_BLOB:
            content = self.read(location)
            return Spooled(digest=location.digest, size=location.size, content=content)
        file = self._spool.file()
        with ExitStack() as undo:
            undo.callback(file.abandon)
            with self.open(location) as stream:
                while chunk := stream.read(_CHUNK):
                    file.write(chunk)
            undo.pop_all()
        return file.finish()

    def discard(self, spooled: Spooled) -> None:
        """Give back the room of a copy that was put elsewhere."""
        if isinstance(spooled.content, Path):
            self._spool.discard(spooled)

    def segments(self) -> Iterator[Version]:
        """List all segments, in the order in which a scan reads them best."""
        return self._store.versions(SEGMENTS)


def _blob_key(digest: Digest) -> str:
    return f"{BLOBS}{digest[:2]}/{digest}"


def _located(
    versions: list[Version], blobs: list[Digest], segment: SegmentWriter
) -> dict[Digest, Location]:
    located = {
        digest: Location(
            digest=digest, key=version.key, version=version.version, offset=0, size=version.size
        )
        for digest, version in zip(blobs, versions, strict=False)
    }
    for placement in segment.placements:
        located[placement.digest] = Location(
            digest=placement.digest,
            key=versions[-1].key,
            version=versions[-1].version,
            offset=placement.offset,
            size=placement.size,
        )
    return located


def _local(store: Local, location: Location) -> OpenFile:
    return _open(store.local_path(location.key, location.version), location.offset, location.size)


def _open(path: Path, offset: int, size: int) -> OpenFile:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except FileNotFoundError as error:
        raise ObjectMissingError(
            "an object of the vault is missing", next_step="run `autoclave audit verify --deep`"
        ) from error
    except OSError as error:
        raise store_error("open an object of the vault", error) from error
    return OpenFile(descriptor=descriptor, offset=offset, length=size)
