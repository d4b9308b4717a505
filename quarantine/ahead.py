"""Asks for small files before it is their turn: each is a round trip to a server that may be far.

Some are on their way at once while earlier ones are hashed, so that a shard is bounded by the line
and not by its delay. It is tried once: whatever fails is asked for again in its turn, and named
then.
"""

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack

from custody.entry import Entry, EntryKind
from custody.errors import AutoclaveError
from storage.segments import MOST_BLOB

# Bounds requests at once, and with the size of one the memory of what waits.
AHEAD = 16


class ReadAhead:
    """Contents of small files that are on their way; safe for several threads."""

    def __init__(self, fetch: Callable[[Entry], bytes]) -> None:
        self._fetch = fetch
        self._waiting: dict[bytes, Future[bytes | None]] = {}
        self._pool: ThreadPoolExecutor | None = None
        self._lock = threading.Lock()

    def through(self, entries: Iterable[Entry]) -> Iterator[Entry]:
        """Yield entries in their order, having asked for some that come after each."""
        window: deque[Entry] = deque()
        with ExitStack() as undo:
            undo.callback(self._drop, window)
            for entry in entries:
                self._ask(entry)
                window.append(entry)
                if len(window) > AHEAD:
                    yield window[0]
                    self._drop_one(window.popleft())
            while window:
                yield window[0]
                self._drop_one(window.popleft())

    def take(self, entry: Entry) -> bytes | None:
        """Return the content of an entry, once; None when it was not asked for, or failed."""
        with self._lock:
            found = self._waiting.pop(entry.path, None)
        return None if found is None else found.result()

    def close(self) -> None:
        """Begin nothing more."""
        if self._pool is not None:
            self._pool.shutdown(wait=False, cancel_futures=True)

    def _ask(self, entry: Entry) -> None:
        if entry.kind is not EntryKind.FILE or entry.size > MOST_BLOB:
            return
        with self._lock:
            if self._pool is None:
                self._pool = ThreadPoolExecutor(AHEAD)
            self._waiting[entry.path] = self._pool.submit(self._fetched, entry)

    def _fetched(self, entry: Entry) -> bytes | None:
        try:
            return self._fetch(entry)
        except AutoclaveError:
            return None

    def _drop(self, entries: Iterable[Entry]) -> None:
        for entry in entries:
            self._drop_one(entry)

    def _drop_one(self, entry: Entry) -> None:
        with self._lock:
            found = self._waiting.pop(entry.path, None)
        if found is not None:
            found.cancel()
