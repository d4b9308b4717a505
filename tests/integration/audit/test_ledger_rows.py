import pytest

from audit.event import envelope, event_of, timestamp
from audit.evidence import leaf_hash
from catalogue import ledger as rows
from custody.errors import LedgerError
from tests.corpus.ledgers import START

ORIGIN = "origin"


def enqueue(home, event_id, body):
    """Put one event into the outbox."""
    with home.catalogue.write() as connection:
        rows.enqueue(connection, event_id, body, event_of)


def take(home, most):
    """Take events out of the outbox."""
    with home.catalogue.write() as connection:
        return rows.take(connection, most)


def append(home, *bodies):
    """Begin a log with numbered entries."""
    entries = [
        (seq, f"id-{seq}", envelope(body, timestamp(START), seq), leaf_hash(body))
        for seq, body in enumerate(bodies)
    ]
    with home.catalogue.write() as connection:
        rows.append(connection, ORIGIN, entries)


def test_events_are_taken_in_the_order_of_the_outbox(home):
    """Taking removes the oldest events and leaves the others."""
    for number in range(5):
        enqueue(home, f"id-{number}", b"{%d}" % number)

    assert [("id-0", b"{0}"), ("id-1", b"{1}"), ("id-2", b"{2}")] == take(home, 3)
    assert [("id-3", b"{3}"), ("id-4", b"{4}")] == take(home, 3)
    assert [] == take(home, 3)


def test_an_event_that_is_put_twice_is_there_once(home):
    """A task that is tried again records the same event again without effect."""
    enqueue(home, "id", b"{}")
    enqueue(home, "id", b"{}")

    with home.catalogue.read() as connection:
        assert 1 == rows.waiting(connection)


def test_the_same_id_with_another_content_is_refused(home):
    """An id stands for one event, in the outbox and for ever."""
    enqueue(home, "id", b"{1}")
    with pytest.raises(LedgerError, match="another content"):
        enqueue(home, "id", b"{2}")


def test_a_numbered_event_is_known_by_its_bytes(home):
    """An event that left the outbox is still known: the same does nothing, another is refused."""
    append(home, b"{1}")
    enqueue(home, "id-0", b"{1}")
    with pytest.raises(LedgerError, match="another content"):
        enqueue(home, "id-0", b"{2}")

    with home.catalogue.read() as connection:
        assert 0 == rows.waiting(connection)


def test_a_refused_batch_leaves_nothing(home):
    """One bad event among many refuses the transaction as a whole."""
    enqueue(home, "id-2", b"{other}")
    with pytest.raises(LedgerError), home.catalogue.write() as connection:
        rows.enqueue_all(connection, {"id-1": b"{1}", "id-2": b"{2}"}, event_of)

    assert [("id-2", b"{other}")] == take(home, 10)


def test_entries_come_back_byte_for_byte(home):
    """Entries are found by range and by event, with the bytes that were stored."""
    append(home, b"{0}", b"{1}", b"{2}")
    with home.catalogue.read() as connection:
        stored = list(rows.entries(connection, ORIGIN))
        middle = list(rows.entries(connection, ORIGIN, 1, 2))
        found = rows.find(connection, "id-1")
        last = rows.last(connection, ORIGIN)

    assert [0, 1, 2] == [entry.seq for entry in stored]
    assert [stored[1]] == middle
    assert stored[1] == found
    assert stored[2] == last
    assert envelope(b"{1}", timestamp(START), 1) == stored[1].body
    assert leaf_hash(b"{1}") == stored[1].leaf


def test_what_is_not_there_is_none(home):
    """An empty database has no entries, heads or checkpoints."""
    with home.catalogue.read() as connection:
        assert rows.find(connection, "id") is None
        assert rows.last(connection, ORIGIN) is None
        assert rows.head(connection, ORIGIN) is None
        assert rows.checkpoint(connection, ORIGIN, 1) is None
        assert rows.newest_checkpoint(connection, ORIGIN, published=False) is None
        assert [] == rows.origins(connection)


def test_a_head_moves_only_from_where_it_was_seen(home):
    """The second of two sequencers that saw the same head fails."""
    with home.catalogue.write() as connection:
        seen = rows.open_head(connection, ORIGIN, START)
        after = rows.Head(origin=ORIGIN, size=1, frontier=bytes(32))
        rows.move_head(connection, seen, after)
        with pytest.raises(LedgerError, match="another sequencer"):
            rows.move_head(connection, seen, after)
        assert after == rows.head(connection, ORIGIN)


def test_a_closed_head_does_not_move(home):
    """Nothing is appended to a log that has a successor."""
    with home.catalogue.write() as connection:
        seen = rows.open_head(connection, ORIGIN, START)
        rows.close_head(connection, ORIGIN, START)
        with pytest.raises(LedgerError, match="another sequencer"):
            rows.move_head(connection, seen, seen)
        assert [] == rows.open_heads(connection)
        assert [ORIGIN] == rows.origins(connection)


def test_checkpoints_are_published_up_to_a_size(home):
    """Publishing a checkpoint publishes the smaller ones of its log, and no others."""
    with home.catalogue.write() as connection:
        for size in (3, 5, 9):
            rows.add_checkpoint(connection, ORIGIN, size, f"note {size}")
        rows.add_checkpoint(connection, "other", 4, "note 4")
        rows.mark_published(connection, ORIGIN, 5)
        pending = rows.unpublished(connection, ORIGIN)
        published = rows.newest_checkpoint(connection, ORIGIN, published=True)
        newest = rows.newest_checkpoint(connection, ORIGIN, published=False)
        everything = list(rows.all_checkpoints(connection, ORIGIN))
        others = rows.unpublished(connection, "other")

    assert [9] == [c.size for c in pending]
    assert 5 == published.size
    assert 9 == newest.size
    assert [(3, True), (5, True), (9, False)] == [(c.size, c.published) for c in everything]
    assert ["note 4"] == [c.note for c in others]
