"""One recovery or release of a source at a time: two together would undo each other's work.

The lock is the operating system's, on a file of the home, and where machines share a catalogue also
the database's: it goes with its process, however that ends.
"""

import fcntl
import hashlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from typing import BinaryIO

from catalogue.engine import Catalogue
from custody.errors import StoreError, UnavailableError
from custody.source import Source
from pipeline.home import Home

RESCAN = "rescan"


@contextmanager
def recovering(home: Home, catalogue: Catalogue, sources: Iterable[Source]) -> Iterator[None]:
    """Hold some sources of a home, and of every other home over its catalogue.

    Raises:
        UnavailableError: another process works on one of them.
        CatalogueError: the database does not answer.
        StoreError: the home cannot be written.
    """
    names = {f"source {source.source_id}": source for source in sources}
    with ExitStack() as held:
        for source in names.values():
            _lock(held.enter_context(_file(home, source)), source)
        taken = held.enter_context(catalogue.holding(list(names), wait=False))
        if taken is not None:
            raise _busy(names[taken])
        yield


@contextmanager
def rescanning(
    home: Home, catalogue: Catalogue, rest: Callable[[], None] | None = None
) -> Iterator[None]:
    """Hold the re-scan of a home, and of every other home over its catalogue: one at a time.

    With `rest` it waits for another one to end, and rests between its attempts.

    Raises:
        UnavailableError: another process re-scans, and `rest` is not given.
        CatalogueError: the database does not answer.
        StoreError: the home cannot be written.
    """
    with ExitStack() as held:
        file = held.enter_context(_open(home, RESCAN))
        while not _is_locked(file):
            _rest(rest)
        while True:
            with ExitStack() as attempt:
                if attempt.enter_context(catalogue.holding([RESCAN], wait=False)) is None:
                    held.enter_context(attempt.pop_all())
                    break
            _rest(rest)
        yield


def _is_locked(file: BinaryIO) -> bool:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _rest(rest: Callable[[], None] | None) -> None:
    if rest is not None:
        rest()
        return
    raise UnavailableError(
        "another process re-scans already",
        next_step="wait until it has ended, then run the same command again",
    )


def _file(home: Home, source: Source) -> BinaryIO:
    # An id is an operator's words, so the file is named by its digest.
    return _open(home, hashlib.sha256(source.source_id.encode()).hexdigest()[:16])


def _open(home: Home, name: str) -> BinaryIO:
    try:
        return (home.locks / name).open("ab")
    except OSError as error:
        raise StoreError(
            f"a lock cannot be opened: {error.strerror}",
            next_step="check that the home is there and writable",
        ) from error


def _lock(file: BinaryIO, source: Source) -> None:
    try:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        raise _busy(source) from error


def _busy(source: Source) -> UnavailableError:
    return UnavailableError(
        f"another process works on source {source.source_id}",
        next_step="wait until it has ended, then run the same command again",
    )
