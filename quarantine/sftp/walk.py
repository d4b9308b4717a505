"""The order in which a folder of a server is listed: that of mounted folders, without recursion."""

import stat
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import partial

from custody.entry import Entry, EntryKind
from quarantine.sftp.session import Session, Within
from quarantine.sftp.wire import Attributes
from quarantine.walk import KINDS, ROOT, unknown

# In bytes: 255 characters of Windows are 765, and no file system gives longer names.
MOST_NAME = 1024
# What fits the catalogue, and what a file system can hold.
MOST_SIZE = (1 << 63) - 1
# In bytes, of a path below the root: a server can nest for ever too.
MOST_PATH = 64 * 1024
Facts = dict[bytes, Attributes]


class SftpWalk:
    """Iterates once over all entries below a root.

    The protocol tells no inode: `number` gives each entry one of its own, which no other listing
    gives to a file, so that a read that goes on never joins two files.
    """

    def __init__(self, root: bytes, within: Within, number: Callable[[], int]) -> None:
        """List what is below a root; `within` runs an act in a session, again if that breaks."""
        self._root = root
        self._within = within
        self._number = number

    def __iter__(self) -> Iterator[Entry]:
        """Yield entries: of each folder its files by name, then its folders by name.

        Raises:
            OSError: the root cannot be listed.
            UnavailableError: the server cannot be reached.
        """
        left = [b""]
        while left:
            path = left.pop()
            folders: list[bytes] = []
            try:
                found, whole = self._within(partial(self._list, path))
            except OSError:
                if not path:
                    raise
                found, whole = {}, False
            if not whole:
                yield unknown(path or ROOT, EntryKind.UNREADABLE_DIRECTORY)
            yield from self._entries(path + b"/" if path else b"", found, folders)
            left += reversed(folders)

    def _list(self, path: bytes, session: Session) -> tuple[Facts, bool]:
        """Return what is in a folder, and whether that is all of it and honest."""
        place = below(self._root, path)
        if len(path) > MOST_PATH or session.real(place) != place:
            return {}, False  # a link was put in its place: it leads out of the source
        found: Facts = {}
        whole = True
        try:
            for name, facts in session.names(place):
                if name in {b".", b".."}:
                    continue
                if not _possible(name) or name in found:
                    whole = False  # no file system gives such a name
                    continue
                found[name] = _told(session, below(place, name), facts)
        except OSError:
            if not found and not path:
                raise
            whole = False
        return found, whole

    def _entries(self, prefix: bytes, found: Facts, folders: list[bytes]) -> Iterator[Entry]:
        """Yield the entries in a folder, and put the folders in it aside."""
        for name in sorted(found):
            path, facts = prefix + name, found[name]
            kind = stat.S_IFMT(facts.mode or 0)
            if kind == stat.S_IFDIR:
                folders.append(path)
            elif (
                kind not in KINDS
                or facts.mtime is None
                or facts.size is None
                or facts.size > MOST_SIZE
            ):
                yield unknown(path, EntryKind.FILE)  # intake says why
            else:
                yield Entry(
                    path=path,
                    kind=KINDS[kind],
                    size=facts.size,
                    mtime_ns=facts.mtime * 10**9,
                    mode=facts.mode or 0,
                    inode=self._number(),
                )


def below(root: bytes, path: bytes) -> bytes:
    """Return the absolute path of one that is told from a root."""
    return root.rstrip(b"/") + b"/" + path if path else root


def _possible(name: bytes) -> bool:
    return 0 < len(name) <= MOST_NAME and b"/" not in name and b"\0" not in name


def _told(session: Session, path: bytes, facts: Attributes) -> Attributes:
    """Return what is said of a name, asked for again where the listing says too little."""
    if None not in {facts.size, facts.mode, facts.mtime}:
        return facts
    with suppress(OSError):
        return session.look(path)
    return Attributes()
