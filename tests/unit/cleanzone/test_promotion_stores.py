"""The gate over stores that lie, break off or fill up: nothing is called promoted unread."""

from dataclasses import replace

import pytest

from cleanzone import promotion
from cleanzone.promotion import key_of
from custody.errors import ObjectDamagedError, ObjectMissingError, StoreError
from storage.interface import Spooled, Version
from storage.memory import MemoryStore
from tests.corpus.gates import CONTENTS, DIGESTS, Zone, candidate, decided
from tests.corpus.spooled import spooled


class FlippingStore(MemoryStore):
    """A store that changes a byte on its way in, and says nothing."""

    def put(self, key: str, copy: Spooled) -> Version:
        """Keep one object, damaged."""
        content = bytes(copy.content)
        return super().put(key, replace(copy, content=bytes([content[0] ^ 1]) + content[1:]))


class CuttingStore(MemoryStore):
    """A store that keeps all but the last byte, and claims the whole."""

    def put(self, key: str, copy: Spooled) -> Version:
        """Keep most of one object."""
        short = bytes(copy.content)[:-1]
        kept = super().put(key, replace(copy, content=short, size=len(short)))
        return replace(kept, size=copy.size)


class ForgettingStore(MemoryStore):
    """A store that acknowledges and keeps nothing."""

    def put(self, key: str, copy: Spooled) -> Version:
        """Claim one object."""
        return Version(key=key, version="1", size=copy.size)


@pytest.mark.parametrize(
    ("store", "error"),
    [
        (FlippingStore, ObjectDamagedError),
        (CuttingStore, ObjectDamagedError),
        (ForgettingStore, ObjectMissingError),
    ],
)
def test_a_store_that_does_not_keep_what_it_took_is_found_out(ledger, store, error):
    """Nothing is called promoted before it was read back from the clean zone and hashed."""
    proven, zone = ledger([decided(CONTENTS[0])]), Zone(store())

    with pytest.raises(error):
        zone.promote(proven, [candidate(CONTENTS[0])])

    assert DIGESTS[:1] == zone.discarded


class CountingStore(MemoryStore):
    """A store that notes how many objects came at once."""

    def __init__(self):
        super().__init__()
        self.batches = []

    def put_all(self, objects):
        """Keep many objects."""
        listed = list(objects)
        self.batches.append(len(listed))
        return super().put_all(listed)


def test_batches_are_bounded_by_number(ledger, monkeypatch):
    """No more copies wait at once than a batch holds; all are promoted, in order."""
    monkeypatch.setattr(promotion, "BATCH_OBJECTS", 4)
    proven, zone = ledger([decided(c) for c in CONTENTS]), Zone(CountingStore())

    promoted = zone.promote(proven, map(candidate, CONTENTS))

    assert [4, 2] == zone.store.batches
    assert DIGESTS == [each.digest for each in promoted]


def test_batches_are_bounded_by_size(ledger, monkeypatch):
    """Large artefacts go one by one."""
    monkeypatch.setattr(promotion, "BATCH_BYTES", len(CONTENTS[0]))
    proven, zone = ledger([decided(c) for c in CONTENTS]), Zone(CountingStore())

    zone.promote(proven, map(candidate, CONTENTS))

    assert [1] * len(CONTENTS) == zone.store.batches


class FullStore(MemoryStore):
    """A store that is full after so many batches."""

    def __init__(self, room):
        super().__init__()
        self.room = room

    def put_all(self, objects):
        """Keep many objects while there is room."""
        if not self.room:
            raise StoreError("cannot store an object: the disk is full", next_step="make room")
        self.room -= 1
        return super().put_all(objects)


def test_a_full_disk_ends_the_promotion_and_gives_every_copy_back(ledger, monkeypatch):
    """What was put before stays; nothing after it, and no copy is left in the spool."""
    monkeypatch.setattr(promotion, "BATCH_OBJECTS", 2)
    proven, zone = ledger([decided(c) for c in CONTENTS]), Zone(FullStore(1))
    promoted = []

    with pytest.raises(StoreError):
        promoted.extend(zone.gate.promote(proven.receipt, proven.lines, map(candidate, CONTENTS)))

    assert sorted(key_of(digest) for digest in DIGESTS[:2]) == zone.keys
    assert DIGESTS[:4] == zone.discarded


def test_who_stops_half_way_leaves_no_copy_behind(ledger):
    """A promotion that is not driven to its end gives back what it had copied."""
    proven, zone = ledger([decided(c) for c in CONTENTS[:3]]), Zone()
    there = zone.store.put(key_of(DIGESTS[1]), spooled(CONTENTS[1]))
    candidates = [candidate(CONTENTS[0]), candidate(CONTENTS[1], present=there)]
    going = zone.gate.promote(proven.receipt, proven.lines, candidates)
    next(going)

    going.close()

    assert DIGESTS[:1] == zone.discarded
