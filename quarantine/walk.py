"""The order in which a source is listed, without recursion and with few folders open at a time."""

import errno
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass

from custody.entry import Entry, EntryKind
from quarantine.trail import Trail

KINDS = {
    stat.S_IFREG: EntryKind.FILE,
    stat.S_IFLNK: EntryKind.SYMLINK,
    stat.S_IFIFO: EntryKind.FIFO,
    stat.S_IFSOCK: EntryKind.SOCKET,
    stat.S_IFBLK: EntryKind.BLOCK_DEVICE,
    stat.S_IFCHR: EntryKind.CHARACTER_DEVICE,
}
# Our own trouble, which says nothing about the source.
SHORTAGES = frozenset({errno.EMFILE, errno.ENFILE, errno.ENOMEM})
# How the root itself is named among its entries; no file can have this name.
ROOT = b"."


def inode_of(facts: os.stat_result, device: int) -> int:
    """Return an inode number that is unique in a source, of which `device` holds the root.

    On a file system mounted inside it holds the device's number too, which the next mount may
    change: its files then count as changed and are listed anew, and are never mistaken for others.
    """
    if facts.st_dev == device:
        return facts.st_ino
    return facts.st_dev << 64 | facts.st_ino


@dataclass(slots=True)
class _Folder:
    """A folder on the way down: how long its path is, which one it is, what is left in it."""

    length: int
    identity: tuple[int, int]
    left: list[bytes]


class SourceWalk:
    """Iterates once over all entries below a trail's root."""

    def __init__(self, trail: Trail, device: int) -> None:
        self._trail = trail
        self._device = device
        self._way: list[_Folder] = []
        self._above: set[tuple[int, int]] = set()
        # One path for the whole way: a hostile tree is deep and its names are long.
        self._path = b""

    def __iter__(self) -> Iterator[Entry]:
        """Yield entries: of each folder its files by name, then its folders by name.

        Raises:
            OSError: the root cannot be listed, or this machine is short of files or memory.
        """
        yield from self._folder(b"", self._trail.go(b""))
        while self._way:
            folder = self._way[-1]
            if folder.left:
                prefix = self._path[: folder.length]
                yield from self._enter(prefix + folder.left.pop())
            else:
                self._above.discard(self._way.pop().identity)

    def _enter(self, path: bytes) -> Iterator[Entry]:
        try:
            descriptor = self._trail.go(path)
        except OSError as error:
            if error.errno in SHORTAGES:
                raise
            yield unknown(path, EntryKind.UNREADABLE_DIRECTORY)
        else:
            yield from self._folder(path, descriptor)

    def _folder(self, path: bytes, descriptor: int) -> Iterator[Entry]:
        """Yield the entries in a folder and remember the folders in it."""
        facts = os.fstat(descriptor)
        identity = (facts.st_dev, facts.st_ino)
        if identity in self._above:  # a damaged file system may hold a folder inside itself
            yield unknown(path, EntryKind.UNREADABLE_DIRECTORY)
            return
        names, whole = _names(descriptor)
        if not whole:
            yield unknown(path or ROOT, EntryKind.UNREADABLE_DIRECTORY)
        prefix = path + b"/" if path else b""
        folders: list[bytes] = []
        for name in names:
            entry = self._entry(prefix, name, descriptor)
            if entry is None:
                folders.append(name)
            else:
                yield entry
        folders.reverse()
        self._path = prefix
        self._above.add(identity)
        self._way.append(_Folder(len(prefix), identity, folders))

    def _entry(self, prefix: bytes, name: bytes, descriptor: int) -> Entry | None:
        """Return an entry, or None for a folder."""
        try:
            facts = os.stat(name, dir_fd=descriptor, follow_symlinks=False)
        except OSError as error:
            if error.errno in SHORTAGES:
                raise
            # A name without an inode behind it: listed all the same, and intake says why.
            return unknown(prefix + name, EntryKind.FILE)
        kind = stat.S_IFMT(facts.st_mode)
        if kind == stat.S_IFDIR:
            return None
        return Entry(
            path=prefix + name,
            kind=KINDS[kind],
            size=facts.st_size,
            mtime_ns=facts.st_mtime_ns,
            mode=facts.st_mode,
            inode=inode_of(facts, self._device),
            links=facts.st_nlink,
        )


def unknown(path: bytes, kind: EntryKind) -> Entry:
    """Return an entry of which nothing else is known."""
    return Entry(path=path, kind=kind, size=0, mtime_ns=0, mode=0, inode=0)


def _names(descriptor: int) -> tuple[list[bytes], bool]:
    """Return the sorted names in a folder, and whether it could be read to its end."""
    names: list[bytes] = []
    whole = True
    try:
        with os.scandir(descriptor) as items:
            for item in items:
                names.append(os.fsencode(item.name))  # noqa: PERF401  a comprehension would lose what was read before an error
    except OSError as error:
        if error.errno in SHORTAGES:
            raise
        whole = False
    names.sort()
    return names, whole
