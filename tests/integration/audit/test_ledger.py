import json
import threading
from dataclasses import replace
from datetime import timedelta

import pytest

from audit.event import EventType, subject_of_manifest
from audit.evidence import open_bundle, parse_checkpoint, parse_key
from audit.history import History, StoreFiles
from audit.note import open_checkpoint, sign_note, text_of
from audit.receipts import LedgerReceiptVerifier
from audit.tiles import checkpoint_key, newest_key, read
from audit.verify import Report, check_evidence
from catalogue import ledger as rows
from custody.errors import LedgerError, NotInLedgerError, SignatureError, StoreError
from storage.memory import MemoryStore
from tests.corpus.ledgers import (
    ORIGIN,
    SIGNER,
    START,
    STRANGER,
    a_home,
    an_event,
    open_ledger,
    record,
)

KEY = parse_key(SIGNER.vkey)
MANIFEST = "ab" * 32


def entries(home):
    """What stands in the published log, as objects."""
    return [json.loads(entry) for entry in History(home.store, KEY).entries(ORIGIN)]


def verified(home):
    """Verify the published log as an outsider would, and return what was counted."""
    report = Report()
    check_evidence(StoreFiles(home.store), KEY, report, complete=False)
    return report


class FailingStore(MemoryStore):
    """A store that refuses the writes of keys that hold a text, until it is mended."""

    def __init__(self, part):
        super().__init__()
        self.part = part

    def put_all(self, objects):
        """Keep all objects or none."""
        kept = list(objects)
        if self.part and any(self.part in key for key, _ in kept):
            raise StoreError("no space left")
        return super().put_all(kept)


def test_a_new_ledger_begins_with_its_key(home, ledger):
    """The first entry of a log says which key signs it, and is published at once."""
    first = entries(home)[0]

    assert 1 == ledger.size
    assert EventType.LEDGER_OPENED.value == first["event"]["type"]
    assert SIGNER.vkey == first["event"]["body"]["vkey"]
    assert SIGNER.vkey == ledger.vkey
    assert ORIGIN == ledger.origin


def test_facts_stand_in_the_first_entry(tmp_path):
    """Digests of settings and policy go into the first entry of a new log."""
    home = a_home(tmp_path / "home")
    from audit.ledger import Ledger

    Ledger.open(
        home.catalogue,
        home.store,
        signer=home.signer,
        origin=ORIGIN,
        clock=home.clock,
        lock_path=home.lock_path,
        facts={"policy": MANIFEST},
    )

    assert MANIFEST == entries(home)[0]["event"]["body"]["policy"]


def test_published_events_are_numbered_in_order(home, ledger):
    """Recorded events come out of the store numbered without gap, in the order of recording."""
    record(home, ledger, [an_event(n) for n in range(3)])
    record(home, ledger, [an_event(3)])
    found = entries(home)

    assert list(range(5)) == [entry["seq"] for entry in found]
    assert [0, 1, 2, 3] == [entry["event"]["body"]["number"] for entry in found[1:]]
    assert sorted(e["received_at"] for e in found) == [e["received_at"] for e in found]


def test_the_published_checkpoint_is_signed_and_says_size_and_root(home, ledger):
    """What publish returns is what stands in the store."""
    record(home, ledger, [an_event(1)])
    published = ledger.publish()
    note = read(home.store, newest_key(ORIGIN))
    checkpoint = open_checkpoint(note, KEY)

    assert published.note.encode() == note == read(home.store, checkpoint_key(ORIGIN, 2))
    assert (2, ledger.root) == (checkpoint.size, checkpoint.root.hex())
    assert (published.size, published.root) == (ledger.size, ledger.root)


def test_an_event_of_a_transaction_that_failed_is_not_there(home, ledger):
    """An event is recorded with what it tells of, or not at all."""

    def work():
        with home.catalogue.write() as connection:
            ledger.record(connection, an_event(1))
            raise RuntimeError("the work failed")

    with pytest.raises(RuntimeError, match="the work failed"):
        work()

    assert 1 == ledger.publish().size


