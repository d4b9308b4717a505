"""A recovered file system mounted as a folder: listed and read, never written, never left."""

import errno
import os
import stat
import threading
from collections.abc import Iterable, Iterator
from typing import NoReturn, Self

from custody.entry import Entry, EntryKind, NotTakenReason
from custody.errors import SourceEmptyError, SourceError
from custody.source import FilesystemIdentity
from quarantine.descriptor import DescriptorFile
from quarantine.interface import NotReadableError
from quarantine.trail import Trail, open_below
from quarantine.walk import SHORTAGES, SourceWalk, inode_of

_FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY | os.O_CLOEXEC
_CHANGED = frozenset({errno.ELOOP, errno.ENOTDIR, errno.ENXIO, errno.EISDIR, errno.ENODEV})
_MOUNT = "mount the recovered image, or name another folder"


class DirectorySource:
    """Reads one folder; safe for several threads.

    File systems that are mounted inside the folder belong to what was recovered, so they are
    walked. They are not part of the identity: that is the root's file system and inode.
    """

    def __init__(self, root: bytes | str | os.PathLike[str]) -> None:
        """Open a folder; a link at the root itself is followed, as the operator named it.

        Raises:
            SourceError: there is no folder at the root, or it cannot be read.
        """
        self._root = _open_root(os.fsencode(root))
        self._device = os.fstat(self._root).st_dev
        self._trail = Trail(_open_root(b".", self._root))
        self._lock = threading.Lock()
        self._closed = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the folders that are still open; the source is of no use afterwards."""
        with self._lock:
            if not self._closed:
                self._closed = True
                self._trail.close()
                os.close(self._root)

    def identity(self) -> FilesystemIdentity:
        """Return the file system's id and the root's inode.

        The id is that of statvfs, which ext4 and btrfs derive from their UUID; device numbers
        change with every mount, and the UUID itself cannot be read without being root.
        """
        try:
            filesystem = os.statvfs(self._root).f_fsid
            root = os.fstat(self._root).st_ino
        except OSError as error:
            raise SourceError("the source cannot be read", next_step=_MOUNT) from error
        return FilesystemIdentity(filesystem=f"{filesystem:x}", root=root & (1 << 63) - 1)

    def check_not_empty(self) -> None:
        """Refuse a place where nothing stands, before a run is begun: an image that is not mounted.

        Raises:
            SourceEmptyError: it holds nothing.
            SourceError: it cannot be read.
        """
        try:
            with os.scandir(self._root) as items:
                empty = next(items, None) is None
        except OSError as error:
            raise SourceError("the source cannot be read", next_step=_MOUNT) from error
        if empty:
            raise SourceEmptyError("the source is empty", next_step=_MOUNT)

    def walk(self) -> Iterator[Entry]:
        """List every entry: of each folder its files by name, then its folders by name."""
        trail = Trail(_open_root(b".", self._root))
        found = False
        try:
            for entry in SourceWalk(trail, self._device):
                found = True
                yield entry
        except OSError as error:
            raise SourceError(
                f"the source cannot be listed: {os.strerror(error.errno or 0)}", next_step=_MOUNT
            ) from error
        finally:
            trail.close()
        if not found:
            raise SourceEmptyError("the source is empty", next_step=_MOUNT)

    def ahead(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """Yield entries as they come: the system reads ahead by itself."""
        return iter(entries)

    def open(self, entry: Entry) -> DescriptorFile:
        """Open a listed file; what stands there now must be the file that was listed."""
        if entry.kind is not EntryKind.FILE:
            raise RuntimeError("only files are opened")
        folder, _, name = entry.path.rpartition(b"/")
        try:
            with self._lock:
                descriptor = open_below(name, _FILE, self._trail.go(folder))
        except OSError as error:
            _refuse(error)
        # O_NONBLOCK kept a FIFO put there meanwhile from blocking us; now look what was opened.
        facts = os.fstat(descriptor)
        if not stat.S_ISREG(facts.st_mode) or inode_of(facts, self._device) != entry.inode:
            os.close(descriptor)
            raise NotReadableError(NotTakenReason.CHANGED, "another file stands there now")
        return DescriptorFile(descriptor, entry, facts)


def _open_root(root: bytes, folder: int | None = None) -> int:
    try:
        return os.open(root, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC, dir_fd=folder)
    except FileNotFoundError as error:
        raise SourceError("there is nothing at the source's place", next_step=_MOUNT) from error
    except NotADirectoryError as error:
        raise SourceError("the source is a file, not a folder", next_step=_MOUNT) from error
    except OSError as error:
        raise SourceError(
            f"the source cannot be read: {os.strerror(error.errno or 0)}", next_step=_MOUNT
        ) from error


def _refuse(error: OSError) -> NoReturn:
    code = error.errno or 0
    if code in SHORTAGES:
        raise SourceError(
            f"this machine is short: {os.strerror(code)}",
            next_step="raise the limit of open files (ulimit -n), or use fewer workers",
        ) from error
    if code == errno.ENOENT:
        why = NotTakenReason.VANISHED
    elif code in _CHANGED:
        why = NotTakenReason.CHANGED
    else:
        why = NotTakenReason.UNREADABLE
    raise NotReadableError(why, errno.errorcode.get(code, "error")) from error
