"""The gate: nothing enters the clean zone without a genuine receipt for exactly that."""

import json
from dataclasses import replace

import pytest

from audit import manifest
from audit.evidence import leaf_hash, root_of
from audit.receipts import LedgerReceiptVerifier
from cleanzone import promotion
from cleanzone.promotion import Candidate, Gate, key_of
from custody.decision import Receipt
from custody.digest import digest_of
from custody.errors import NotInLedgerError, ObjectDamagedError, ObjectMissingError, StoreError
from storage.interface import Spooled, Version
from storage.memory import MemoryStore
from tests.corpus.ledgers import SIGNER, STRANGER, a_home, open_ledger, put_manifest, record
from tests.corpus.spooled import read, spooled

CONTENTS = [b"letter %d\n" % n for n in range(6)]
DIGESTS = [digest_of(content) for content in CONTENTS]


def decided(content, **changes):
    """What the assess step says of a content: clean, unless changed."""
    line = {
        "n": CONTENTS.index(content),
        "name": digest_of(b"name" + content),
        "digest": digest_of(content),
        "verdict": "clean",
        "reasons": [],
        "stage": "assessed",
    }
    return line | changes


class Proven:
    """A manifest that a ledger holds: its exact lines and its receipt."""

    def __init__(self, home, ledger, lines, step="assess", shard=1):
        event = put_manifest(home.store, step, lines, shard)
        record(home, ledger, [event])
        self.lines = [manifest.encode_line(line) for line in lines]
        self.receipt = ledger.receipt(event.event_id, event.subject["manifest"])


@pytest.fixture
def ledger(tmp_path):
    """Put manifests into a ledger, the genuine one or a stranger's."""

    def proven(lines, *, signer=SIGNER, **changes):
        home = a_home(tmp_path / f"{id(lines)}-{signer is SIGNER}", signer=signer)
        with home.catalogue:
            return Proven(home, open_ledger(home), lines, **changes)

    return proven


class Zone:
    """A gate over a clean zone, and what was given back to the spool."""

    def __init__(self, store=None):
        self.store = store or MemoryStore()
        self.discarded = []
        self.gate = Gate(
            self.store,
            LedgerReceiptVerifier(SIGNER.vkey),
            lambda lines: root_of(map(leaf_hash, lines)).hex(),
            lambda copy: self.discarded.append(copy.digest),
        )

    def promote(self, proven, candidates):
        """Promote to the end."""
        return list(self.gate.promote(proven.receipt, proven.lines, candidates))

    @property
    def keys(self):
        """What lies in the clean zone."""
        return [version.key for version in self.store.versions("")]


def candidate(content, **changes):
    """A content as the vault gives it."""
    facts = {"digest": digest_of(content), "spool": lambda: spooled(content)}
    return Candidate(**(facts | changes))


def refused(zone, proven, candidates, error=NotInLedgerError):
    """Check that a promotion is refused and nothing entered; return why."""
    with pytest.raises(error) as caught:
        zone.promote(proven, candidates)
    assert [] == zone.keys
    assert caught.value.next_step
    return str(caught.value)


def test_what_a_published_decision_calls_clean_enters(ledger):
    """Each artefact lies under its digest, byte for byte, and its copy is given back."""
    proven, zone = ledger([decided(c) for c in CONTENTS]), Zone()

    promoted = zone.promote(proven, map(candidate, CONTENTS))

    assert DIGESTS == [each.digest for each in promoted]
    assert all(each.new for each in promoted)
    assert CONTENTS == [read(zone.store, each.key, each.version) for each in promoted]
    assert [key_of(digest) for digest in DIGESTS] == [each.key for each in promoted]
    assert DIGESTS == zone.discarded


def test_nothing_asked_for_is_nothing_done_but_the_receipt_is_checked(ledger):
    """An empty promotion needs a genuine receipt, too."""
    lines = [decided(CONTENTS[0])]
    zone = Zone()

    assert [] == zone.promote(ledger(lines), [])
    refused(zone, ledger(lines, signer=STRANGER), [])


def test_a_receipt_of_a_stranger_is_refused(ledger):
    """A ledger that another key signed proves nothing here, whatever it holds."""
    zone = Zone()

    why = refused(zone, ledger([decided(CONTENTS[0])], signer=STRANGER), [candidate(CONTENTS[0])])

    assert "receipt" in why


@pytest.mark.parametrize(
    "forge",
    [
        lambda r: replace(r, proof=r.proof.replace("index 1", "index 0")),
        lambda r: replace(r, proof=""),
        lambda r: replace(r, proof=r.proof[:-10]),
        lambda r: replace(r, event=r.event.replace(b"pipeline", b"somebody")),
        lambda r: replace(r, event=b"{}"),
        lambda r: replace(r, manifest_root="0" * 64),
        lambda _: Receipt(event=b"", proof="", manifest_root=""),
    ],
)
def test_a_changed_receipt_is_refused(ledger, forge):
    """Event, proof and root hold together or are worth nothing."""
    proven, zone = ledger([decided(CONTENTS[0])]), Zone()
    proven.receipt = forge(proven.receipt)

    refused(zone, proven, [candidate(CONTENTS[0])])


@pytest.mark.parametrize(
    "change",
    [
        lambda lines: lines[:-1],
        lambda lines: lines[::-1],
        lambda lines: [*lines, lines[0]],
        lambda lines: [
            lines[0],
            lines[1].replace(b"malicious", b"clean").replace(b"held", b"assessed"),
        ],
        lambda _: [],
    ],
)
def test_changed_lines_are_refused(ledger, change):
    """The lines at hand are the manifest of the receipt, each and in order."""
    bad = decided(CONTENTS[1], verdict="malicious", stage="held")
    proven, zone = ledger([decided(CONTENTS[0]), bad]), Zone()
    proven.lines = change(proven.lines)

    refused(zone, proven, [candidate(CONTENTS[0])])


