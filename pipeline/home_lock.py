"""Who is at work in a home: whoever comes first and alone clears away what a crash left behind."""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from custody.errors import UnavailableError
from storage.faults import store_faults


@contextmanager
def at_work(path: Path, clear: Callable[[], None]) -> Iterator[None]:
    """Hold a shared lock on a home; `clear` is called before, if nobody else is at work in it.

    Unfinished bytes of a live process look like those of a dead one, so only the first may clear.

    Raises:
        StoreError: the lock cannot be opened.
    """
    with store_faults("open the home's lock"):
        file = path.open("ab")
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            pass
        else:
            clear()
        fcntl.flock(file, fcntl.LOCK_SH)
        yield


@contextmanager
def alone_at_work(path: Path) -> Iterator[None]:
    """Go on only while nobody is at work in a home, and let nobody begin.

    Raises:
        UnavailableError: somebody is at work.
        StoreError: the lock cannot be opened.
    """
    with store_faults("open the home's lock"):
        file = path.open("ab")
    with file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise UnavailableError(
                "another process works on this home",
                next_step="let runs and consoles of this home end, then try again",
            ) from error
        yield
