"""One file of a server, open for reading: parts of it are on their way while others are hashed."""

import stat
from collections import deque
from concurrent.futures import Future

from custody.entry import Entry, NotTakenReason
from quarantine.fetched import Unholed
from quarantine.interface import NotReadableError
from quarantine.sftp.link import Reply
from quarantine.sftp.session import Session, Within
from quarantine.sftp.walk import below
from quarantine.sftp.wire import MOST_READ, Attributes

# Parts on their way at once: they bound the memory of a file, and a line of 20 ms gives 100 MB/s.
WINDOW = 64


class SftpFile(Unholed):
    """Reads forwards; after the line broke it opens the file again, and holds it to its entry."""

    def __init__(self, root: bytes, entry: Entry, within: Within) -> None:
        self._path = below(root, entry.path)
        self._entry = entry
        self._within = within
        self._session: Session | None = None
        self._handle = b""
        self._asked: deque[tuple[int, int, Future[Reply]]] = deque()

    def read(self, size: int, position: int) -> bytes:
        """Return at most that much from a position, nothing at the end.

        Raises:
            NotReadableError: it vanished, is another file now, or the server does not give it.
            UnavailableError: the server cannot be reached.
        """
        return self._within(lambda session: self._read(session, size, position))

    def stood_still(self) -> bool:
        """Whether size and time are what was listed."""
        return self._within(lambda session: self._as_listed(self._look(session)))

    def close(self) -> None:
        """Give the handle back."""
        if self._session is not None:
            self._session.give_back(self._handle)
            self._session = None
        self._asked.clear()

    def _look(self, session: Session) -> Attributes:
        return session.look_at(self._open(session))

    def _open(self, session: Session) -> bytes:
        """Return the handle in a session; what stands there must be the file that was listed."""
        if self._session is session:
            return self._handle
        self._asked.clear()
        folder = self._path.rpartition(b"/")[0] or b"/"
        real = session.ask_real(folder)
        facts = session.look(self._path)
        if session.real_told(real) != folder or not self._as_listed(facts):
            raise NotReadableError(NotTakenReason.CHANGED, "another file stands there now")
        handle = session.open(self._path)
        self._session, self._handle = session, handle
        if not self._as_listed(session.look_at(handle)):
            raise NotReadableError(NotTakenReason.CHANGED, "another file stands there now")
        return handle

    def _as_listed(self, facts: Attributes) -> bool:
        regular = stat.S_ISREG(facts.mode or 0)
        listed = (self._entry.size, self._entry.mtime_ns)
        return regular and listed == (facts.size, (facts.mtime or 0) * 10**9)

    def _read(self, session: Session, size: int, position: int) -> bytes:
        handle = self._open(session)
        if not self._asked or self._asked[0][0] != position or self._asked[0][1] > size:
            self._asked.clear()
        self._ask_ahead(session, handle, size, position)
        _, asked, part = self._asked.popleft()
        content = session.content(part, asked)
        if len(content) < asked:
            self._asked.clear()  # what follows was asked for from elsewhere
        return content

    def _ask_ahead(self, session: Session, handle: bytes, size: int, position: int) -> None:
        """Ask for the part that is wanted, and for those that will be."""
        if not self._asked:
            first = min(size, MOST_READ)
            self._asked.append((position, first, session.ask_content(handle, position, first)))
        while len(self._asked) < WINDOW:
            last, length, _ = self._asked[-1]
            end = last + length
            if end >= self._entry.size:
                return
            more = min(MOST_READ, self._entry.size - end)
            self._asked.append((end, more, session.ask_content(handle, end, more)))
