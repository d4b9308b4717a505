"""Bytes on their way into a store: counted, hashed and bounded before any upload begins."""

import hashlib
import io
import os
import threading
from pathlib import Path
from typing import BinaryIO

from custody.digest import Digest
from custody.errors import StoreError
from storage.faults import store_faults
from storage.interface import Spooled

IN_MEMORY = 1 << 16
_ZEROS = bytes(1 << 20)


class Spool:
    """A folder for unfinished bytes and a ceiling for all of them; safe for several threads."""

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self._folder = folder
        self._most_bytes = most_bytes
        self._used = 0
        self._made = 0
        self._lock = threading.Lock()
        with store_faults("make the spool folder"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    @property
    def folder(self) -> Path:
        """Where the files are; journals of long reads lie beside them."""
        return self._folder

    @property
    def used(self) -> int:
        """Bytes that are spooled and not yet discarded."""
        return self._used

    def file(self) -> "SpoolFile":
        """Return a new, empty spool file."""
        with self._lock:
            self._made += 1
            name = f"{os.getpid()}-{id(self):x}-{self._made}"
        return SpoolFile(self, self._folder / name)

    def discard(self, spooled: Spooled) -> None:
        """Give back the room of bytes that a store has taken, or that nobody wants."""
        if isinstance(spooled.content, Path):
            with store_faults("remove a spool file"):
                spooled.content.unlink(missing_ok=True)
        self.give_back(spooled.size)

    def reserve(self, size: int) -> None:
        """Count bytes before they are written.

        Raises:
            StoreError: the ceiling would be passed.
        """
        with self._lock:
            if self._used + size > self._most_bytes:
                raise StoreError(
                    f"the spool is full ({self._most_bytes} bytes)",
                    next_step="raise the spool's limit or run fewer workers",
                )
            self._used += size

    def give_back(self, size: int) -> None:
        """Count bytes as gone."""
        with self._lock:
            self._used -= size


class SpoolFile:
    """One stream being spooled: in memory while it is small, in a file of its own after that."""

    def __init__(self, spool: Spool, path: Path) -> None:
        self._spool = spool
        self._path = path
        self._hash = hashlib.sha256()
        self._buffer = io.BytesIO()
        self._file: BinaryIO | None = None
        self.size = 0

    def write(self, chunk: bytes | memoryview) -> None:
        """Append bytes.

        Raises:
            StoreError: the spool is full, or its disk cannot be written.
        """
        self._count(len(chunk))
        self._hash.update(chunk)
        with store_faults("write to the spool"):
            self._target().write(chunk)

    def write_zeros(self, size: int) -> None:
        """Append a hole: hashed as zeros, and given no blocks where the file system can."""
        self._count(size)
        for start in range(0, size, len(_ZEROS)):
            self._hash.update(_ZEROS[: size - start])
        with store_faults("write to the spool"):
            target = self._target()
            if target is self._buffer:
                target.write(bytes(size))
            else:
                target.seek(size, os.SEEK_CUR)
                target.truncate()

    def finish(self) -> Spooled:
        """Close the file and return what was spooled. Syncing it is the store's part."""
        digest = Digest(self._hash.hexdigest())
        if self._file is None:
            return Spooled(digest=digest, size=self.size, content=self._buffer.getvalue())
        with store_faults("write to the spool"):
            self._file.close()
        return Spooled(digest=digest, size=self.size, content=self._path)

    def abandon(self) -> None:
        """Drop what was written so far."""
        if self._file is not None:
            with store_faults("remove a spool file"):
                self._file.close()
                self._path.unlink(missing_ok=True)
        self._spool.give_back(self.size)

    def _count(self, size: int) -> None:
        self._spool.reserve(size)
        self.size += size

    def _target(self) -> BinaryIO:
        if self._file is None and self.size > IN_MEMORY:
            self._file = self._path.open("xb", buffering=1 << 20)
            os.fchmod(self._file.fileno(), 0o600)
            self._file.write(self._buffer.getvalue())
            self._buffer = io.BytesIO()
        return self._buffer if self._file is None else self._file
