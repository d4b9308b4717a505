"""What a person means by a digest, the beginning of one, or a path on the command line."""

import contextlib
import os
from collections.abc import Iterator

from catalogue import views
from catalogue.entries import EVERYTHING, EntryFilter
from custody.box import Json
from custody.digest import Digest, parse_digest
from custody.errors import UsageError
from custody.names import unescape
from pipeline import listing
from pipeline.wiring import Runtime

SHORTEST = 8
DIGITS = frozenset("0123456789abcdef")


def digest_meant(runtime: Runtime, text: str, wanted: EntryFilter = EVERYTHING) -> Digest:
    """Return the digest that a text is, or that it begins among the entries asked for.

    Raises:
        UsageError: it is no digest, or the beginning of none or of several.
    """
    try:
        return parse_digest(text)
    except ValueError:
        pass
    if not is_beginning(text):
        raise UsageError(
            f"a digest has 64 hexadecimal characters, or at least its first {SHORTEST}",
            next_step="copy it from `autoclave holds` or `autoclave list`",
        )
    with runtime.catalogue.read() as connection:
        found = views.digests_beginning(connection, text, wanted)
    if len(found) != 1:
        raise UsageError(
            f"{'several contents begin' if found else 'no content begins'} with {text}",
            next_step="give the whole digest from `autoclave list --json`",
        )
    return found[0]


def is_beginning(text: str) -> bool:
    """Whether a text may be the beginning of a digest."""
    return SHORTEST <= len(text) <= 64 and set(text) <= DIGITS


def at_path(runtime: Runtime, text: str) -> Iterator[dict[str, Json]]:
    """Yield the entries at a path, given as its exact bytes or escaped as listings show it."""
    paths = [os.fsencode(text)]
    with contextlib.suppress(ValueError):
        paths.append(unescape(text))
    for path in dict.fromkeys(paths):
        yield from listing.find(runtime, path)
