"""Bytes on their way into a store: counted, hashed and bounded before any upload begins."""

import hashlib
import io
import os
import threading
import uuid
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Self

from custody.digest import Digest
from custody.errors import StoreError
from storage.faults import store_faults
from storage.interface import Spooled

IN_MEMORY = 1 << 16
# Larger buffers cost more in page faults than they save in calls.
_BUFFER = 1 << 16
_ZEROS = bytes(1 << 20)
# Files that a later process may go on with, and their journals.
RESUMABLE = "long-"
JOURNAL = ".jsonl"


@dataclass(frozen=True, slots=True, kw_only=True)
class Mark:
    """How far a file was spooled, and the digest of everything up to there."""

    end: int
    digest: Digest


class Spool:
    """A folder for unfinished bytes and a ceiling for all of them; safe for several threads.

    Leaving it as a context removes what was spooled and neither discarded nor resumable.
    """

    def __init__(self, folder: Path, most_bytes: int) -> None:
        self.folder = folder
        self.most_bytes = most_bytes
        self._used = 0
        self._files: dict[Path, BinaryIO] = {}
        self._lock = threading.Lock()
        with store_faults("make the spool folder"):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        with self._lock:
            files, self._files, self._used = self._files, {}, 0
        with suppress(OSError):  # what cannot be written out any more is given up here
            for file in files.values():
                file.close()
        _remove(path for path in files if not is_resumable(path))

    @property
    def used(self) -> int:
        """Bytes that are spooled and not yet discarded."""
        return self._used

    def file(self) -> "SpoolFile":
        """Return a new, empty spool file."""
        return SpoolFile(self, self.folder / uuid.uuid4().hex)

    def resume(self, name: str, marks: Iterable[Mark]) -> "SpoolFile":
        """Return the file of an interrupted read, cut after the last mark that its bytes prove.

        The bytes are hashed again: after a power cut a file may be longer than what was written.
        """
        file = SpoolFile(self, self.folder / f"{RESUMABLE}{name}")
        file.take_up(marks)
        return file

    def discard(self, spooled: Spooled) -> None:
        """Give back the room of bytes that a store has taken, or that nobody wants."""
        if isinstance(spooled.content, Path):
            path = spooled.content
            _remove([path])
            if is_resumable(path):
                _remove([path.with_name(path.name + JOURNAL)])
            self.forget(path)
        self.give_back(spooled.size)

    def abandon(self, spooled: Spooled) -> None:
        """Give back the room of bytes that could not be stored; resumable ones stay on disk."""
        if isinstance(spooled.content, Path) and is_resumable(spooled.content):
            self.forget(spooled.content)
            self.give_back(spooled.size)
        else:
            self.discard(spooled)

    def sweep(self, *, resumable: bool = False) -> int:
        """Remove what killed processes left and return how many; only while nobody else spools."""
        with store_faults("sweep the spool folder"):
            leftovers = [p for p in self.folder.iterdir() if resumable or not is_resumable(p)]
        _remove(leftovers)
        return len(leftovers)

    def reserve(self, size: int) -> None:
        """Count bytes before they are written.

        Raises:
            StoreError: the ceiling would be passed.
        """
        with self._lock:
            if self._used + size > self.most_bytes:
                raise StoreError(
                    f"the spool is full ({self.most_bytes} bytes)",
                    next_step="raise the spool's limit or run fewer workers",
                )
            self._used += size

    def give_back(self, size: int) -> None:
        """Count bytes as gone."""
        with self._lock:
            self._used -= size

    def remember(self, path: Path, file: BinaryIO) -> None:
        """Own an open file until it is discarded."""
        with self._lock:
            self._files[path] = file

    def forget(self, path: Path) -> None:
        """Own a file no more."""
        with self._lock:
            self._files.pop(path, None)


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

    def mark(self) -> Mark:
        """Hand all bytes to the system and return how far they go."""
        with store_faults("write to the spool"):
            self._target().flush()
        return Mark(end=self.size, digest=Digest(self._hash.copy().hexdigest()))

    def finish(self) -> Spooled:
        """Close the file and return what was spooled. Syncing it is the store's part."""
        digest = Digest(self._hash.hexdigest())
        if self._file is None:
            return Spooled(digest=digest, size=self.size, content=self._buffer.getvalue())
        self._close()
        return Spooled(digest=digest, size=self.size, content=self._path)

    def abandon(self) -> None:
        """Drop what was written so far; a resumable file stays for the next attempt."""
        self._close()
        if not is_resumable(self._path):
            _remove([self._path])
            self._spool.forget(self._path)
        self._spool.give_back(self.size)
        self.size = 0

    def take_up(self, marks: Iterable[Mark]) -> None:
        """Go on with the file of an earlier process; see `Spool.resume`."""
        with store_faults("read the spool"):
            proven = self._reopened(marks)
        self._count(proven)

    def _reopened(self, marks: Iterable[Mark]) -> int:
        """Open the file again and return how many of its bytes are proven."""
        if not self._path.exists():
            self._file = self._open("xb")
            return 0
        # A store may have linked it before the crash: then it must be whole, for it is not ours.
        linked = self._path.stat().st_nlink > 1
        if not linked:
            self._path.chmod(0o600)
        self._file = self._open("rb" if linked else "r+b")
        proven = self._proven(self._file, marks)
        if not linked:
            self._file.seek(proven)
            self._file.truncate()
        elif proven < self._path.stat().st_size:
            self._restart()
            return 0
        return proven

    def _proven(self, file: BinaryIO, marks: Iterable[Mark]) -> int:
        proven, prefix = 0, hashlib.sha256()
        for mark in marks:
            left = mark.end - proven
            while left > 0 and (chunk := file.read(min(left, _BUFFER))):
                prefix.update(chunk)
                left -= len(chunk)
            if left or prefix.hexdigest() != mark.digest:
                break
            proven, self._hash = mark.end, prefix.copy()
        return proven

    def _restart(self) -> None:
        self._close()
        self._path.unlink()
        self._hash = hashlib.sha256()
        self._file = self._open("xb")

    def _count(self, size: int) -> None:
        self._spool.reserve(size)
        self.size += size

    def _open(self, mode: str) -> BinaryIO:
        # The mode is a binary one, which its type does not say.
        file: BinaryIO = self._path.open(mode, buffering=_BUFFER)  # type: ignore[assignment]
        self._spool.remember(self._path, file)
        if mode == "xb":
            os.fchmod(file.fileno(), 0o600)
        return file

    def _close(self) -> None:
        if self._file is not None:
            with store_faults("write to the spool"):
                self._file.close()

    def _target(self) -> BinaryIO:
        if self._file is None and self.size > IN_MEMORY:
            self._file = self._open("xb")
            self._file.write(self._buffer.getvalue())
            self._buffer = io.BytesIO()
        return self._buffer if self._file is None else self._file


def is_resumable(path: Path) -> bool:
    """Tell files that a later process may go on with from the others."""
    return path.name.startswith(RESUMABLE)


def _remove(paths: Iterable[Path]) -> None:
    with store_faults("remove a spool file"):
        for path in paths:
            path.unlink(missing_ok=True)
