import pytest

from audit.event import EventType
from pipeline.proving.intents import open_intents


def event(kind, shard, **body):
    """An event about a shard, as the ledger has it."""
    subject = {"shard": shard, "decision": f"{shard:064d}"}
    return {
        "id": f"{kind.name} {shard}",
        "type": kind.value,
        "run": "run",
        "subject": subject,
        "body": body,
    }


INTENDED = EventType.PROMOTION_INTENDED


def shards(*events):
    """The shards whose promotion is open."""
    return [intent.shard_id for intent in open_intents(events)]


def test_nothing_intended_is_nothing_open():
    """An empty ledger has no open promotion."""
    assert [] == shards()


def test_an_intention_alone_is_open():
    """What was begun and never ended is told, with its decision and its run."""
    (found,) = open_intents([event(INTENDED, 3)])

    assert (3, "run", f"{3:064d}") == (found.shard_id, found.run_id, found.decision)
    assert "event PROMOTION_INTENDED 3" in str(found)


@pytest.mark.parametrize("end", [EventType.PROMOTION_DONE, EventType.SHARD_ASSESSED])
def test_a_promotion_or_a_later_decision_ends_an_intention(end):
    """Promoted, or held instead: the intention is over, and another shard's is not."""
    ended = event(end, 3, split_from=[])

    assert [4] == shards(event(INTENDED, 3), event(INTENDED, 4), ended)


def test_a_part_of_a_split_shard_ends_the_intention_for_the_whole():
    """A part names the shards that it came from."""
    part = event(EventType.PROMOTION_DONE, 9, split_from=[5, 3])

    assert [] == shards(event(INTENDED, 3), part)


def test_an_end_before_the_intention_ends_nothing():
    """Order counts: what was promoted before may be intended again."""
    done = event(EventType.PROMOTION_DONE, 3, split_from=[])

    assert [3] == shards(done, event(INTENDED, 3))


def test_an_intention_that_was_repeated_counts_once():
    """An attempt that crashed and the next one are the same promotion."""
    assert [3] == shards(event(INTENDED, 3), event(INTENDED, 3))
