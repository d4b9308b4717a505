"""An opened set as a BagIt bag: whole, read back, gone on with after a kill, and tamper-evident."""

import hashlib
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta

import pytest
import sqlalchemy as sa

from audit.evidence import Folder, open_note, parse_key
from audit.note import sign_note
from audit.verify import fingerprint
from audit.verify import verify as verify_offline
from catalogue import deliveries, recall_tables, restore_sets
from cleanzone import bag as bags
from cleanzone.restore_set import document_key
from custody.digest import digest_of
from custody.errors import LedgerError, RefusedError, StoreError, UsageError
from custody.names import from_base64
from pipeline.deciding.recall import Asked as Recalled
from pipeline.deciding.recall import recall
from pipeline.delivering.bag import deliver_set
from pipeline.delivering.begun import begin_words
from pipeline.delivering.deliver import deliver
from pipeline.proving.verify import export, verify
from pipeline.restoring.asked import Asked
from pipeline.restoring.opening import open_set
from pipeline.restoring.seal import seal
from pipeline.restoring.sign import sign_set
from tests.corpus.snapshots import HOST, THURSDAY, report

RIGHT = {
    "a/one.txt": report(1, "friday"),
    "a/two.txt": report(2, "friday"),
    "b/three.txt": report(3, "friday"),
    "c/four.txt": report(4, "saturday"),
    "c/five.txt": report(5, "saturday"),
}


@pytest.fixture
def opened(runtime, people):
    """An opened set of the whole case."""
    stored = seal(runtime, Asked(), people["anna"]).stored
    for name in ("anna", "cert"):
        sign_set(runtime, stored.set_id, people[name])
    return open_set(runtime, stored.set_id).stored


def payload(folder):
    """The files of a bag's payload below the server's folder."""
    root = folder / "data" / HOST
    return {str(p.relative_to(root)): p.read_bytes() for p in root.rglob("*") if p.is_file()}


def faults(runtime, folder):
    """What the offline verifier says of a bag."""
    found = verify_offline(Folder(str(folder)), fingerprint(runtime.ledger.vkey)).faults
    return [fault.where for fault in found]


def test_a_bag_holds_the_right_versions_and_verifies_itself(runtime, opened, tmp_path):
    """Names, times and bytes are right; `sha256sum` and the verifier in the bag find nothing."""
    done = deliver_set(runtime, opened.set_id, tmp_path / "bag")

    assert RIGHT == payload(tmp_path / "bag")
    assert (5, 0, 0) == (done.files, done.kept, done.renamed)
    path = tmp_path / "bag" / "data" / HOST / "a" / "one.txt"
    assert THURSDAY.timestamp() == path.stat().st_mtime
    for name in ("manifest-sha256.txt", "tagmanifest-sha256.txt"):
        checked = subprocess.run(
            ["sha256sum", "--quiet", "-c", name],
            cwd=tmp_path / "bag",
            capture_output=True,
            check=False,
        )
        assert (0, b"") == (checked.returncode, checked.stdout)
    words = [sys.executable, "-I", "verify.py", ".", "--key", fingerprint(runtime.ledger.vkey)]
    alone = subprocess.run(words, cwd=tmp_path / "bag", capture_output=True, check=False)
    assert 0 == alone.returncode, alone.stdout + alone.stderr
    assert () == verify(runtime, deep=True).faults


def changed(path):
    """Change a byte of a file."""
    content = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(bytes([content[0] ^ 1]) + content[1:])


TAMPERED = (
    f"data/{HOST}/a/one.txt",
    "set.json",
    "certificate.json",
    "certificate.fr.html",
    "ledger/000.json",
    "recalls.note",
    "manifest-sha256.txt",
    "tagmanifest-sha256.txt",
    "delivery.note",
)


def test_whatever_is_changed_added_or_taken_from_a_bag_is_named(runtime, opened, tmp_path):
    """Each with its place, by the offline verifier."""
    deliver_set(runtime, opened.set_id, tmp_path / "bag")
    assert [] == faults(runtime, tmp_path / "bag")
    for name in TAMPERED:
        copy = tmp_path / "tampered"
        shutil.copytree(tmp_path / "bag", copy)
        changed(copy / name)
        assert [name] == faults(runtime, copy)
        (copy / name).unlink()
        assert [name] == faults(runtime, copy)
        shutil.rmtree(copy)
    bag = tmp_path / "bag"
    (bag / "data" / "added.txt").write_text("x")
    (bag / "data" / "more").symlink_to(tmp_path)
    (bag / "set.json").rename(tmp_path / "set.json")
    (bag / "set.json").symlink_to(tmp_path / "set.json")
    (bag / "recalls.note").unlink()
    os.mkfifo(bag / "recalls.note")
    assert ["data/added.txt", "data/more", "recalls.note", "set.json"] == faults(runtime, bag)


