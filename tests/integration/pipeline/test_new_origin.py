"""A new origin: the explicit way on when database and published ledger contradict each other."""

import json
import shutil

import pytest

from audit.evidence import parse_key
from audit.history import History
from audit.tiles import newest_key, read
from custody.errors import LedgerError, UsageError
from pipeline.new_origin import go_on
from pipeline.proving.verify import verify
from pipeline.rebuilding.rebuild import rebuild
from pipeline.settings import Settings
from pipeline.wiring import open_runtime
from storage.filesystem import FilesystemStore
from tests.corpus.homes import a_source, recover

WHY = "the database was restored"


@pytest.fixture
def restored(settings, kept, tmp_path):
    """A home whose database was put back to before its last run."""
    disk = tmp_path / "disk"
    disk.mkdir()
    (disk / "letter.txt").write_text("Dear colleague\n")
    with open_runtime(settings) as runtime:
        recover(runtime, a_source(disk, "mail", "mail"))
    kept.put_back()
    return settings


def first_entry(settings, origin, vkey):
    """The event that a log begins with."""
    history = History(FilesystemStore(settings.home / "audit"), parse_key(vkey))
    return json.loads(next(history.entries(origin)))["event"]


def test_a_restored_database_goes_on_under_a_new_origin(restored):
    """The refusal names the command; the successor opens, and cites the published end."""
    with pytest.raises(LedgerError, match="autoclave audit new-origin"), open_runtime(restored):
        pass
    begun = go_on(restored, reason=WHY, actor="admin")

    with open_runtime(restored) as runtime:
        old = runtime.ledger.origin.removesuffix(".2")
        first = first_entry(restored, begun.origin, runtime.ledger.vkey)
        last = read(runtime.audit, newest_key(old))

        assert (begun.origin, begun.size) == (runtime.ledger.origin, 1) == (f"{old}.2", 1)
        assert begun.root == runtime.ledger.root
        assert ("admin", WHY) == (first["actor"], first["body"]["reason"])
        assert last is not None
        assert last.decode() in first["body"]["checkpoints"]
        assert verify(runtime).verified


def test_the_database_is_made_again_from_both_logs(restored):
    """After a rebuild the home knows the run that its database had lost, and verifies deeply."""
    begun = go_on(restored, reason=WHY, actor="admin")
    rebuild(restored)

    with open_runtime(restored) as runtime:
        assert begun.origin == runtime.ledger.origin
        assert () == verify(runtime, deep=True).faults


def test_a_restored_database_may_be_rebuilt_without_a_new_origin(restored):
    """The ledger is whole, so the database that is older than it is simply made again."""
    rebuild(restored)

    with open_runtime(restored) as runtime:
        assert () == verify(runtime, deep=True).faults


def test_a_lost_audit_store_goes_on_and_stays_named(settings):
    """What is gone is cited by the successor, and verification keeps saying that it is missing."""
    shutil.rmtree(settings.home / "audit")
    with pytest.raises(LedgerError, match="has lost checkpoint"), open_runtime(settings):
        pass
    begun = go_on(settings, reason="the audit store burnt", actor="admin")

    with open_runtime(settings) as runtime:
        assert begun.origin == runtime.ledger.origin
        assert not verify(runtime).verified


def test_without_the_key_nothing_is_begun(settings):
    """No new key is made: it could not say which end of the old log is genuine."""
    (settings.home / "keys" / "ledger.key").unlink()
    with pytest.raises(LedgerError, match="key of this home is missing"):
        go_on(settings, reason=WHY, actor="admin")

    assert not (settings.home / "keys" / "ledger.key").exists()


def test_a_place_without_a_home_stays_empty(tmp_path):
    """A mistyped home is not made."""
    with pytest.raises(LedgerError, match="missing"):
        go_on(Settings(home=tmp_path / "none"), reason=WHY, actor="admin")

    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize("reason", ["", "  ", "two\nlines"])
def test_a_reason_is_needed(settings, reason):
    """Nobody closes a log without saying why."""
    with pytest.raises(UsageError, match="reason"):
        go_on(settings, reason=reason, actor="admin")
