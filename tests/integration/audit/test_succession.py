import json
import shutil
from dataclasses import replace

import pytest

from audit.event import EventType
from audit.evidence import EvidenceError, parse_key
from audit.history import History, StoreFiles
from audit.ledger import Ledger
from audit.note import sign_note, text_of
from audit.tiles import newest_key, read, spooled
from audit.verify import Report, check_evidence
from catalogue.engine import Catalogue
from custody.errors import LedgerError
from storage.memory import MemoryStore
from tests.corpus.ledgers import ORIGIN, SIGNER, STRANGER, a_home, an_event, open_ledger, record

KEY = parse_key(SIGNER.vkey)


def restored(home, ledger, tmp_path):
    """The home after its database was put back to the state before the last event."""
    record(home, ledger, [an_event(1)])
    home.catalogue.close()
    path = home.lock_path.parent / "catalogue.db"
    shutil.copy(path, tmp_path / "backup.db")
    again = replace(home, catalogue=Catalogue.open(path))
    record(again, open_ledger(again), [an_event(2)])
    again.catalogue.close()
    (tmp_path / "old").mkdir()
    shutil.copy(tmp_path / "backup.db", tmp_path / "old" / "catalogue.db")
    return replace(home, catalogue=Catalogue.open(tmp_path / "old" / "catalogue.db"))


def first_entry(home, origin):
    """The event that a log begins with."""
    return json.loads(next(History(home.store, KEY).entries(origin)))["event"]


def verified(home):
    """What an outsider finds in the store."""
    report = Report()
    check_evidence(StoreFiles(home.store), KEY, report, complete=False)
    return report


def test_a_restored_database_is_refused(home, ledger, tmp_path):
    """A database from a backup does not go on, and the error says what to do."""
    old = restored(home, ledger, tmp_path)
    with pytest.raises(LedgerError, match=r"database stands at 2 .* explicit new origin"):
        open_ledger(old)


def test_a_restored_database_is_refused_by_the_mirror_alone(tmp_path):
    """When the store was restored together with the database, the mirror still tells."""
    home = a_home(tmp_path / "home", mirror=MemoryStore())
    old = restored(home, open_ledger(home), tmp_path)
    store = MemoryStore()
    for version in home.store.versions(""):
        if "000000000003" not in version.key and version.key != newest_key(ORIGIN):
            store.put(version.key, spooled(read(home.store, version.key)))
    store.put(newest_key(ORIGIN), spooled(read(store, f"log/{ORIGIN}/checkpoints/000000000002")))
    with pytest.raises(LedgerError, match="the mirror has checkpoint 3"):
        open_ledger(replace(old, store=store))


def test_a_restored_database_under_a_running_process_is_refused(home, ledger, tmp_path):
    """A process that published more than the database knows stops."""
    record(home, ledger, [an_event(1)])
    with home.catalogue.write() as connection:
        connection.exec_driver_sql("delete from checkpoints where size = 2")
    with pytest.raises(LedgerError, match="has lost checkpoint 2"):
        ledger.publish()


def test_a_lost_database_is_refused(home, ledger, tmp_path):
    """A fresh database beside a store with a log does not silently begin another log."""
    fresh = a_home(tmp_path / "fresh", home.store)
    with pytest.raises(LedgerError, match="the database does not know"):
        open_ledger(fresh)


def test_another_log_under_the_same_name_is_refused(home, ledger, tmp_path):
    """Two databases that both believe to own an origin are told apart by what they signed."""
    other = a_home(tmp_path / "other")
    twin = open_ledger(other)
    record(other, twin, [an_event(7)])
    record(home, ledger, [an_event(1)])
    with pytest.raises(LedgerError, match="differ about checkpoint 2"):
        open_ledger(replace(other, store=home.store))


def test_a_store_that_lost_the_log_is_refused(home, ledger):
    """A store that does not hold what the database has published is not written on."""
    with pytest.raises(LedgerError, match="has lost checkpoint 1"):
        open_ledger(replace(home, store=MemoryStore()))


def test_a_checkpoint_of_another_log_in_the_place_of_ours_is_refused(home, ledger):
    """A genuine checkpoint of another origin is no checkpoint of this one."""
    text = text_of(ledger.published.note).replace(ORIGIN, "audit.example/other")
    home.store.put(newest_key(ORIGIN), spooled(sign_note(text, SIGNER).encode()))
    with pytest.raises(LedgerError, match="in the place of"):
        open_ledger(home)


def test_an_explicit_successor_goes_on(home, ledger, tmp_path):
    """After a refusal a new origin goes on, and cites the published end and the reason."""
    old = restored(home, ledger, tmp_path)
    last = read(home.store, newest_key(ORIGIN)).decode()
    successor = Ledger.succeed(old, ORIGIN, reason="database restored", actor="admin")
    record(old, successor, [an_event(3)])
    first = first_entry(old, f"{ORIGIN}.2")

    assert f"{ORIGIN}.2" == successor.origin
    assert EventType.LEDGER_SUCCEEDED.value == first["type"]
    assert ("admin", "database restored") == (first["actor"], first["body"]["reason"])
    assert last in first["body"]["checkpoints"]
    assert {ORIGIN: 3, f"{ORIGIN}.2": 2} == {o: v["size"] for o, v in verified(old).logs.items()}


def test_the_successor_is_what_opens_from_then_on(home, ledger):
    """The configured origin leads to its newest successor."""
    successor = ledger.new_origin("the store moved", "admin")
    again = open_ledger(home)
    third = again.new_origin("once more", "admin")

    assert successor.origin == again.origin == f"{ORIGIN}.2"
    assert third.origin == open_ledger(home).origin == f"{ORIGIN}.3"
    assert {1} == {log["size"] for log in verified(home).logs.values()}


def test_nothing_is_appended_to_a_succeeded_log(home, ledger):
    """The object that stood for the old log cannot go on with it."""
    ledger.new_origin("the store moved", "admin")
    with pytest.raises(LedgerError, match="another sequencer"):
        record(home, ledger, [an_event(1)])


def test_a_database_from_before_the_succession_is_refused(home, ledger, tmp_path):
    """A backup from before a new origin does not bring the old origin back."""
    old = restored(home, ledger, tmp_path)
    Ledger.succeed(old, ORIGIN, reason="database restored", actor="admin")
    again = replace(home, catalogue=Catalogue.open(home.lock_path.parent / "catalogue.db"))
    with pytest.raises(LedgerError, match=r"case\.2, which the database does not know"):
        open_ledger(again)


def test_there_is_nothing_to_succeed_in_a_new_home(home):
    """A new origin is for a log that exists."""
    with pytest.raises(LedgerError, match="there is no log"):
        Ledger.succeed(home, ORIGIN, reason="why", actor="admin")


def test_a_forged_checkpoint_is_not_cited(home, ledger):
    """What the key did not sign is no end of a log."""
    forged = sign_note(text_of(ledger.published.note), STRANGER)
    home.store.put(newest_key(ORIGIN), spooled(forged.encode()))
    Ledger.succeed(home, ORIGIN, reason="forged", actor="admin")
    cited = first_entry(home, f"{ORIGIN}.2")["body"]["checkpoints"]

    assert [ledger.published.note] == cited


def test_a_successor_that_cites_what_is_not_there_is_found(home, ledger):
    """The verifier looks for the cited checkpoints in the log before."""
    record(home, ledger, [an_event(1)])
    ledger.new_origin("why", "admin")
    for version in list(home.store.versions(f"log/{ORIGIN}/")):
        home.store.delete(version.key, version.version)
    with pytest.raises(EvidenceError, match="cited"):
        verified(home)