def resigned(runtime, folder):
    """Make the manifest of tags and the note fit what lies in a bag, with the ledger's key."""
    named, lines = "tagmanifest-sha256.txt", []
    for line in (folder / named).read_text().splitlines():
        path = line[66:]
        lines.append(f"{hashlib.sha256((folder / path).read_bytes()).hexdigest()}  {path}\n")
    (folder / named).write_text("".join(lines))
    text = open_note((folder / "delivery.note").read_bytes(), parse_key(runtime.ledger.vkey))
    said = [*text.splitlines()[:-1], f"{named} {digest_of(''.join(lines).encode())}"]
    note = sign_note("".join(f"{line}\n" for line in said), runtime.signer)
    (folder / "delivery.note").write_text(note)


def test_the_proof_of_another_delivery_or_a_lone_signature_is_named(runtime, opened, tmp_path):
    """Whoever has the ledger's key signs any note; the events in the bag say otherwise."""
    one, other = tmp_path / "one", tmp_path / "other"
    for folder in (one, other):
        deliver_set(runtime, opened.set_id, folder)
    resigned(runtime, one)
    assert [] == faults(runtime, one)
    proofs = {
        json.loads(json.loads(p.read_text())["entry"])["event"]["type"]: p.name
        for p in sorted((one / "ledger").iterdir())
    }

    delivered = proofs["autoclave.delivery.made"]
    shutil.copy(other / "ledger" / delivered, one / "ledger" / delivered)
    resigned(runtime, one)
    assert ["ledger"] == faults(runtime, one)

    sealed, signed = (proofs[f"autoclave.restore.{kind}"] for kind in ("sealed", "signed"))
    shutil.copy(other / "ledger" / sealed, other / "ledger" / signed)
    resigned(runtime, other)
    assert ["ledger"] == faults(runtime, other)


def test_an_export_holds_the_sets_and_names_a_forged_signature(runtime, opened, tmp_path):
    """The document and certificate are in the export; another document there is named."""
    export(runtime, tmp_path / "export", "auditor")
    assert [] == faults(runtime, tmp_path / "export")

    changed(tmp_path / "export" / document_key(opened.set_id))

    assert [document_key(opened.set_id)] == faults(runtime, tmp_path / "export")


class CutError(Exception):
    """The power goes off."""


def test_a_delivery_that_was_killed_goes_on(runtime, opened, tmp_path, monkeypatch):
    """The same command keeps what is whole, writes the rest, and is the same delivery."""
    real, count = bags.Bag.place, []

    def place(self, each, content):
        count.append(each)
        if len(count) == 3:
            (tmp_path / "bag" / "data" / HOST / "b").mkdir(exist_ok=True)
            raise CutError
        return real(self, each, content)

    monkeypatch.setattr(bags.Bag, "place", place)
    with pytest.raises(CutError):
        deliver_set(runtime, opened.set_id, tmp_path / "bag")
    assert not (tmp_path / "bag" / "delivery.note").exists()
    monkeypatch.setattr(bags.Bag, "place", real)

    done = deliver_set(runtime, opened.set_id, tmp_path / "bag")

    assert (5, 2) == (done.files, done.kept)
    assert RIGHT == payload(tmp_path / "bag")
    assert [] == faults(runtime, tmp_path / "bag")
    with runtime.catalogue.read() as connection:
        assert [done.delivery_id] == [d.delivery_id for d in deliveries.all_deliveries(connection)]


