import pytest

from audit.evidence import parse_key
from audit.history import History
from audit.tiles import checkpoint_key, newest_key, read, spooled
from audit.verification import verify
from custody.errors import LedgerError
from storage.memory import MemoryStore
from tests.corpus.ledgers import (
    ORIGIN,
    SIGNER,
    STRANGER,
    a_chain,
    a_home,
    an_event,
    digest,
    inspect_line,
    open_ledger,
    put_manifest,
    record,
)

KEY = parse_key(SIGNER.vkey)


def faults(home, vkey=SIGNER.vkey):
    """What is wrong with a home."""
    return verify(home.catalogue, home.store, vkey, home.mirror).faults


def change(home, statement):
    """Edit the database behind the ledger's back."""
    with home.catalogue.write() as connection:
        connection.exec_driver_sql(statement)


@pytest.fixture
def used(tmp_path):
    """A home with a chain of custody, some 300 events, and a mirror."""
    home = a_home(tmp_path / "used", mirror=MemoryStore())
    ledger = open_ledger(home)
    a_chain(home, ledger, [1, 2, 3])
    record(home, ledger, [an_event(n) for n in range(300)])
    yield home
    home.catalogue.close()


def test_a_sound_home_has_no_faults(used):
    """Everything is counted, and nothing is wrong."""
    ledger = open_ledger(used)
    done = verify(used.catalogue, used.store, SIGNER.vkey, used.mirror, lock=ledger.paused())

    assert () == done.faults
    assert done.verified
    assert {"entries": 304, "checkpoints": 5, "manifests": 3, "lines": 9} == done.counts
    assert 304 == done.logs[ORIGIN]["size"]


def test_what_waits_for_publication_is_no_fault(used):
    """Events in the outbox, unpublished entries and unnamed manifests are ordinary work."""
    ledger = open_ledger(used)
    put_manifest(used.store, "inspect", [inspect_line(9)])
    with used.catalogue.write() as connection:
        ledger.record_all(connection, [an_event(1000), an_event(1001)])
    ledger._sequenced()

    assert () == faults(used)


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("update ledger_entries set body = x'00' where seq = 7", "entry 7 is not the published"),
        ("delete from ledger_entries where seq = 7", "entry 7 is not the published"),
        ("delete from ledger_entries where seq > 250", "entry 251 is not the published"),
        ("update heads set size = 5", "the head is behind"),
        ("update checkpoints set note = 'x' where size = 3", "000000000003"),
        ("delete from heads", "does not know this log"),
    ],
    ids=["changed", "removed", "cut", "head", "checkpoint", "no head"],
)
def test_a_database_that_differs_is_named(used, statement, expected):
    """The first thing in which the database differs from what was published is named."""
    change(used, statement)
    [fault] = faults(used)

    assert expected in fault


@pytest.mark.parametrize(
    "key",
    [
        checkpoint_key(ORIGIN, 3),
        newest_key(ORIGIN),
        f"log/{ORIGIN}/tile/0/000",
        f"log/{ORIGIN}/tile/0/001.p/48",
        f"log/{ORIGIN}/tile/1/000.p/1",
        f"log/{ORIGIN}/tile/entries/000",
        f"log/{ORIGIN}/tile/entries/001.p/48",
    ],
)
def test_a_store_that_lost_or_changed_something_is_named(used, key):
    """Each object of a log is missed when it is gone and found when it is other."""
    content = read(used.store, key)
    used.store.put(key, spooled(content[:-1]))
    assert [key] == [fault.partition(": ")[0] for fault in faults(used)]
    for version in list(used.store.versions(key)):
        if version.key == key:
            used.store.delete(key, version.version)
    [fault] = faults(used)

    # Without its newest checkpoint a log is not seen as one at all.
    assert ("there is no checkpoint" if key == newest_key(ORIGIN) else key) in fault


def test_an_older_version_with_other_bytes_is_found(used):
    """A second version of what is never overwritten is a forgery, even under the genuine one."""
    key = checkpoint_key(ORIGIN, 3)
    genuine = read(used.store, key)
    used.store.put(key, spooled(b"forged"))
    used.store.put(key, spooled(genuine))
    [fault] = faults(used)

    assert f"{key}: there are versions with different bytes" == fault


