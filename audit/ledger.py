"""The ledger: record in your own transaction, publish, and only then act."""

import fcntl
import threading
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Self

import sqlalchemy as sa

from audit import succession
from audit.event import Event, EventType, event_of, moment_of, received_at
from audit.evidence import (
    BAD,
    Key,
    leaf_hash,
    open_note,
    parse_checkpoint,
    signer_of,
    verify_inclusion,
)
from audit.merkle import inclusion
from audit.note import NoteSigner, text_of
from audit.publication import RESTORED, Publication, check_published
from audit.receipts import Proof, manifest_of
from audit.sequencing import ACTOR, MOST_EVENTS, Sequencer
from audit.tiles import Tiles
from catalogue import ledger as rows
from catalogue.engine import Catalogue
from custody.box import Json
from custody.decision import Receipt
from custody.digest import Digest
from custody.errors import LedgerError, NotInLedgerError, StoreError
from custody.protocols import Clock
from storage.interface import Appendable

BATCHES = 16
SEQUENCER = "sequencer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A checkpoint that is durable in the audit store: size, root and signed note."""

    size: int
    root: Digest
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """What a ledger lives in: database, audit store, mirror elsewhere, lock, key and clock."""

    catalogue: Catalogue
    store: Appendable
    signer: NoteSigner
    clock: Clock
    lock_path: Path
    mirror: Appendable | None = None

    @property
    def stores(self) -> Sequence[tuple[str, Appendable]]:
        """The places where checkpoints are published, the audit store first."""
        mirror = [] if self.mirror is None else [("mirror", self.mirror)]
        return [("audit store", self.store), *mirror]

    @contextmanager
    def locked(self) -> Iterator[None]:
        """Keep every other process from sequencing: of this machine, and of those that share it."""
        with exclusive(self.lock_path), self.catalogue.holding([SEQUENCER]):
            yield


