"""Tiles that later ones replaced: a crash or a lock leaves them, and they have to be as they were.

A partial tile holds the first hashes, or entries, of the wider one at its place (C2SP tlog-tiles,
"Partial Tiles"). Nothing reads it any more, but who compares an old proof with it must not be
misled, and a byte that changed in the audit store is never passed over.
"""

from collections.abc import Iterable, Iterator

from audit.evidence import EvidenceError, open_bundle
from audit.history import History
from audit.tiles import ENTRIES, HASH_SIZE, bundle, folder_of, published_keys

PARTIAL = ".p/"


def check_leftovers(history: History) -> None:
    """Compare every superseded partial tile with the published one at its place.

    Raises:
        EvidenceError: one is not what stood there; its key is named.
    """
    names = frozenset(history.files.names())
    for origin in history.origins():
        current = dict(_places(published_keys(origin, history.size(origin))))
        for place, name in _places(n for n in names if n.startswith(folder_of(origin))):
            width = name.partition(PARTIAL)[2]
            published = current.get(place)
            if width.isdigit() and published is not None and published != name:
                _check(history, name, int(width), published if published in names else place)


def _places(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield tiles with their place: what they are called when they are full."""
    for name in names:
        yield name.partition(PARTIAL)[0], name


def _check(history: History, name: str, width: int, published: str) -> None:
    newer = history.files.read(published)
    if f"/{ENTRIES}/" in name:
        entries = open_bundle(newer)
        # What is wider than the published one was never covered by a checkpoint: it means nothing.
        expected, covered = bundle(entries[:width]), len(entries) >= width
    else:
        size = width * HASH_SIZE
        expected, covered = newer[:size], len(newer) >= size
    if covered and history.files.read(name) != expected:
        raise EvidenceError(name, "it is not what stood there before the tile grew")
