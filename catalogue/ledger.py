"""The ledger's tables: the outbox, the numbered entries, the head of each log and its checkpoints.

What is in the outbox is taken by deleting it, never by "later than the last row": a slow
transaction commits a smaller row number later, and its event would be lost.
"""

from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import itemgetter

import sqlalchemy as sa

from catalogue.ledger_tables import checkpoints, heads, ledger_entries, outbox
from catalogue.statements import in_batches, insert_all, insert_tuples
from catalogue.times import to_microseconds
from custody.errors import LedgerError

_IDS: sa.BindParameter[list[str]] = sa.bindparam("ids", expanding=True)
_WAITING = sa.select(outbox.c.event_id, outbox.c.body).where(outbox.c.event_id.in_(_IDS))
_NUMBERED = sa.select(ledger_entries.c.event_id, ledger_entries.c.body).where(
    ledger_entries.c.event_id.in_(_IDS)
)
_COLUMNS = ("origin", "seq", "event_id", "body", "leaf")


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Where a log stands: its size, and the hashes that appending needs."""

    origin: str
    size: int
    frontier: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEntry:
    """One numbered entry: the exact bytes that were hashed."""

    origin: str
    seq: int
    event_id: str
    body: bytes
    leaf: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredCheckpoint:
    """One signed checkpoint, and whether it was published."""

    origin: str
    size: int
    note: str
    published: bool


def enqueue(
    connection: sa.Connection, event_id: str, body: bytes, event_of: Callable[[bytes], bytes]
) -> None:
    """Put an event into the outbox; the same event again does nothing.

    `event_of` returns an event's bytes from those of its numbered entry.

    Raises:
        LedgerError: another event has this id.
    """
    enqueue_all(connection, {event_id: body}, event_of)


def enqueue_all(
    connection: sa.Connection,
    events: Mapping[str, bytes],
    event_of: Callable[[bytes], bytes],
) -> None:
    """Put events into the outbox, in order, each by its id; see `enqueue`.

    Raises:
        LedgerError: another event has one of these ids.
    """
    for ids in in_batches(events):
        known = _known(connection, ids, event_of)
        for event_id in ids:
            if known.get(event_id, events[event_id]) != events[event_id]:
                raise LedgerError(
                    f"event {event_id} was recorded before with another content",
                    next_step="report this: an event is never written a second time",
                )
        new = [{"event_id": i, "body": events[i]} for i in ids if i not in known]
        insert_all(connection, outbox, new)


def _known(
    connection: sa.Connection, ids: Sequence[str], event_of: Callable[[bytes], bytes]
) -> dict[str, bytes]:
    given = {"ids": ids}
    known = {event_id: bytes(body) for event_id, body in connection.execute(_WAITING, given)}
    for event_id, body in connection.execute(_NUMBERED, given):
        known[event_id] = event_of(bytes(body))
    return known


def body_of(
    connection: sa.Connection, event_id: str, event_of: Callable[[bytes], bytes]
) -> bytes | None:
    """Return the bytes of an event that is recorded, numbered or not; see `enqueue`."""
    return _known(connection, [event_id], event_of).get(event_id)


def take(connection: sa.Connection, most: int) -> list[tuple[str, bytes]]:
    """Remove and return the oldest events of the outbox: id and bytes."""
    first = sa.select(outbox.c.row).order_by(outbox.c.row).limit(most)
    rows = connection.execute(
        sa.delete(outbox)
        .where(outbox.c.row.in_(first))
        .returning(outbox.c.row, outbox.c.event_id, outbox.c.body)
    ).all()
    in_order = sorted(rows, key=itemgetter(0))
    return [(event_id, bytes(body)) for _, event_id, body in in_order]


def waiting(connection: sa.Connection) -> int:
    """Return how many events wait in the outbox."""
    return connection.execute(sa.select(sa.func.count()).select_from(outbox)).scalar_one()


def append(
    connection: sa.Connection, origin: str, entries: Sequence[tuple[int, str, bytes, bytes]]
) -> None:
    """Insert numbered entries: seq, event id, body, leaf.

    The driver gets the values as they are: twice as fast as through the types of the columns,
    which have nothing to convert here.
    """
    insert_tuples(connection, ledger_entries, _COLUMNS, [(origin, *entry) for entry in entries])


def entries(
    connection: sa.Connection, origin: str, start: int = 0, stop: int | None = None
) -> Generator[StoredEntry]:
    """Yield the numbered entries of a log from `start` up to `stop`.

    Who stops before the end closes this while the connection is still theirs.
    """
    table = ledger_entries
    statement = (
        sa.select(table).where(table.c.origin == origin, table.c.seq >= start).order_by(table.c.seq)
    )
    if stop is not None:
        statement = statement.where(table.c.seq < stop)
    with connection.execute(statement.execution_options(yield_per=1000)) as found:
        yield from map(_entry, found)


def find(connection: sa.Connection, event_id: str) -> StoredEntry | None:
    """Return the numbered entry of an event, whatever log it is in."""
    row = connection.execute(
        sa.select(ledger_entries).where(ledger_entries.c.event_id == event_id)
    ).one_or_none()
    return None if row is None else _entry(row)


def last(connection: sa.Connection, origin: str) -> StoredEntry | None:
    """Return the newest numbered entry of a log."""
    row = connection.execute(
        sa.select(ledger_entries)
        .where(ledger_entries.c.origin == origin)
        .order_by(ledger_entries.c.seq.desc())
        .limit(1)
    ).one_or_none()
    return None if row is None else _entry(row)


def head(connection: sa.Connection, origin: str) -> Head | None:
    """Return where a log stands, whether it is open or closed."""
    row = connection.execute(sa.select(heads).where(heads.c.origin == origin)).one_or_none()
    return None if row is None else _head(row)


def open_heads(connection: sa.Connection) -> list[Head]:
    """Return the logs that are not closed, the oldest first."""
    statement = sa.select(heads).where(heads.c.closed_at.is_(None)).order_by(heads.c.opened_at)
    return [_head(row) for row in connection.execute(statement)]


def origins(connection: sa.Connection) -> list[str]:
    """Return the names of all logs, the oldest first."""
    statement = sa.select(heads.c.origin).order_by(heads.c.opened_at, heads.c.origin)
    return list(connection.execute(statement).scalars())


def open_head(connection: sa.Connection, origin: str, at: datetime) -> Head:
    """Begin a log."""
    insert_all(
        connection,
        heads,
        [{"origin": origin, "size": 0, "frontier": b"", "opened_at": to_microseconds(at)}],
    )
    return Head(origin=origin, size=0, frontier=b"")


def move_head(connection: sa.Connection, before: Head, after: Head) -> None:
    """Move a head from where it was seen to where it is now.

    Raises:
        LedgerError: somebody else moved or closed it meanwhile.
    """
    changed = connection.execute(
        sa.update(heads)
        .where(
            heads.c.origin == before.origin,
            heads.c.size == before.size,
            heads.c.frontier == before.frontier,
            heads.c.closed_at.is_(None),
        )
        .values(size=after.size, frontier=after.frontier)
    )
    if changed.rowcount != 1:
        raise LedgerError(
            f"another sequencer moved the log {before.origin}",
            next_step="run the same command again; if it is refused again, look for a second home",
        )


def close_head(connection: sa.Connection, origin: str, at: datetime) -> None:
    """End a log: nothing is appended to it any more."""
    connection.execute(
        sa.update(heads).where(heads.c.origin == origin).values(closed_at=to_microseconds(at))
    )


def add_checkpoint(connection: sa.Connection, origin: str, size: int, note: str) -> None:
    """Keep a signed checkpoint that is not published yet."""
    row = {"origin": origin, "size": size, "note": note, "published": False}
    insert_all(connection, checkpoints, [row])


def checkpoint(connection: sa.Connection, origin: str, size: int) -> StoredCheckpoint | None:
    """Return the checkpoint of a log at a size."""
    row = connection.execute(
        sa.select(checkpoints).where(checkpoints.c.origin == origin, checkpoints.c.size == size)
    ).one_or_none()
    return None if row is None else _checkpoint(row)


def newest_checkpoint(
    connection: sa.Connection, origin: str, *, published: bool
) -> StoredCheckpoint | None:
    """Return the largest checkpoint of a log: of the published ones, or of all."""
    statement = sa.select(checkpoints).where(checkpoints.c.origin == origin)
    if published:
        statement = statement.where(checkpoints.c.published)
    row = connection.execute(statement.order_by(checkpoints.c.size.desc()).limit(1)).one_or_none()
    return None if row is None else _checkpoint(row)


def all_checkpoints(connection: sa.Connection, origin: str) -> Iterator[StoredCheckpoint]:
    """Yield the checkpoints of a log by size."""
    statement = (
        sa.select(checkpoints).where(checkpoints.c.origin == origin).order_by(checkpoints.c.size)
    )
    for row in connection.execute(statement.execution_options(yield_per=1000)):
        yield _checkpoint(row)


def unpublished(connection: sa.Connection, origin: str) -> list[StoredCheckpoint]:
    """Return the checkpoints that a crash, or the next line of code, has still to publish."""
    statement = (
        sa.select(checkpoints)
        .where(checkpoints.c.origin == origin, checkpoints.c.published.is_(False))
        .order_by(checkpoints.c.size)
    )
    return [_checkpoint(row) for row in connection.execute(statement)]


def mark_published(connection: sa.Connection, origin: str, size: int) -> None:
    """Note that every checkpoint up to a size is durable in the audit store."""
    connection.execute(
        sa.update(checkpoints)
        .where(
            checkpoints.c.origin == origin,
            checkpoints.c.size <= size,
            checkpoints.c.published.is_(False),
        )
        .values(published=True)
    )


def _entry(row: sa.Row[tuple[str, int, str, bytes, bytes]]) -> StoredEntry:
    origin, seq, event_id, body, leaf = row
    return StoredEntry(
        origin=origin, seq=seq, event_id=event_id, body=bytes(body), leaf=bytes(leaf)
    )


def _head(row: sa.Row[tuple[str, int, bytes, int, int | None]]) -> Head:
    return Head(origin=row[0], size=row[1], frontier=bytes(row[2]))


def _checkpoint(row: sa.Row[tuple[str, int, str, bool]]) -> StoredCheckpoint:
    origin, size, note, published = row
    return StoredCheckpoint(origin=origin, size=size, note=note, published=published)
