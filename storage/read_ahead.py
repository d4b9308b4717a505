"""Reads around what was asked for: small blobs of one segment are read one after another."""

import io
import threading
from collections import OrderedDict
from collections.abc import Iterator
from typing import BinaryIO

from storage.faults import store_faults
from storage.interface import Readable, Version

BLOCK = 4 * 1024**2
BLOCKS = 8

Place = tuple[str, str, int]


class ReadAheadStore:
    """Keeps a few blocks of versions in memory; a version never changes, so they never age.

    One request then serves hundreds of small files. What is kept is verified like anything else
    that is read, each time.
    """

    def __init__(self, store: Readable, *, block: int = BLOCK, blocks: int = BLOCKS) -> None:
        self._store = store
        self._block = block
        self._most = blocks
        self._kept: OrderedDict[Place, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def open(
        self, key: str, version: str | None = None, *, offset: int = 0, length: int | None = None
    ) -> BinaryIO:
        """Open a part of one version; what is long, or not pinned to a version, passes through."""
        if version is None or not length or length > self._block:
            return self._store.open(key, version, offset=offset, length=length)
        end = offset + length
        first = offset - offset % self._block
        content = b"".join(
            self._content(key, version, start) for start in range(first, end, self._block)
        )
        return io.BytesIO(content[offset - first : end - first])

    def versions(self, prefix: str) -> Iterator[Version]:
        """List versions."""
        return self._store.versions(prefix)

    def _content(self, key: str, version: str, start: int) -> bytes:
        place = (key, version, start)
        with self._lock:
            if place in self._kept:
                self._kept.move_to_end(place)
                return self._kept[place]
        with (
            self._store.open(key, version, offset=start, length=self._block) as stream,
            store_faults("read an object"),
        ):
            content = stream.read()
        with self._lock:
            self._kept[place] = content
            while len(self._kept) > self._most:
                self._kept.popitem(last=False)
        return content
