"""Damage in Access databases: pages that are none, and noise amid their rows.

Whether what runs in one is active is not read: a database waits whatever is said of it here.
"""

from collections.abc import Iterator

from formats.faults import MalformedError, TruncatedError
from formats.jet import PageKind, pages_of_jet
from formats.randomness import WINDOW, first_random_sector
from formats.stripes import find_stripes
from sanitizers.damage.fault import Fault, broken_at, cut, noise, zero_run, zeroed
from sanitizers.interface import Opened


def check_access(opened: Opened) -> Iterator[Fault]:
    """Yield what is wrong with a database.

    Raises:
        ProtectedError: it is encrypted by its owner.
        UnsupportedError: a version that is not known.
    """
    content = opened.content
    stripes = find_stripes(content, WINDOW, len(content))
    if stripes is not None:
        # They destroy the header too, which then speaks of a password.
        yield noise("random-stripes", 0, f"{stripes.on} of every {stripes.period} bytes")
        return
    try:
        for page in pages_of_jet(content):
            at = -1
            if page.kind is PageKind.ROWS:
                at = first_random_sector(content, page.start, page.end)
            if at >= 0:
                yield noise("random-region", at, "a random-like sector amid rows")
                return
    except TruncatedError as error:
        yield cut(content, error.reason, error.offset)
        return
    except MalformedError as error:
        yield _page_fault(content, error)


def _page_fault(content: bytes, error: MalformedError) -> Fault:
    if zero_run(content, error.offset, error.offset + WINDOW) == error.offset:
        return zeroed(error.offset, error.reason)
    end = min(error.offset + WINDOW, len(content))
    if first_random_sector(content, error.offset, end) >= 0:
        return noise("overwritten-structure", error.offset, error.reason)
    return broken_at(content, error.offset, error.reason)