def test_nothing_that_stands_there_is_overwritten(runtime, opened, tmp_path):
    """A folder that holds something is refused; a stranger in an unfinished bag is not signed."""
    (tmp_path / "full").mkdir()
    (tmp_path / "full" / "letter.txt").write_text("written since")
    with pytest.raises(UsageError):
        deliver_set(runtime, opened.set_id, tmp_path / "full")
    bag = tmp_path / "bag"
    deliver_set(runtime, opened.set_id, bag)
    with pytest.raises(UsageError, match="finished"):
        deliver_set(runtime, opened.set_id, bag)
    (bag / "delivery.note").unlink()
    (bag / "data" / HOST / "a" / "one.txt").write_text("entered since")

    with pytest.raises(RefusedError, match="holds 1 files that do not belong"):
        deliver_set(runtime, opened.set_id, bag)

    assert "entered since" == (bag / "data" / HOST / "a" / "one.txt").read_text()
    assert not (bag / "delivery.note").exists()
    told = json.loads((bag / "renamed.jsonl").read_text())
    assert {"host", "volume", "path_b64", "written_b64"} == told.keys()


def test_what_was_recalled_after_a_kill_is_in_no_signed_bag(runtime, people, opened, tmp_path):
    """The file stands in the unfinished bag already: it is neither deleted nor signed for."""
    bag = tmp_path / "bag"
    deliver_set(runtime, opened.set_id, bag)
    (bag / "delivery.note").unlink()
    recall(runtime, Recalled(digest=digest_of(RIGHT["a/two.txt"])), people["anna"])

    with pytest.raises(RefusedError, match="recalled since it was begun"):
        deliver_set(runtime, opened.set_id, bag)

    assert not (bag / "delivery.note").exists()


def test_a_disk_cannot_say_that_its_delivery_was_recorded(runtime, opened, tmp_path):
    """Otherwise files would go out on no record, or more than is on it: no recall finds them."""
    bag = tmp_path / "bag"
    bag.mkdir()
    for content in (begin_words("none", opened.set_id, ""), b"{" * 5000, b"[1]", b""):
        (bag / "delivery.json").write_bytes(content)
        with pytest.raises(UsageError):
            deliver_set(runtime, opened.set_id, bag)
        assert ["delivery.json"] == [p.name for p in bag.iterdir()]
    (bag / "delivery.json").unlink()

    deliver_set(runtime, opened.set_id, bag)
    (bag / "delivery.note").unlink()
    delivered = recall_tables.delivered
    with runtime.catalogue.write() as connection:
        connection.execute(
            sa.delete(delivered).where(delivered.c.digest == digest_of(RIGHT["a/two.txt"]))
        )

    with pytest.raises(UsageError, match="no delivery that was recorded of these files"):
        deliver_set(runtime, opened.set_id, bag)


def test_what_the_target_lists_under_another_name_lies_under_a_code(
    runtime, opened, tmp_path, monkeypatch
):
    """Where `A` and `a` are one, the second of two like files would be in no listing."""
    real, folded = bags.Bag.names, f"data/{HOST}/a/one.txt".encode()
    monkeypatch.setattr(bags.Bag, "names", lambda self: real(self) - {folded})

    done = deliver_set(runtime, opened.set_id, tmp_path / "bag")

    assert (5, 1) == (done.files, done.renamed)
    told = json.loads((tmp_path / "bag" / "renamed.jsonl").read_text())
    written = tmp_path / "bag" / os.fsdecode(from_base64(told["written_b64"]))
    assert RIGHT["a/one.txt"] == written.read_bytes()


def test_a_target_that_is_too_small_is_refused_before_anything_is_recorded(
    runtime, opened, tmp_path, monkeypatch
):
    """No recall names a delivery that could never be."""
    usage = shutil.disk_usage(tmp_path)._replace(free=10)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage)

    with pytest.raises(StoreError, match="the target has 10 left"):
        deliver_set(runtime, opened.set_id, tmp_path / "bag")

    assert not (tmp_path / "bag").exists()
    with runtime.catalogue.read() as connection:
        assert [] == deliveries.all_deliveries(connection)


def test_a_disk_that_lies_is_found(runtime, opened, tmp_path, monkeypatch):
    """Every file is read back: what the target gives back otherwise ends no delivery."""
    monkeypatch.setattr(bags.Bag, "hashed", lambda self, path: digest_of(b"other"))
    with pytest.raises(StoreError, match="give back"):
        deliver_set(runtime, opened.set_id, tmp_path / "bag")
    assert not (tmp_path / "bag" / "delivery.note").exists()


