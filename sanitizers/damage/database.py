"""Damage in SQLite databases: pages that a tree leads to and that are none, and pages of noise."""

from collections import deque
from collections.abc import Iterator

from formats.faults import MalformedError, TruncatedError, UnsupportedError
from formats.randomness import is_random_window
from formats.sqlite import read_database, walk_pages
from formats.stripes import find_stripes
from sanitizers.damage.fault import Fault, after_end, broken, changed, cut, noise, zero_run, zeroed
from sanitizers.databases import survey_database
from sanitizers.interface import Opened

_LEAST_WINDOW = 512
_CORRUPT = frozenset({"SQLITE_CORRUPT", "SQLITE_NOTADB"})


def check_database(opened: Opened) -> Iterator[Fault]:
    """Yield what is wrong with a database.

    A page with a header of its own may hold pictures; noise is only said of pages without one.

    Raises:
        LimitError: it has too many pages.
    """
    content = opened.content
    try:
        database = read_database(content)
        deque(walk_pages(content, database), maxlen=0)
        yield from after_end(content, database.pages * database.page_size)
        stripes = find_stripes(content, 0, len(content))
        if stripes is not None:
            yield noise("random-stripes", 0, f"{stripes.on} of every {stripes.period} bytes")
        yield from _by_its_own_check(opened)
    except TruncatedError as error:
        yield cut(content, error.reason, len(content))
    except MalformedError as error:
        yield _page_fault(content, error)


def _by_its_own_check(opened: Opened) -> Iterator[Fault]:
    """Yield what SQLite's own check finds where the pages are in order.

    Raises:
        UnsupportedError: SQLite could not look.
    """
    looked = opened.once(survey_database)
    if looked.unseen in _CORRUPT:
        yield changed("broken-structure", -1, "SQLite calls it corrupt")
    elif looked.unseen:
        raise UnsupportedError(f"SQLite did not check it: {looked.unseen}")
    elif looked.faults:
        yield changed("integrity-check", -1, "SQLite's own check finds rows or keys that differ")


def _page_fault(content: bytes, error: MalformedError) -> Fault:
    at = max(error.offset, 0)
    fault = broken(content, error)
    following = content[at : at + 4096]
    if len(following) >= _LEAST_WINDOW and is_random_window(following):
        return noise("overwritten-structure", at, error.reason)
    zeros = zero_run(content, at, at + 4096)
    return zeroed(zeros, error.reason) if zeros == at else fault
