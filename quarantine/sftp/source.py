"""Recovered files on an SFTP server: listed once, read over one line that may break and be back."""

import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from itertools import count
from typing import TypeVar

from custody.entry import Entry, EntryKind, NotTakenReason
from custody.errors import SourceChangedError, SourceEmptyError
from custody.source import FilesystemIdentity
from quarantine.ahead import ReadAhead
from quarantine.fetched import FetchedFile
from quarantine.interface import NotReadableError, SourceFile
from quarantine.sftp.faults import LinkBrokenError, of_entry, of_root
from quarantine.sftp.file import SftpFile
from quarantine.sftp.place import SftpPlace
from quarantine.sftp.session import Session
from quarantine.sftp.walk import SftpWalk
from storage.retrying import persist

ATTEMPTS = 6
_PLACE = "check path and user: `autoclave source list` shows the place"
_T = TypeVar("_T")


class SftpSource:
    """Reads a folder of a server; safe for several threads.

    `connect` makes a session with the server that is pinned; it is called again when a line broke.
    """

    def __init__(
        self,
        place: SftpPlace,
        connect: Callable[[], Session],
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._place = place
        self._connect = connect
        self._sleep = sleep
        self._lock = threading.Lock()
        self._session: Session | None = None
        self._fingerprint = ""
        self._root: bytes | None = None
        self._ahead = ReadAhead(self._fetch)

    def close(self) -> None:
        """Hang up."""
        self._ahead.close()
        with self._lock:
            if self._session is not None:
                self._session.close()

    def identity(self) -> FilesystemIdentity:
        """Return the server with its host key, and the id of the file system at the root."""
        root = self._real_root()
        with of_root(_PLACE):
            filesystem = self._within(lambda session: session.filesystem(root))
        return FilesystemIdentity(
            filesystem=f"{self._place.server}/{self._fingerprint}",
            root=filesystem & (1 << 63) - 1,
        )

    def check_not_empty(self) -> None:
        """Refuse a folder where nothing stands, before a run is begun.

        Raises:
            SourceEmptyError: it holds nothing.
            SourceError: it cannot be listed.
        """
        root = self._real_root()

        def anything(session: Session) -> bool:
            with closing(session.names(root)) as names:
                return any(name not in {b".", b".."} for name, _ in names)

        with of_root(_PLACE):
            found = self._within(anything)
        if not found:
            raise SourceEmptyError("the source is empty", next_step=_PLACE)

    def walk(self) -> Iterator[Entry]:
        """List every entry: of each folder its files by name, then its folders by name.

        Raises:
            SourceEmptyError: there is nothing to list.
            SourceError: it cannot be listed.
            UnavailableError: the server cannot be reached.
        """
        found = False
        numbers = count(secrets.randbits(64) << 64 | 1)
        root = self._real_root()
        with of_root(_PLACE):
            for entry in SftpWalk(root, self._within, lambda: next(numbers)):
                found = True
                yield entry
        if not found:
            raise SourceEmptyError("the source is empty", next_step=_PLACE)

    def ahead(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """Yield entries in their order while the contents of small ones are on their way."""
        return self._ahead.through(entries)

    def open(self, entry: Entry) -> SourceFile:
        """Open a listed file; nothing is asked of the server before it is read."""
        if entry.kind is not EntryKind.FILE:
            raise RuntimeError("only files are opened")
        content = self._ahead.take(entry)
        if content is not None:
            return FetchedFile(content)
        return SftpFile(self._real_root(), entry, self._tried)

    def _fetch(self, entry: Entry) -> bytes:
        """Return all of a small file that stood still, at the first attempt."""
        content = b""
        with of_entry(), closing(SftpFile(self._real_root(), entry, self._at_once)) as file:
            # Nothing is never asked for: servers answer that in more ways than one.
            while len(content) < entry.size and (
                more := file.read(entry.size - len(content), len(content))
            ):
                content += more
            if not file.stood_still():
                raise NotReadableError(NotTakenReason.CHANGED, "it changed while it was read")
        return content

    def _real_root(self) -> bytes:
        """Return the root without links in it: the one that the operator named is followed."""
        if self._root is None:
            with of_root(_PLACE):
                self._root = self._within(lambda session: session.real(self._place.path))
        return self._root

    def _within(self, act: Callable[[Session], _T]) -> _T:
        """Run an act, again in another session when the line breaks."""
        return persist(lambda: self._once(act), ATTEMPTS, self._sleep)

    def _once(self, act: Callable[[Session], _T]) -> _T:
        session = self._joined()
        try:
            return act(session)
        except LinkBrokenError:
            session.close()  # a server that broke the protocol once is not believed any more
            raise

    def _at_once(self, act: Callable[[Session], _T]) -> _T:
        """Run an act if the line stands; who reads ahead does not wait for another one."""
        session = self._session
        if session is None or session.broken:
            raise LinkBrokenError("it is not joined")
        return act(session)

    def _joined(self) -> Session:
        with self._lock:
            if self._session is None or self._session.broken:
                self._session = self._connect()
                told = self._fingerprint = self._fingerprint or self._session.fingerprint
                if self._session.fingerprint != told:
                    self._session.close()
                    raise SourceChangedError(
                        f"{self._place.server} answers with another host key than before",
                        next_step="run again, and see whether both are keys of that server",
                    )
            return self._session

    def _tried(self, act: Callable[[Session], _T]) -> _T:
        """Act upon one file; one that always breaks the line is unreadable, if others do not.

        Otherwise a single damaged file would end each run.
        """
        with of_entry():
            try:
                return self._within(act)
            except LinkBrokenError as error:
                self._once(lambda session: session.real(b"/"))
                raise NotReadableError(
                    NotTakenReason.UNREADABLE, "the server fails on it"
                ) from error
