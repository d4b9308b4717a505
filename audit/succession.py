"""Which log a home writes now, and what a new origin says of the one before it."""

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from audit.evidence import Key
from audit.note import open_checkpoint
from audit.tiles import newest_key, read
from catalogue import ledger as rows
from catalogue.engine import Catalogue
from custody.errors import LedgerError, SignatureError
from storage.interface import Readable

Stores = Sequence[tuple[str, Readable]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Successor:
    """A new log, the one that it follows, and every checkpoint that stands for the old one's end.

    There are several when the database and the stores disagree; which one is right is for people.
    """

    origin: str
    predecessor: str
    checkpoints: tuple[str, ...]


def names(origin: str) -> Iterator[str]:
    """Yield an origin and its successors: name, name.2, name.3 and so on."""
    return itertools.chain([origin], (f"{origin}.{n}" for n in itertools.count(2)))


def current(catalogue: Catalogue, stores: Stores, origin: str) -> str:
    """Return the newest log that the database knows of an origin; the origin itself in a new home.

    Raises:
        LedgerError: a store holds a log of this origin that the database does not know.
    """
    known = _known(catalogue)
    newest = origin
    for name in names(origin):
        place = next((where for where, store in stores if _holds(store, name)), None)
        if place is not None and name not in known:
            raise LedgerError(
                f"the {place} holds the log {name}, which the database does not know",
                next_step="make the database again with `autoclave catalogue rebuild`, or go on "
                "with an explicit new origin: `autoclave audit new-origin`",
            )
        if name in known:
            newest = name
        elif name != origin:
            return newest
    raise AssertionError


def plan(catalogue: Catalogue, stores: Stores, origin: str, key: Key) -> Successor:
    """Return the next free origin and what is known of the last one.

    Raises:
        LedgerError: nothing is known of this origin, so there is nothing to succeed.
    """
    known = _known(catalogue)
    predecessor = None
    for name in names(origin):
        if name not in known and not any(_holds(store, name) for _, store in stores):
            if predecessor is None:
                raise LedgerError(
                    f"there is no log {origin}", next_step="open the ledger as a new one"
                )
            checkpoints = _last_checkpoints(catalogue, stores, predecessor, key)
            return Successor(origin=name, predecessor=predecessor, checkpoints=checkpoints)
        predecessor = name
    raise AssertionError


def _known(catalogue: Catalogue) -> set[str]:
    with catalogue.read() as connection:
        return set(rows.origins(connection))


def _holds(store: Readable, origin: str) -> bool:
    return read(store, newest_key(origin)) is not None


def _last_checkpoints(
    catalogue: Catalogue, stores: Stores, origin: str, key: Key
) -> tuple[str, ...]:
    """Return the newest genuine checkpoint of each place, without repetition."""
    with catalogue.read() as connection:
        stored = rows.newest_checkpoint(connection, origin, published=False)
    notes = [] if stored is None else [stored.note.encode()]
    notes += [note for _, store in stores if (note := read(store, newest_key(origin))) is not None]
    return tuple(note.decode() for note in dict.fromkeys(notes) if _genuine(note, key))


def _genuine(note: bytes, key: Key) -> bool:
    try:
        open_checkpoint(note, key)
    except SignatureError:
        return False
    return True