@contextmanager
def exclusive(lock_path: Path) -> Iterator[None]:
    """Hold the ledger's lock file: nobody else on this machine sequences meanwhile.

    Raises:
        StoreError: the lock file cannot be opened.
    """
    try:
        file = lock_path.open("ab")
    except OSError as error:
        raise StoreError(
            f"the ledger's lock cannot be opened: {error.strerror}",
            next_step="check that the home is there and writable",
        ) from error
    with file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class Ledger:
    """An open ledger. Safe to share between threads; not to be carried over a fork."""

    def __init__(self, home: Home, base: str, origin: str) -> None:
        self._home = home
        self._base = base
        self._origin = origin
        self._key = home.signer.key
        self._sequencer = Sequencer(home.signer, home.clock)
        self._publication = Publication(home.catalogue, home.store, home.mirror, origin)
        self._lock = threading.Lock()
        self._begun = 0
        self._succeeded = 0
        self._published: Published | None = None

    @classmethod
    def open(
        cls,
        catalogue: Catalogue,
        store: Appendable,
        *,
        signer: NoteSigner,
        origin: str,
        clock: Clock,
        lock_path: Path,
        mirror: Appendable | None = None,
        facts: Mapping[str, Json] | None = None,
    ) -> Self:
        """Open the log of an origin or of its newest successor; begin it when there is none.

        `facts` (digests of settings and policy) go into the first entry of a new log. What a crash
        left signed but unpublished is published before this returns.

        Raises:
            LedgerError: a published checkpoint is ahead of the database or differs from it.
            SignatureError: a published checkpoint was not signed by this key.
        """
        home = Home(
            catalogue=catalogue,
            store=store,
            signer=signer,
            clock=clock,
            lock_path=lock_path,
            mirror=mirror,
        )
        with home.locked():
            current = succession.current(catalogue, home.stores, origin)
            check_published(catalogue, home.stores, current, signer.key)
            ledger = cls(home, origin, current)
            ledger._begin(EventType.LEDGER_OPENED, body={"vkey": signer.vkey, **(facts or {})})
            ledger._take_over()
            ledger._published = ledger._round()
        return ledger

    @classmethod
    def succeed(cls, home: Home, origin: str, *, reason: str, actor: str) -> Self:
        """Close the log of an origin and go on under a new one that cites what is known of the old.

        This is the explicit way out after `open` has refused; nothing is ever repaired in place.

        Raises:
            LedgerError: there is no log that could be succeeded.
        """
        with home.locked():
            successor = succession.plan(home.catalogue, home.stores, origin, home.signer.key)
            ledger = cls(home, origin, successor.origin)
            ledger._begin(
                EventType.LEDGER_SUCCEEDED,
                actor=actor,
                subject={"origin": successor.predecessor},
                body={
                    "vkey": home.signer.vkey,
                    "reason": reason,
                    "checkpoints": list(successor.checkpoints),
                },
            )
            ledger._published = ledger._round()
        return ledger

    def new_origin(self, reason: str, actor: str) -> Self:
        """Close this log and return its successor; this object is of no use afterwards."""
        return self.succeed(self._home, self._base, reason=reason, actor=actor)

    @property
    def origin(self) -> str:
        """The name of the log that is written now."""
        return self._origin

    @property
    def vkey(self) -> str:
        """The public key that verifies the checkpoints."""
        return self._home.signer.vkey

    @property
    def key(self) -> Key:
        """The same with the keys that it replaced."""
        return self._key

    @property
    def published(self) -> Published:
        """The newest checkpoint that this object has published or seen."""
        if self._published is None:
            raise RuntimeError("the ledger is not open yet")
        return self._published

    @property
    def size(self) -> int:
        """The number of published entries."""
        return self.published.size

    @property
    def root(self) -> Digest:
        """The root over the published entries."""
        return self.published.root

    def now(self) -> datetime:
        """Return the clock's time, or the newest in the ledger when the clock was set back.

        What ended by the ledger stays ended: an exception, or the youth of a rule pack.
        """
        with self._home.catalogue.read() as connection:
            newest = rows.last(connection, self._origin)
        now = self._home.clock()
        return now if newest is None else max(now, moment_of(received_at(newest.body)))

    def record(self, connection: sa.Connection, event: Event) -> None:
        """Put an event into the outbox, in the transaction of what it tells of.

        The same event twice is once; who repeats an event repeats its id and its time.

        Raises:
            LedgerError: the event is too large, not canonical, or its id has another content.
        """
        rows.enqueue(connection, event.event_id, event.encode(), event_of)

    def record_all(self, connection: sa.Connection, events: Iterable[Event]) -> None:
        """Put many events into the outbox, in order; see `record`.

        Raises:
            LedgerError: one of them is too large, not canonical, or its id has another content.
        """
        encoded = {event.event_id: event.encode() for event in events}
        rows.enqueue_all(connection, encoded, event_of)

    def publish(self) -> Published:
        """Number, sign and publish everything recorded so far; durable when this returns.

        Threads that come while one publishes wait, and share the next round. Not to be called
        inside a write of the catalogue.

        Raises:
            LedgerError: somebody else moved the log, or the database went back.
            StoreError: the audit store or the mirror cannot be written; nothing is lost.
        """
        arrived = self._begun
        with self._lock:
            # A round that began after our events were committed has taken them with it.
            if self._succeeded > arrived and self._published is not None:
                return self._published
            self._begun += 1
            with self._home.locked():
                self._published = self._round()
            self._succeeded = self._begun
            return self._published

    def receipt(self, event_id: str, manifest_root: str) -> Receipt:
        """Return the proof that an event is published and names a manifest.

        Raises:
            NotInLedgerError: it is not published, or names another manifest.
            LedgerError: the tiles in the audit store are not the ones that were published.
        """
        entry, proof = self.prove(event_id)
        if manifest_of(entry) != manifest_root:
            raise NotInLedgerError(f"event {event_id} does not name manifest {manifest_root}")
        return Receipt(event=entry, proof=proof.encode(), manifest_root=manifest_root)

    def prove(self, event_id: str) -> tuple[bytes, Proof]:
        """Return the entry of any published event, and the proof that the ledger holds it.

        Raises:
            NotInLedgerError: it is not published.
            LedgerError: the tiles in the audit store are not the ones that were published.
        """
        # Publishing removes unfinished tiles that newer ones replace; not while we read them.
        with self.paused():
            entry, done = self._published_entry(event_id)
            tiles = Tiles(self._home.store, entry.origin, done.size)
            path = inclusion(tiles, entry.seq, done.size)
        root = parse_checkpoint(text_of(done.note)).root
        if not verify_inclusion(leaf_hash(entry.body), entry.seq, done.size, path, root):
            raise LedgerError(
                f"the tiles of {entry.origin} do not prove entry {entry.seq}",
                next_step="run `autoclave audit verify`",
            )
        return entry.body, Proof(index=entry.seq, path=tuple(path), note=done.note)

    @contextmanager
    def paused(self) -> Iterator[None]:
        """Keep every sequencer waiting, so that the published log stands still."""
        with self._lock, self._home.locked():
            yield

    def _published_entry(self, event_id: str) -> tuple[rows.StoredEntry, rows.StoredCheckpoint]:
        with self._home.catalogue.read() as connection:
            entry = rows.find(connection, event_id)
            if entry is not None:
                done = rows.newest_checkpoint(connection, entry.origin, published=True)
                if done is not None and entry.seq < done.size:
                    return entry, done
        raise NotInLedgerError(
            f"event {event_id} is not in a published checkpoint",
            next_step="publish the ledger first",
        )

    def _begin(
        self,
        kind: EventType,
        *,
        actor: str = ACTOR,
        subject: Mapping[str, Json] | None = None,
        body: Mapping[str, Json],
    ) -> None:
        """Write the first entry of a log that has none, and close the log that it succeeds."""
        with self._home.catalogue.write() as connection:
            if rows.head(connection, self._origin) is not None:
                return
            for head in rows.open_heads(connection):
                rows.close_head(connection, head.origin, self._home.clock())
            rows.open_head(connection, self._origin, self._home.clock())
            event = self._sequencer.own_event(kind, actor=actor, subject=subject, body=body)
            self._sequencer.append(connection, self._origin, [event])

    def _take_over(self) -> None:
        """Sign the head anew after a rotation: from then on the old key's word is the older one."""
        self._refuse_old_key()
        with self._home.catalogue.read() as connection:
            newest = rows.newest_checkpoint(connection, self._origin, published=False)
        if newest is None or signer_of(newest.note.encode(), self._key) == len(self._key.older):
            return
        event = self._sequencer.own_event(EventType.KEY_TAKEN, body={"vkey": self.vkey})
        with self._home.catalogue.write() as connection:
            self._sequencer.append(connection, self._origin, [event])

    def _round(self) -> Published:
        """Number, sign and publish what waits; the caller holds the lock."""
        self._refuse_rollback()
        self._refuse_old_key()
        # Published in between, so that a long outbox is never in memory as a whole.
        while all(self._sequenced() == MOST_EVENTS for _ in range(BATCHES)):
            self._publication.publish()
        stored = self._publication.publish()
        if stored is None:
            raise RuntimeError("a log without a checkpoint")
        root = parse_checkpoint(text_of(stored.note)).root.hex()
        return Published(size=stored.size, root=Digest(root), note=stored.note)

    def _sequenced(self) -> int:
        with self._home.catalogue.read() as connection:
            if not rows.waiting(connection):
                return 0
        with self._home.catalogue.write() as connection:
            return self._sequencer.empty_outbox(connection, self._origin)

    def _refuse_rollback(self) -> None:
        """A database that was exchanged under a running process is the restored one."""
        if self._published is None:
            return
        with self._home.catalogue.read() as connection:
            known = rows.checkpoint(connection, self._origin, self._published.size)
        if known is None or known.note != self._published.note:
            raise LedgerError(
                f"the database has lost checkpoint {self._published.size} of {self._origin}",
                next_step=RESTORED,
            )

    def _refuse_old_key(self) -> None:
        """Whoever still has the key from before a rotation signs nothing any more."""
        with self._home.catalogue.read() as connection:
            newest = rows.newest_checkpoint(connection, self._origin, published=False)
        try:
            if newest is not None:
                open_note(newest.note.encode(), self._key)
        except BAD as error:
            raise LedgerError(
                f"the newest checkpoint of {self._origin} is signed by another key than ours",
                next_step="if the key was rotated, start this command again, with the key of "
                "the home that did it",
            ) from error
