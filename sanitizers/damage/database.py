"""Damage in SQLite databases: pages that a tree leads to and that are none, and pages of noise."""

from collections import deque
from collections.abc import Iterator

from formats.faults import MalformedError, TruncatedError
from formats.randomness import is_random_window
from formats.sqlite import read_database, walk_pages
from formats.stripes import find_stripes
from sanitizers.damage.fault import Fault, after_end, broken, cut, noise, zero_run, zeroed
from sanitizers.interface import Opened

_LEAST_WINDOW = 512


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
    except TruncatedError as error:
        yield cut(content, error.reason, len(content))
    except MalformedError as error:
        yield _page_fault(content, error)


def _page_fault(content: bytes, error: MalformedError) -> Fault:
    at = max(error.offset, 0)
    fault = broken(content, error)
    following = content[at : at + 4096]
    if len(following) >= _LEAST_WINDOW and is_random_window(following):
        return noise("overwritten-structure", at, error.reason)
    zeros = zero_run(content, at, at + 4096)
    return zeroed(zeros, error.reason) if zeros == at else fault
