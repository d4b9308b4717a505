"""The sequencer: gives the events of the outbox their numbers, and signs where the log stands."""

import os
from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from audit.event import Event, EventType, envelope, received_at, timestamp
from audit.evidence import Checkpoint, Frontier, leaf_hash
from audit.note import NoteSigner, checkpoint_text, sign_note
from audit.tiles import hashes_of
from catalogue import ledger as rows
from custody.box import Json
from custody.errors import LedgerError
from custody.ids import new_id
from custody.protocols import Clock

MOST_EVENTS = 1024
ACTOR = "sequencer"


class Sequencer:
    """Appends to logs, one transaction of the caller at a time."""

    def __init__(self, signer: NoteSigner, clock: Clock) -> None:
        self._signer = signer
        self._clock = clock
        self._behind = False

    def empty_outbox(self, connection: sa.Connection, origin: str) -> int:
        """Append what waits, up to a batch, and return how many events that were."""
        events = rows.take(connection, MOST_EVENTS)
        if events:
            self.append(connection, origin, events)
        return len(events)

    def append(
        self, connection: sa.Connection, origin: str, events: Sequence[tuple[str, bytes]]
    ) -> None:
        """Append events to a log and sign its new head, all in the caller's transaction.

        Raises:
            LedgerError: there is no such log, it is closed, or somebody else appended meanwhile.
        """
        head = rows.head(connection, origin)
        if head is None:
            raise LedgerError(f"there is no log {origin}", next_step="check the ledger's origin")
        received, step = self._received_at(connection, origin)
        frontier = Frontier(head.size, hashes_of(head.frontier))
        entries = []
        for event_id, event in [*step, *events]:
            body = envelope(event, received, frontier.size)
            leaf = leaf_hash(body)
            entries.append((frontier.size, event_id, body, leaf))
            frontier.append(leaf)
        moved = rows.Head(origin=origin, size=frontier.size, frontier=b"".join(frontier.stack))
        rows.move_head(connection, head, moved)
        rows.append(connection, origin, entries)
        text = checkpoint_text(Checkpoint(origin, frontier.size, frontier.root()))
        # Kept with the entries: a restart publishes these bytes again and never signs again.
        rows.add_checkpoint(connection, origin, frontier.size, sign_note(text, self._signer))

    def _received_at(
        self, connection: sa.Connection, origin: str
    ) -> tuple[str, list[tuple[str, bytes]]]:
        """Return the time of a batch, never before the last, and what to say of the clock."""
        now = timestamp(self._clock())
        last = rows.last(connection, origin)
        before = "" if last is None else received_at(last.body)
        if now >= before:
            self._behind = False
            return now, []
        if self._behind:
            return before, []
        self._behind = True
        return before, [self.own_event(EventType.CLOCK_STEPPED, body={"from": before, "to": now})]

    def own_event(
        self,
        kind: EventType,
        *,
        actor: str = ACTOR,
        subject: Mapping[str, Json] | None = None,
        body: Mapping[str, Json] | None = None,
    ) -> tuple[str, bytes]:
        """Return the id and the bytes of an event about the ledger itself."""
        at = self._clock()
        event = Event(
            event_id=new_id(at, os.urandom(10)),
            type=kind,
            at=at,
            actor=actor,
            subject=subject or {},
            body=body or {},
        )
        return event.event_id, event.encode()
