import json
from datetime import timedelta

import pytest

from audit.event import EventType, event_of
from audit.evidence import parse_key, root_of
from audit.note import open_checkpoint
from audit.sequencing import MOST_EVENTS, Sequencer
from catalogue import ledger as rows
from custody.errors import LedgerError
from tests.corpus.ledgers import ORIGIN, SIGNER, START, Ticking, an_event

KEY = parse_key(SIGNER.vkey)


@pytest.fixture
def sequencer(home):
    """A sequencer with a log that has no entry yet."""
    with home.catalogue.write() as connection:
        rows.open_head(connection, ORIGIN, START)
    return Sequencer(SIGNER, Ticking())


def fill(home, count):
    """Put events into the outbox."""
    events = {e.event_id: e.encode() for e in map(an_event, range(count))}
    with home.catalogue.write() as connection:
        rows.enqueue_all(connection, events, event_of)


def empty(home, sequencer):
    """Number one batch and return how many events it took."""
    with home.catalogue.write() as connection:
        return sequencer.empty_outbox(connection, ORIGIN)


def test_a_batch_is_bounded(home, sequencer):
    """A transaction takes 1,024 events at most, and the next one takes the rest."""
    fill(home, MOST_EVENTS + 1)

    assert [MOST_EVENTS, 1, 0] == [empty(home, sequencer) for _ in range(3)]


def test_each_batch_signs_the_root_over_all_entries(home, sequencer):
    """Head, leaves and signed checkpoint of a transaction say the same."""
    for count in (3, 8):
        fill(home, count)
        empty(home, sequencer)
    with home.catalogue.read() as connection:
        leaves = [entry.leaf for entry in rows.entries(connection, ORIGIN)]
        notes = [c.note.encode() for c in rows.all_checkpoints(connection, ORIGIN)]
        head = rows.head(connection, ORIGIN)

    assert [(3, root_of(leaves[:3])), (8, root_of(leaves))] == [
        open_checkpoint(note, KEY)[1:] for note in notes
    ]
    assert 8 == head.size


def test_an_empty_outbox_signs_nothing(home, sequencer):
    """Without events there is no checkpoint."""
    assert 0 == empty(home, sequencer)
    with home.catalogue.read() as connection:
        assert [] == rows.unpublished(connection, ORIGIN)


def test_a_transaction_that_fails_leaves_the_outbox(home, sequencer):
    """When the transaction of a batch is rolled back, its events wait for the next one."""
    fill(home, 2)

    def fail():
        with home.catalogue.write() as connection:
            sequencer.empty_outbox(connection, ORIGIN)
            raise RuntimeError("power")

    with pytest.raises(RuntimeError, match="power"):
        fail()

    assert 2 == empty(home, sequencer)


def test_there_must_be_a_log(home):
    """Nothing is appended to a log that was never begun."""
    with (
        pytest.raises(LedgerError, match="there is no log"),
        home.catalogue.write() as connection,
    ):
        Sequencer(SIGNER, Ticking()).append(connection, "unknown", [("1", b"{}")])


def test_a_clock_that_steps_back_twice_is_recorded_twice(home, sequencer):
    """Each step back is an entry; while the clock stays behind there is no other."""
    clock = Ticking()
    sequencer = Sequencer(SIGNER, clock)
    for number, at in enumerate((0, -60, -50, 60, -60)):
        clock.now = START + timedelta(minutes=at)
        with home.catalogue.write() as connection:
            event = an_event(number)
            sequencer.append(connection, ORIGIN, [(event.event_id, event.encode())])
    with home.catalogue.read() as connection:
        found = [json.loads(entry.body) for entry in rows.entries(connection, ORIGIN)]
    kinds = [e["event"]["type"] == EventType.CLOCK_STEPPED.value for e in found]

    assert [False, True, False, False, False, True, False] == kinds
    assert sorted(e["received_at"] for e in found) == [e["received_at"] for e in found]