def test_publishing_nothing_changes_nothing(home, ledger):
    """Without new events there is no new checkpoint and no new object."""
    before = list(home.store.versions(""))

    assert ledger.published == ledger.publish()
    assert before == list(home.store.versions(""))


def test_the_same_event_again_is_one_entry(home, ledger):
    """A task that is tried again after its event was published changes nothing."""
    record(home, ledger, [an_event(1)])
    record(home, ledger, [an_event(1)])

    assert 2 == ledger.size


def test_the_same_id_with_another_content_is_refused(home, ledger):
    """An id that was used stays with its first content."""
    record(home, ledger, [an_event(1)])
    with pytest.raises(LedgerError, match="another content"):
        record(home, ledger, [an_event(1, actor="somebody else")])


@pytest.mark.parametrize("sizes", [[254, 1, 1, 1], [255, 256, 1], [600], [1, 1030, 300], [2100]])
def test_logs_of_many_sizes_verify(home, ledger, sizes):
    """Whatever the sizes of the publications, tiles and bundles are what an outsider recomputes."""
    done = 0
    for size in sizes:
        record(home, ledger, [an_event(n) for n in range(done, done + size)])
        done += size
    report = verified(home)

    assert done + 1 == report.counts["entries"]
    assert {ORIGIN: {"size": ledger.size, "root": ledger.root}} == report.logs


def test_unfinished_tiles_are_removed(home, ledger):
    """After each publication there is one partial tile of level 0 and one partial bundle."""
    for number in range(5):
        record(home, ledger, [an_event(number)])
    partial = [v.key.rpartition("tile/")[2] for v in home.store.versions("") if ".p/" in v.key]
    newest = [v.key for v in home.store.versions(newest_key(ORIGIN)) if "points" not in v.key]

    assert ["0/000.p/6", "entries/000.p/6"] == partial
    assert [newest_key(ORIGIN)] == newest


def test_a_reopened_ledger_goes_on(home, ledger):
    """Another process opens the same log, goes on with it, and the first one notices."""
    record(home, ledger, [an_event(n) for n in range(300)])
    other = open_ledger(home)
    assert ledger.published == other.published
    record(home, other, [an_event(n) for n in range(300, 600)])
    record(home, ledger, [an_event(600)])

    assert 602 == ledger.size
    assert 602 == verified(home).counts["entries"]


def test_a_lost_tile_of_the_edge_is_made_again(home, ledger):
    """A store that lost an unfinished tile gets it back from the database."""
    record(home, ledger, [an_event(n) for n in range(600)])
    for version in list(home.store.versions("log/")):
        if "tile/1/" in version.key:
            home.store.delete(version.key, version.version)
    record(home, open_ledger(home), [an_event(n) for n in range(600, 800)])

    assert 801 == verified(home).counts["entries"]


def test_an_entry_changed_in_the_database_is_not_published(home, ledger):
    """Somebody who edits a stored leaf before it is published is found by the signed root."""
    with home.catalogue.write() as connection:
        ledger.record(connection, an_event(1))
    ledger._sequenced()
    with home.catalogue.write() as connection:
        connection.exec_driver_sql("update ledger_entries set leaf = zeroblob(32) where seq = 1")
    with pytest.raises(LedgerError, match="do not lead to checkpoint 2"):
        ledger.publish()


def test_a_clock_that_steps_back_is_clamped_and_recorded(home, ledger):
    """Entries never go back in time; that the clock did is an entry of its own, once."""
    record(home, ledger, [an_event(1)])
    home.clock.now = START - timedelta(days=1)
    record(home, ledger, [an_event(2)])
    record(home, ledger, [an_event(3)])
    home.clock.now = START + timedelta(days=1)
    record(home, ledger, [an_event(4)])
    found = entries(home)
    kinds = [entry["event"]["type"].rpartition("autoclave.")[2] for entry in found]

    run = "run.started"
    assert ["ledger.opened", run, "clock.stepped", run, run, run] == kinds
    assert sorted(e["received_at"] for e in found) == [e["received_at"] for e in found]
    assert found[1]["received_at"] == found[4]["received_at"] < found[5]["received_at"]
    assert found[2]["event"]["body"]["to"] < found[2]["event"]["body"]["from"]


