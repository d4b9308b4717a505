"""The ledger's key is changed: verifiers follow, an old key ends nothing, a kill loses nothing."""

import json
import shutil

import pytest

from audit.event import EventType
from audit.evidence import Folder, parse_key
from audit.export import export
from audit.history import History
from audit.note import Ed25519Signer, sign_note
from audit.rotation import ROTATIONS_FILE, rotation_text
from audit.verify import KEY_FILE, LIST_FILE, fingerprint
from audit.verify import verify as verify_offline
from custody.errors import LedgerError, UsageError
from pipeline.keys import KeyRing
from pipeline.proving.verify import verify
from pipeline.rebuilding.rebuild import rebuild
from pipeline.recording import Recorder
from pipeline.rotating import rotate
from pipeline.wiring import open_runtime

WHY = {"reason": "a machine was stolen", "actor": "anna"}


def grow(runtime):
    """Put an event into the ledger."""
    recorder = Recorder(runtime=runtime, case="", run_id="")
    recorder.record(recorder.event(EventType.EVIDENCE_EXPORTED))
    runtime.ledger.publish()


def exported(settings, folder):
    """Export the ledger, and return the folder."""
    with open_runtime(settings) as runtime:
        export(runtime.audit, runtime.signer, folder, lock=runtime.ledger.paused())
    return folder


def faults(folder, key):
    """What the offline verifier finds, given a fingerprint."""
    return [f"{f.where}: {f.what}" for f in verify_offline(Folder(str(folder)), key).faults]


def test_verifiers_follow_from_the_old_key_and_from_the_new_one(settings, tmp_path):
    """Twice rotated: home, rebuilt home and export verify, the export with each fingerprint."""
    with open_runtime(settings) as runtime:
        origin = runtime.ledger.origin
        first = fingerprint(runtime.ledger.vkey)
    second = rotate(settings, **WHY)
    third = rotate(settings, **WHY)
    assert (first, second.after) == (second.before, third.before)
    with open_runtime(settings) as runtime:
        grow(runtime)
        assert (origin, third.vkey) == (runtime.ledger.origin, runtime.ledger.vkey)
        assert () == verify(runtime, deep=True).faults
        kinds = [e["type"] for e in History(runtime.audit, runtime.ledger.key).events()]
        assert 2 == kinds.count(EventType.KEY_ROTATED.value)
        assert 2 == kinds.count(EventType.KEY_TAKEN.value)
    folder = exported(settings, tmp_path / "export")
    for known in (first, second.after, third.after):
        assert [] == faults(folder, known)
    assert "another fingerprint" in faults(folder, "0" * 32)[0]
    rebuild(settings, actor="anna")
    with open_runtime(settings) as runtime:
        assert () == verify(runtime, deep=True).faults


def test_a_rotation_that_the_old_key_did_not_sign_leads_nowhere(settings, tmp_path):
    """Neither in an export nor in a home: somebody else's key does not take over."""
    with open_runtime(settings) as runtime:
        old = runtime.signer
        first = fingerprint(old.vkey)
    thief = Ed25519Signer(old.name, bytes(32))
    forged = sign_note(rotation_text(old.vkey, thief.vkey), thief)
    folder = exported(settings, tmp_path / "export")
    (folder / KEY_FILE).write_text(f"{thief.vkey}\n")
    (folder / ROTATIONS_FILE).write_text(json.dumps([forged]))

    [fault] = faults(folder, first)
    assert fault.startswith(ROTATIONS_FILE)

    ring = KeyRing(settings.home / "keys")
    ring.keep_rotations([forged])
    (settings.home / "keys" / "ledger.key").write_bytes(bytes(32))
    with pytest.raises(LedgerError, match="does not fit"), open_runtime(settings):
        pass


def test_who_has_the_old_key_ends_no_log(settings, tmp_path):
    """An export from before, signed anew by the old key, is not one of the new key's ledger."""
    seed = (settings.home / "keys" / "ledger.key").read_bytes()
    with open_runtime(settings) as runtime:
        grow(runtime)
        name = runtime.signer.name
    before = exported(settings, tmp_path / "before")
    done = rotate(settings, **WHY)
    after = exported(settings, tmp_path / "after")
    for name_of in (KEY_FILE, ROTATIONS_FILE):
        shutil.copy(after / name_of, before / name_of)
    lines = (before / LIST_FILE).read_text()
    assert faults(before, done.after) == [f"{LIST_FILE}: not signed by the key of this ledger"]
    shutil.copytree(before / "log", after / "log", dirs_exist_ok=True)
    text = lines.rpartition("\n\n")[0] + "\n"
    thief = Ed25519Signer(name, seed)
    (after / LIST_FILE).write_text(sign_note(text, thief))

    assert faults(after, done.after) == [f"{LIST_FILE}: not signed by the key of this ledger"]


def test_a_command_that_still_has_the_old_key_signs_nothing(settings):
    """It is refused, and its event waits for the next one."""
    with open_runtime(settings) as runtime:
        rotate(settings, **WHY)
        with pytest.raises(LedgerError, match="another key"):
            grow(runtime)
    with open_runtime(settings) as runtime:
        runtime.ledger.publish()
        assert () == verify(runtime).faults


class CutError(Exception):
    """The power goes off."""


def test_a_rotation_that_was_cut_short_goes_on(settings, monkeypatch):
    """Until then the old key is in force; the same command ends the same rotation."""
    real = KeyRing.change_ledger_seed

    def cut(self):
        raise CutError

    monkeypatch.setattr(KeyRing, "change_ledger_seed", cut)
    with pytest.raises(CutError):
        rotate(settings, **WHY)
    with open_runtime(settings) as runtime:
        first = runtime.ledger.vkey
        grow(runtime)
        assert () == verify(runtime, deep=True).faults
        assert (settings.home / "keys" / "ledger-next.key").exists()
    monkeypatch.setattr(KeyRing, "change_ledger_seed", real)

    done = rotate(settings, **WHY)

    assert fingerprint(first) == done.before
    with open_runtime(settings) as runtime:
        assert () == verify(runtime, deep=True).faults
        kinds = [e["type"] for e in History(runtime.audit, runtime.ledger.key).events()]
        assert 1 == kinds.count(EventType.KEY_ROTATED.value)
        assert not (settings.home / "keys" / "ledger-next.key").exists()


def test_a_key_that_the_ledger_did_not_announce_is_named(settings):
    """Exchanged behind the ledger's back, even with a statement of both keys."""
    ring = KeyRing(settings.home / "keys")
    with open_runtime(settings) as runtime:
        old = runtime.signer
    new = Ed25519Signer(old.name, ring.next_ledger_seed())
    ring.keep_rotations([sign_note(rotation_text(old.vkey, new.vkey), old, new)])
    ring.change_ledger_seed()

    with open_runtime(settings) as runtime:
        [fault] = verify(runtime).faults
    assert "did not announce" in fault.what


def test_a_rotation_needs_a_reason(settings):
    """In one line; nothing is changed without."""
    with pytest.raises(UsageError, match="reason"):
        rotate(settings, reason="two\nlines", actor="anna")
    with open_runtime(settings) as runtime:
        assert parse_key(runtime.ledger.vkey) == runtime.ledger.key