def test_only_open_sets_are_delivered_and_recalled_files_are_left_out(
    runtime, people, opened, tmp_path
):
    """A sealed one is refused, and so is what is promoted without a set; a recall leaves out."""
    sealed = seal(runtime, Asked(only=("b/*",)), people["anna"]).stored
    with pytest.raises(RefusedError, match="not open"):
        deliver_set(runtime, sealed.set_id, tmp_path / "sealed")
    for case in ("", "another"):
        with pytest.raises(RefusedError, match="has a restore set"):
            deliver(runtime, tmp_path / "plain", case=case)
    before = deliver_set(runtime, opened.set_id, tmp_path / "before")

    done = recall(runtime, Recalled(digest=digest_of(RIGHT["a/two.txt"])), people["anna"])

    assert (before.delivery_id,) == done.plan.taken[0].deliveries
    after = deliver_set(runtime, opened.set_id, tmp_path / "after")
    assert {f"recall {done.recall_id}"} == set(after.withheld.values())
    assert RIGHT.keys() - {"a/two.txt"} == payload(tmp_path / "after").keys()
    assert done.recall_id in (tmp_path / "after" / "recalls.note").read_text()
    assert [] == faults(runtime, tmp_path / "after")


def test_urgent_care_is_handed_out_read_only_and_for_a_day(runtime, people, tmp_path):
    """Files cannot be written by accident, the bag says so, and the next day it is refused."""
    stored = seal(runtime, Asked(only=("a/*",)), people["anna"]).stored
    sign_set(runtime, stored.set_id, people["anna"])
    open_set(runtime, stored.set_id, urgent=True)

    deliver_set(runtime, stored.set_id, tmp_path / "bag")

    path = tmp_path / "bag" / "data" / HOST / "a" / "one.txt"
    assert 0 == path.stat().st_mode & 0o222
    assert "urgent care" in (tmp_path / "bag" / "bag-info.txt").read_text()
    assert [] == faults(runtime, tmp_path / "bag")
    clock = runtime.ledger._home.clock
    tomorrow = replace(runtime.ledger._home, clock=lambda: clock() + timedelta(hours=25))
    runtime.ledger._home = tomorrow
    with pytest.raises(RefusedError, match="not countersigned"):
        deliver_set(runtime, stored.set_id, tmp_path / "late")


def test_a_row_does_not_open_a_set_nor_prolong_an_urgent_one(runtime, people, tmp_path):
    """What the ledger does not say of an opening hands out nothing."""
    stored = seal(runtime, Asked(only=("a/*",)), people["anna"]).stored
    sign_set(runtime, stored.set_id, people["anna"])
    rows = restore_sets.restore_sets
    planted = {"opened_at": 1, "certificate": digest_of(b"none")}
    with runtime.catalogue.write() as connection:
        connection.execute(sa.update(rows).values(planted))
    with pytest.raises(LedgerError, match="opened so"):
        deliver_set(runtime, stored.set_id, tmp_path / "bag")
    with runtime.catalogue.write() as connection:
        connection.execute(sa.update(rows).values(dict.fromkeys(planted)))
    open_set(runtime, stored.set_id, urgent=True)

    for ends in (None, 10**17):
        with runtime.catalogue.write() as connection:
            connection.execute(sa.update(rows).values(countersign_by=ends))
        with pytest.raises(LedgerError, match="opened so"):
            deliver_set(runtime, stored.set_id, tmp_path / "bag")
    assert not (tmp_path / "bag").exists()


def test_the_payload_manifest_is_that_of_the_standard(runtime, opened, tmp_path):
    """RFC 8493: declaration, sums of the payload, one digest a line."""
    deliver_set(runtime, opened.set_id, tmp_path / "bag")

    declared = "BagIt-Version: 1.0\nTag-File-Character-Encoding: UTF-8\n"
    assert declared == (tmp_path / "bag" / "bagit.txt").read_text()
    size = sum(map(len, RIGHT.values()))
    assert f"Payload-Oxum: {size}.5\n" in (tmp_path / "bag" / "bag-info.txt").read_text()
    lines = (tmp_path / "bag" / "manifest-sha256.txt").read_text().splitlines()
    expected = [
        f"{hashlib.sha256(content).hexdigest()}  data/{HOST}/{path}"
        for path, content in sorted(RIGHT.items())
    ]
    assert expected == lines