def test_the_receipt_of_another_manifest_is_refused(ledger):
    """A genuine receipt for other lines opens nothing for these."""
    ours, other = ledger([decided(CONTENTS[0])]), ledger([decided(CONTENTS[1])])
    ours.receipt = other.receipt

    refused(Zone(), ours, [candidate(CONTENTS[0])])


def test_a_receipt_cannot_borrow_another_root(ledger):
    """A receipt that claims the root of our lines and proves another event is refused."""
    ours, other = ledger([decided(CONTENTS[0])]), ledger([decided(CONTENTS[1])])
    ours.receipt = replace(other.receipt, manifest_root=ours.receipt.manifest_root)

    refused(Zone(), ours, [candidate(CONTENTS[0])])


@pytest.mark.parametrize("verdict", ["malicious", "suspicious", "indeterminate", "", None])
def test_a_line_that_is_not_clean_promotes_nothing(ledger, verdict):
    """Whatever its stage says, only the verdict clean enters."""
    proven = ledger([decided(CONTENTS[0], verdict=verdict)])

    refused(Zone(), proven, [candidate(CONTENTS[0])])


@pytest.mark.parametrize("stage", ["held", "inspected", "quarantined", "rejected", "promoted", ""])
def test_a_line_at_another_stage_promotes_nothing(ledger, stage):
    """A clean verdict that was held for another reason does not enter."""
    refused(Zone(), ledger([decided(CONTENTS[0], stage=stage)]), [candidate(CONTENTS[0])])


def test_an_artefact_without_a_line_does_not_enter(ledger):
    """What no decision names stays outside, and its bytes are not even read."""
    asked = []
    stranger = candidate(CONTENTS[1], spool=lambda: asked.append(1))

    why = refused(Zone(), ledger([decided(CONTENTS[0])]), [stranger])

    assert DIGESTS[1] in why
    assert [] == asked


def test_an_inspect_manifest_is_no_decision(ledger):
    """A clean first verdict of the inspect step promotes nothing: neighbours were not asked."""
    line = decided(CONTENTS[0], stage="inspected")

    refused(Zone(), ledger([line], step="inspect"), [candidate(CONTENTS[0])])


def test_one_stranger_among_others_gives_their_copies_back(ledger):
    """A refusal in the middle of a batch puts nothing of it, and frees what was copied."""
    proven, zone = ledger([decided(c) for c in CONTENTS[:2]]), Zone()

    refused(zone, proven, map(candidate, CONTENTS[:3]))

    assert DIGESTS[:2] == zone.discarded


def test_damaged_bytes_in_the_vault_do_not_enter(ledger):
    """What cannot be read back genuine from the vault stops the batch; copies are given back."""

    def damaged():
        raise ObjectDamagedError("the stored bytes are damaged", next_step="look")

    proven, zone = ledger([decided(c) for c in CONTENTS[:2]]), Zone()
    candidates = [candidate(CONTENTS[0]), candidate(CONTENTS[1], spool=damaged)]

    refused(zone, proven, candidates, ObjectDamagedError)

    assert DIGESTS[:1] == zone.discarded


def test_a_vault_that_gives_another_artefact_is_not_believed(ledger):
    """Genuine bytes of something else are not what was approved."""
    proven, zone = ledger([decided(CONTENTS[0])]), Zone()
    exchanged = candidate(CONTENTS[0], spool=lambda: spooled(CONTENTS[1]))

    refused(zone, proven, [exchanged], ObjectDamagedError)

    assert DIGESTS[1:2] == zone.discarded


def test_a_copy_that_lies_about_its_digest_is_found_when_read_back(ledger):
    """Bytes under a wrong digest are hashed in the clean zone, and never called promoted."""
    proven, zone = ledger([decided(CONTENTS[0])]), Zone()
    false = replace(spooled(CONTENTS[1]), digest=DIGESTS[0])

    with pytest.raises(ObjectDamagedError):
        zone.promote(proven, [candidate(CONTENTS[0], spool=lambda: false)])


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


def test_what_is_there_already_is_proven_and_kept(ledger):
    """A second promotion reads the object back, puts nothing and asks the vault for nothing."""
    proven, zone = ledger([decided(CONTENTS[0])]), Zone()
    (first,) = zone.promote(proven, [candidate(CONTENTS[0])])
    there = Version(key=first.key, version=first.version, size=first.size)

    (second,) = zone.promote(proven, [candidate(CONTENTS[0], present=there, spool=None)])

    assert replace(first, new=False) == second
    assert [first.key] == zone.keys


def test_what_is_there_already_is_not_believed(ledger):
    """A present object with other bytes is not promoted again on its name."""
    proven, zone = ledger([decided(CONTENTS[0])]), Zone()
    forged = zone.store.put(key_of(DIGESTS[0]), spooled(CONTENTS[1]))

    with pytest.raises(ObjectDamagedError):
        zone.promote(proven, [candidate(CONTENTS[0], present=forged)])


def test_what_is_there_already_needs_a_decision_too(ledger):
    """An object that once came in is no reason to call its content promoted again."""
    zone = Zone()
    there = zone.store.put(key_of(DIGESTS[1]), spooled(CONTENTS[1]))

    with pytest.raises(NotInLedgerError):
        zone.promote(ledger([decided(CONTENTS[0])]), [candidate(CONTENTS[1], present=there)])


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


def test_a_line_of_the_manifest_is_canonical_json():
    """The builders above write lines as the pipeline does."""
    line = manifest.encode_line(decided(CONTENTS[0]))

    assert decided(CONTENTS[0]) == json.loads(line)
