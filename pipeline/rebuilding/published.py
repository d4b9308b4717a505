"""Makes a catalogue again from what is published: ledger, manifests, names objects."""

import json
from collections.abc import Iterator, Mapping, Sequence

import sqlalchemy as sa

from audit import manifest
from audit.evidence import Frontier, leaf_hash
from audit.history import History
from catalogue import ledger as rows
from catalogue import ledger_tables
from catalogue.engine import Catalogue
from catalogue.statements import in_batches, insert_all
from catalogue.times import to_microseconds
from custody.box import Json
from custody.errors import LedgerError
from pipeline.rebuilding.replay import Replay, at_of
from pipeline.rebuilding.replay_names import ReplayNames

EVENTS_A_TRANSACTION = 256


class Published:
    """The published ledger as a replay reads it: logs in the order they were opened.

    `sizes` cuts each log to what a moment's view of the database knows.
    """

    def __init__(self, history: History, sizes: Mapping[str, int] | None = None) -> None:
        self._history = history
        self._sizes = sizes
        self.origins = sorted(history.origins(), key=self._opened)

    def entries(self, origin: str) -> Iterator[bytes]:
        """Yield the entries of a log."""
        size = None if self._sizes is None else self._sizes.get(origin, 0)
        for seq, entry in enumerate(self._history.entries(origin)):
            if size is not None and seq >= size:
                return
            yield entry

    def events(self) -> Iterator[dict[str, Json]]:
        """Yield the events of all logs in order."""
        for origin in self.origins:
            for entry in self.entries(origin):
                yield json.loads(entry)["event"]

    def checkpoints(self, origin: str) -> Iterator[tuple[int, str]]:
        """Yield the size and the note of every checkpoint of a log."""
        for key in self._history.checkpoints(origin):
            size = int(key.rpartition("/")[2])
            if self._sizes is None or size <= self._sizes.get(origin, 0):
                yield size, self._history.files.read(key).decode()

    def lines(self, root: str) -> Sequence[Mapping[str, Json]]:
        """Return the lines of a manifest.

        Raises:
            LedgerError: it is missing or damaged.
        """
        key = manifest.key_of(root)
        try:
            content = self._history.files.read(key)
        except KeyError as error:
            raise LedgerError(
                f"{key} is missing in the audit store",
                next_step="restore the audit store from its copy",
            ) from error
        return manifest.decode(manifest.read(content, root))

    def _opened(self, origin: str) -> str:
        first = next(self._history.entries(origin))
        return str(json.loads(first)["received_at"])


def rebuild_into(catalogue: Catalogue, published: Published, names: ReplayNames) -> int:
    """Replay everything into an empty catalogue and return the number of events.

    Raises:
        LedgerError: a manifest is missing, or an event is not known to this version.
    """
    names.learn(published.events())
    count = 0
    assessing: set[int] = set()
    for batch in in_batches(published.events(), EVENTS_A_TRANSACTION):
        with catalogue.write() as connection:
            replay = Replay(connection, names, published.lines, assessing)
            for event in batch:
                replay.apply(event)
        count += len(batch)
    opened: list[tuple[str, int]] = []
    for origin in published.origins:
        with catalogue.write() as connection:
            opened.append((origin, _log(connection, published, origin)))
            if len(opened) > 1:
                _close(connection, opened[-2][0], opened[-1][1])
    return count


def _log(connection: sa.Connection, published: Published, origin: str) -> int:
    """Write the rows of one log, and return when it was opened."""
    frontier, opened = Frontier(), 0
    for batch in in_batches(enumerate(published.entries(origin))):
        numbered = []
        for seq, body in batch:
            event, leaf = json.loads(body)["event"], leaf_hash(body)
            opened = opened or to_microseconds(at_of(event))
            numbered.append((seq, event["id"], body, leaf))
            frontier.append(leaf)
        rows.append(connection, origin, numbered)
    notes = [
        {"origin": origin, "size": size, "note": note, "published": True}
        for size, note in published.checkpoints(origin)
    ]
    insert_all(connection, ledger_tables.checkpoints, notes)
    head = {
        "origin": origin,
        "size": frontier.size,
        "frontier": b"".join(frontier.stack),
        "opened_at": opened,
    }
    insert_all(connection, ledger_tables.heads, [head])
    return opened


def _close(connection: sa.Connection, origin: str, at: int) -> None:
    connection.execute(
        sa.update(ledger_tables.heads)
        .where(ledger_tables.heads.c.origin == origin)
        .values(closed_at=at)
    )