def test_many_threads_publish_together(home, ledger):
    """Every thread returns with its own event published, and rounds are shared."""
    missing = []

    def work(number):
        with home.catalogue.write() as connection:
            ledger.record(connection, an_event(number))
        published = ledger.publish()
        with home.catalogue.read() as connection:
            entry = rows.find(connection, f"event-{number:06d}")
        if entry is None or entry.seq >= published.size:
            missing.append(number)

    threads = [threading.Thread(target=work, args=(n,)) for n in range(24)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert [] == missing
    assert 25 == ledger.size == verified(home).counts["entries"]


def test_a_receipt_proves_an_event_to_someone_with_the_key(home, ledger):
    """Each published event has a receipt that verifies without the ledger."""
    subject = subject_of_manifest(MANIFEST, "promote", 1, 2)
    record(home, ledger, [an_event(n, subject=subject) for n in range(300)])
    verifier = LedgerReceiptVerifier(ledger.vkey)
    for number in (0, 1, 254, 255, 256, 299):
        receipt = ledger.receipt(f"event-{number:06d}", MANIFEST)
        verifier.verify(receipt)
        assert number == json.loads(receipt.event)["event"]["body"]["number"]
        assert MANIFEST == receipt.manifest_root


def test_there_is_no_receipt_before_publication(home, ledger):
    """An event that is recorded, or numbered, but not published proves nothing."""
    with home.catalogue.write() as connection:
        ledger.record(connection, an_event(1, subject={"manifest": MANIFEST}))
    with pytest.raises(NotInLedgerError, match="not in a published"):
        ledger.receipt("event-000001", MANIFEST)
    ledger._sequenced()
    with pytest.raises(NotInLedgerError, match="not in a published"):
        ledger.receipt("event-000001", MANIFEST)
    ledger.publish()

    assert MANIFEST == ledger.receipt("event-000001", MANIFEST).manifest_root


def test_any_event_can_be_proven(home, ledger):
    """An event that names no manifest has a proof too, for whoever asks what the ledger says."""
    record(home, ledger, [an_event(1), an_event(2)])
    entry, proof = ledger.prove("event-000001")
    verifier = LedgerReceiptVerifier(ledger.vkey)
    verifier.verify_entry(entry, proof.encode())
    with pytest.raises(NotInLedgerError, match="not in the checkpoint"):
        verifier.verify_entry(entry + b" ", proof.encode())

    assert 1 == json.loads(entry)["event"]["body"]["number"]
    assert 1 == proof.index


def test_there_is_no_receipt_for_another_manifest(home, ledger):
    """A receipt is for exactly the manifest that the event names."""
    record(home, ledger, [an_event(1, subject={"manifest": MANIFEST})])
    with pytest.raises(NotInLedgerError, match="does not name"):
        ledger.receipt("event-000001", "cd" * 32)


def test_a_receipt_from_damaged_tiles_is_refused(home, ledger):
    """A tile that was changed in the store gives no receipt that would only fail later."""
    record(home, ledger, [an_event(n, subject={"manifest": MANIFEST}) for n in range(3)])
    from audit.tiles import spooled

    home.store.put(f"log/{ORIGIN}/tile/0/000.p/4", spooled(bytes(128)))
    with pytest.raises(LedgerError, match="do not prove"):
        ledger.receipt("event-000001", MANIFEST)


@pytest.mark.parametrize("part", ["/tile/", "/checkpoint"])
def test_a_store_that_fails_loses_nothing(tmp_path, part):
    """When a put fails nothing counts as published; the next try publishes the same bytes."""
    store = FailingStore("")
    home = a_home(tmp_path / "home", store)
    ledger = open_ledger(home)
    store.part = part
    with pytest.raises(StoreError, match="no space"):
        record(home, ledger, [an_event(1)])
    with home.catalogue.read() as connection:
        [pending] = rows.unpublished(connection, ORIGIN)
    assert 1 == ledger.size
    store.part = ""
    again = open_ledger(home)

    assert pending.note == again.published.note
    assert 2 == verified(home).counts["entries"]


def test_the_mirror_holds_the_checkpoints(tmp_path):
    """Every published checkpoint is in the mirror too, byte for byte."""
    home = a_home(tmp_path / "home", mirror=MemoryStore())
    ledger = open_ledger(home)
    record(home, ledger, [an_event(1)])

    for key in (newest_key(ORIGIN), checkpoint_key(ORIGIN, 1), checkpoint_key(ORIGIN, 2)):
        assert read(home.store, key) == read(home.mirror, key)


def test_a_mirror_that_fails_stops_the_publication(tmp_path):
    """A mirror that was asked for is part of what durable means."""
    home = a_home(tmp_path / "home", mirror=FailingStore(""))
    ledger = open_ledger(home)
    home.mirror.part = "/checkpoint"
    with pytest.raises(StoreError):
        record(home, ledger, [an_event(1)])
    with home.catalogue.read() as connection:
        assert [2] == [c.size for c in rows.unpublished(connection, ORIGIN)]


def test_an_empty_mirror_may_be_added_later(tmp_path, home, ledger):
    """A new mirror begins with the next checkpoint."""
    mirrored = replace(home, mirror=MemoryStore())
    record(mirrored, open_ledger(mirrored), [an_event(1)])

    assert read(home.store, newest_key(ORIGIN)) == read(mirrored.mirror, newest_key(ORIGIN))


def test_a_lock_that_cannot_be_opened_stops_the_start(home):
    """Without the lock nobody sequences."""
    with pytest.raises(StoreError, match="lock"):
        open_ledger(replace(home, lock_path=home.lock_path / "none"))


def test_another_key_does_not_open_the_ledger(home, ledger):
    """A home whose key was exchanged is refused."""
    with pytest.raises(SignatureError):
        open_ledger(replace(home, signer=STRANGER))


def test_the_entries_of_a_bundle_are_the_bytes_of_the_database(home, ledger):
    """Bytes hashed, bytes stored and bytes published are the same."""
    record(home, ledger, [an_event(1), an_event(2)])
    published = open_bundle(read(home.store, f"log/{ORIGIN}/tile/entries/000.p/3"))
    with home.catalogue.read() as connection:
        stored = [entry.body for entry in rows.entries(connection, ORIGIN)]

    assert stored == published


def test_two_sequencers_without_a_common_lock(tmp_path, home, ledger):
    """Where the lock does not hold, the one that saw an older head loses and changes nothing."""
    with home.catalogue.write() as connection:
        before = rows.head(connection, ORIGIN)
        ledger.record(connection, an_event(1))
    other = open_ledger(replace(home, lock_path=tmp_path / "another.lock"))
    with pytest.raises(LedgerError, match="another sequencer"), home.catalogue.write() as late:
        rows.move_head(late, before, replace(before, size=before.size + 1))

    assert 2 == other.size == ledger.publish().size


def test_signatures_are_stored_and_not_made_again(home, ledger):
    """What is published is the stored note even if signing now would give another one."""
    with home.catalogue.write() as connection:
        ledger.record(connection, an_event(1))
    ledger._sequenced()
    with home.catalogue.write() as connection:
        [pending] = rows.unpublished(connection, ORIGIN)
        twice = sign_note(text_of(pending.note), SIGNER)
        added = pending.note + twice.rpartition("\n\n")[2]
        connection.exec_driver_sql("update checkpoints set note = ? where size = 2", (added,))

    assert added == open_ledger(home).published.note
    assert 2 == parse_checkpoint(text_of(added)).size
