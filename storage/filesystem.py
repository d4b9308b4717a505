"""An object store in a folder, where a put is whole and durable or was never there."""

import os
import time
import uuid
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import BinaryIO

from custody.errors import ObjectDamagedError, ObjectMissingError, StoreError
from storage.disk import Disk, RealDisk
from storage.faults import store_error, store_faults
from storage.interface import Spooled, Version, check_key
from storage.window import window

# Not allowed in keys, so a file's name splits into key and version in one way only.
SEPARATOR = "@"
# 128 bits of the content's digest tell versions of one key apart.
_VERSION_LENGTH = 32
_SYNCS_AT_ONCE = 16


@dataclass(frozen=True, slots=True)
class _Staged:
    version: Version
    incoming: Path
    final: Path


class FilesystemStore:
    """Objects are files <root>/objects/<key>@<version>, for this user only and never executable.

    The version is taken from the content, so the same put twice gives one version; the later of two
    puts is the newest. After an error while syncing, every further put is refused: the kernel has
    then dropped pages that it reported once and never again (the "fsyncgate" of PostgreSQL).
    """

    def __init__(
        self,
        root: Path,
        *,
        disk: Disk | None = None,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        self._root = root
        self._incoming = root / "incoming"
        self._objects = root / "objects"
        self._disk: Disk = disk or RealDisk()
        self._clock = clock
        self._last_put = 0
        self._durable_folders: set[Path] = set()
        self._broken: OSError | None = None
        with store_faults("make the store's folders"):
            self._make_root()
            # Not synced here, since who only reads has nothing to lose: a put syncs what it needs.
            self._disk.make_folder(self._incoming)
            self._disk.make_folder(self._objects)

    def open(
        self, key: str, version: str | None = None, *, offset: int = 0, length: int | None = None
    ) -> BinaryIO:
        """Open a part of one version."""
        path = self.local_path(key, version or self._newest(check_key(key)))
        try:
            return window(path, offset, length)
        except FileNotFoundError as error:
            raise _missing(key) from error
        except OSError as error:
            raise store_error("read an object", error) from error

    def local_path(self, key: str, version: str) -> Path:
        """Return where a version lies, so that it can be given to the sandbox without a copy."""
        check_key(version)
        return self._objects / f"{check_key(key)}{SEPARATOR}{version}"

    def versions(self, prefix: str) -> Iterator[Version]:
        """List versions by key, the oldest first; memory grows with a folder, not the store."""
        top = prefix.rpartition("/")[0]
        if top:
            check_key(top)
        waiting = [f"{top}/" if top else ""]
        while waiting:
            item = waiting.pop()
            if item.endswith("/") or not item:
                waiting += reversed(self._listing(item, prefix))
            else:
                yield from self._version(item)

    def put(self, key: str, spooled: Spooled) -> Version:
        """Store one object durably."""
        return self.put_all([(key, spooled)])[0]

    def put_all(self, objects: Iterable[tuple[str, Spooled]]) -> list[Version]:
        """Store many objects durably: write all, sync all, name all, sync each folder once."""
        if self._broken is not None:
            raise StoreError(
                "the disk failed while it was syncing, so nothing more is written here",
                next_step="check the disk and the kernel log, then start again",
            ) from self._broken
        staged: list[_Staged] = []
        with store_faults("store an object"), ExitStack() as undo:
            undo.callback(self._forget, staged)
            for key, spooled in objects:
                staged.append(self._staged(key, spooled))
                self._disk.write(staged[-1].incoming, spooled.content, self._now())
            self._sync([item.incoming for item in staged], self._disk.sync)
            self._name(staged)
            undo.pop_all()
        return [item.version for item in staged]

    def delete(self, key: str, version: str) -> None:
        """Remove one version durably."""
        path = self.local_path(key, version)
        with store_faults("remove an object"):
            self._disk.remove(path)
            if path.parent.is_dir():
                self._disk.sync_folder(path.parent)

    def sweep(self) -> int:
        """Remove what interrupted puts left, and return how many; only while nobody else puts."""
        with store_faults("sweep the incoming folder"):
            leftovers = list(self._incoming.iterdir())
            for path in leftovers:
                self._disk.remove(path)
        return len(leftovers)

    def _staged(self, key: str, spooled: Spooled) -> _Staged:
        content = spooled.content
        size = len(content) if isinstance(content, bytes) else content.stat().st_size
        if size != spooled.size:
            raise ObjectDamagedError(
                f"the spooled bytes of {spooled.digest} are not whole", next_step="spool them again"
            )
        version = Version(
            key=check_key(key), version=spooled.digest[:_VERSION_LENGTH], size=spooled.size
        )
        final = self.local_path(key, version.version)
        return _Staged(version, self._incoming / uuid.uuid4().hex, final)

    def _name(self, staged: list[_Staged]) -> None:
        folders = list(dict.fromkeys(item.final.parent for item in staged))
        for folder in folders:
            self._make_folders(folder)
        for item in staged:
            self._disk.rename(item.incoming, item.final)
        self._sync(folders, self._disk.sync_folder)

    def _sync(self, paths: list[Path], sync: Callable[[Path], None]) -> None:
        """Sync side by side: the file system then commits many of them at once (measured: 9 x)."""
        try:
            if len(paths) == 1:
                sync(paths[0])
                return
            shares = [paths[start::_SYNCS_AT_ONCE] for start in range(_SYNCS_AT_ONCE)]
            with ThreadPoolExecutor(_SYNCS_AT_ONCE) as pool:
                list(pool.map(partial(_each, sync), shares))
        except OSError as error:
            self._broken = error
            raise

    def _forget(self, staged: list[_Staged]) -> None:
        """Remove the files of a failed put; what cannot be removed is left to `sweep`."""
        with suppress(OSError):
            for item in staged:
                self._disk.remove(item.incoming)

    def _make_root(self) -> None:
        missing = [path for path in (self._root, *self._root.parents) if not path.exists()]
        for path in reversed(missing):
            self._disk.make_folder(path)
            self._disk.sync_folder(path.parent)

    def _make_folders(self, folder: Path) -> None:
        """Make a folder and those above it durable, once in this store's life for each.

        A folder that is there may be one that an earlier process made and never synced.
        """
        if folder == self._root or folder in self._durable_folders:
            return
        self._make_folders(folder.parent)
        self._disk.make_folder(folder)
        self._sync([folder.parent], self._disk.sync_folder)
        self._durable_folders.add(folder)

    def _now(self) -> int:
        """Return a time later than any before, for the order of versions rests on it."""
        self._last_put = max(self._last_put + 1, self._clock())
        return self._last_put

    def _newest(self, key: str) -> str:
        parent = key.rpartition("/")[0]
        listing = self._listing(f"{parent}/" if parent else "", f"{key}{SEPARATOR}")
        if not listing:
            raise _missing(key)
        return listing[-1].rpartition(SEPARATOR)[2]

    def _listing(self, folder: str, prefix: str) -> list[str]:
        """Return a folder's items that fit a prefix, sorted as S3 sorts keys."""
        found: list[tuple[str, int, str]] = []
        with store_faults("list a store"):
            try:
                items = os.scandir(self._objects / folder)
            except FileNotFoundError:
                return []
            with items:
                for item in items:
                    found += _sortable(folder, prefix, item)
        return [name for _, _, name in sorted(found)]

    def _version(self, item: str) -> list[Version]:
        key, _, version = item.rpartition(SEPARATOR)
        with store_faults("list a store"), suppress(FileNotFoundError):  # deleted since
            size = (self._objects / item).stat().st_size
            return [Version(key=key, version=version, size=size)]
        return []


def _each(sync: Callable[[Path], None], paths: list[Path]) -> None:
    for path in paths:
        sync(path)


def _sortable(folder: str, prefix: str, item: os.DirEntry[str]) -> list[tuple[str, int, str]]:
    name = folder + item.name
    if item.is_dir(follow_symlinks=False):
        name += "/"
        fits = name.startswith(prefix) or prefix.startswith(name)
        return [(name, 0, name)] if fits else []
    if name.startswith(prefix):
        with suppress(FileNotFoundError):  # deleted since
            return [(name.rpartition(SEPARATOR)[0], item.stat().st_mtime_ns, name)]
    return []


def _missing(key: str) -> ObjectMissingError:
    return ObjectMissingError(f"no object {key}", next_step="check that this is the right store")