def test_a_manifest_that_is_gone_is_named(used):
    """A manifest that an event names is missed."""
    [version, *_] = used.store.versions("manifests/")
    used.store.delete(version.key, version.version)
    [fault] = faults(used)

    assert version.key in fault


def test_another_key_verifies_nothing(used):
    """Under another key nothing is signed."""
    [fault] = faults(used, STRANGER.vkey)

    assert "not signed by the key" in fault


def test_a_checkpoint_that_only_the_database_has_published_is_missed(used):
    """A store that was put back to an older state is found through the database."""
    newest = read(used.store, checkpoint_key(ORIGIN, 4))
    for version in list(used.store.versions(checkpoint_key(ORIGIN, 304))):
        used.store.delete(version.key, version.version)
    used.store.put(newest_key(ORIGIN), spooled(newest))
    for path, part in (("tile/0/000", 128), ("tile/entries/000", None)):
        content = read(used.store, f"log/{ORIGIN}/{path}")
        from audit.evidence import open_bundle
        from audit.tiles import bundle

        cut = content[:part] if part else bundle(open_bundle(content)[:4])
        used.store.put(f"log/{ORIGIN}/{path}.p/4", spooled(cut))
        for version in list(used.store.versions(f"log/{ORIGIN}/{path}")):
            if version.key == f"log/{ORIGIN}/{path}":
                used.store.delete(version.key, version.version)
    [fault] = faults(used)

    assert f"{checkpoint_key(ORIGIN, 304)}: it was published and is gone" == fault


def test_a_mirror_that_differs_is_named(used):
    """The mirror's newest checkpoint is that of the store."""
    used.mirror.put(newest_key(ORIGIN), spooled(read(used.store, checkpoint_key(ORIGIN, 3))))
    assert "another one" in faults(used)[0]
    for version in list(used.mirror.versions("")):
        used.mirror.delete(version.key, version.version)

    assert (f"mirror, log {ORIGIN}: there is no checkpoint",) == faults(used)


def test_a_succeeded_log_may_be_behind_in_the_database(used, tmp_path):
    """After a restored database and a new origin, the old log is ahead and that is no fault."""
    ledger = open_ledger(used)
    ledger.new_origin("restored", "admin")
    change(used, f"delete from ledger_entries where origin = '{ORIGIN}' and seq > 100")
    change(used, f"delete from checkpoints where origin = '{ORIGIN}' and size > 100")
    assert () == faults(used)
    change(used, f"update ledger_entries set body = x'00' where origin = '{ORIGIN}' and seq = 7")

    assert "entry 7 is not the published one" in faults(used)[0]


def test_the_ledger_tells_what_was_promoted_and_where_the_originals_lie(used):
    """Promotions and places in the vault come out of the published manifests."""
    history = History(used.store, KEY)
    promoted, parts = list(history.promoted()), list(history.vault_parts())

    assert [digest(1), digest(2), digest(3)] == [p.digest for p in promoted]
    assert (f"sha256/{digest(1)}", "1", 10) == (
        promoted[0].key,
        promoted[0].version,
        promoted[0].size,
    )
    assert [(digest(n), "segments/1", "1", 10 * n, 10) for n in (1, 2, 3)] == [
        (p.digest, p.key, p.version, p.offset, p.size) for p in parts
    ]


def test_entries_without_content_have_no_place(tmp_path):
    """Entries that were not taken are not looked for in the vault."""
    home = a_home(tmp_path / "home")
    ledger = open_ledger(home)
    nothing = inspect_line(1) | {"digest": None, "vault": None, "stage": "not-taken"}
    record(home, ledger, [put_manifest(home.store, "inspect", [nothing])])

    assert [] == list(History(home.store, KEY).vault_parts())


def test_history_stops_at_what_is_missing(used):
    """A bundle or a manifest that is gone is an error that names it, not an end of the list."""
    for manifest in list(used.store.versions("manifests/")):
        used.store.delete(manifest.key, manifest.version)
    with pytest.raises(LedgerError, match="manifests/"):
        list(History(used.store, KEY).promoted())
    used.store.put(f"log/{ORIGIN}/tile/entries/000", spooled(b"\x00"))
    with pytest.raises(LedgerError, match="entries/000"):
        list(History(used.store, KEY).events())
