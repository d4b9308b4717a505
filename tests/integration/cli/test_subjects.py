"""Which patients a loss touches: how many for everybody, who they are for who may ask."""

import json
import sqlite3

import pytest

from audit.evidence import parse_key
from audit.history import History
from pipeline.proving import verify
from pipeline.settings import read_settings
from pipeline.wiring import open_runtime
from tests.corpus import extracts, messages, tables
from tests.corpus.packages import archive

NIR = "262087503203977"
BAD = "2026-02-31T07:30:00"


def rows(*lines):
    """A table of results."""
    return "\n".join([tables.HEADING, *lines, ""]).encode()


def a_disk(folder):
    """A cut table, a held message, a clean one, and a clean message in an archive."""
    folder.mkdir()
    lost = tables.line(2, ipp="LOST1", collected_at=BAD)
    table = rows(tables.line(1, ipp="KEPT1"), lost, tables.line(3, ipp="LOST1"))
    (folder / "results.csv").write_bytes(table)
    held = messages.admission(
        patient=f"PID|1||{NIR}^^^A&1.2.250.1.213.1.4.8&ISO^INS||DURAND", at="20260231073000"
    )
    (folder / "held.hl7").write_bytes(messages.written(held))
    (folder / "good.hl7").write_bytes(messages.written(messages.admission()))
    (folder / "in.zip").write_bytes(archive({"a.hl7": extracts.batch(bad=()).content}))
    return folder


@pytest.fixture
def disk(tmp_path):
    """The disk."""
    return a_disk(tmp_path / "disk")


@pytest.fixture
def on_disk(commands, disk):
    """Commands on a home that recovered it."""
    assert 3 == commands("recover", disk, "--host", "srv1", "--service", "labo").code
    return commands


@pytest.fixture
def owner(on_disk, tmp_path):
    """The options of a data owner who asks."""
    return (*on_disk.person(tmp_path, "olga", role="data-owner"), "--reason", "letters to patients")


def events(home, kind):
    """The events of one kind in a home's ledger, as an outsider reads them."""
    with open_runtime(read_settings(home)) as runtime:
        history = History(runtime.audit, parse_key(runtime.ledger.vkey))
        return [e for e in history.events() if e["type"] == kind]


def test_everybody_is_told_how_many_and_nobody_who(on_disk):
    """Counts need no name, and show none."""
    lost, held = on_disk("subjects", "--lost", "--json"), on_disk("subjects", "--held", "--json")
    every = on_disk("subjects", "--json")

    assert (0, 1, 1) == (lost.code, lost.json["patients"], lost.json["identifiers"])
    assert 1 == held.json["patients"]
    assert (2, 4) == (every.json["patients"], every.json["identifiers"])
    assert "LOST1" not in lost.out + every.out + on_disk("subjects", "--lost").out


def test_a_data_owner_is_told_who_after_the_ledger_knows(on_disk, owner):
    """The reading is signed, has its reason, and is in the ledger without an identifier."""
    asked = on_disk("subjects", "--lost", *owner, "--json")

    (told,) = asked.lines
    assert ("ipp", "LOST1", 1, 1, ["labo"]) == tuple(
        told[key] for key in ("system", "value", "accepted", "refused", "services")
    )
    (event,) = events(on_disk.home, "autoclave.subjects.read")
    assert ("olga", "letters to patients") == (event["actor"], event["body"]["reason"])
    assert "LOST1" not in json.dumps(event)


def test_held_records_are_told_by_their_content(on_disk, owner):
    """Those of a hold, of one content, and of what is in an archive are told apart."""
    (held,) = on_disk("subjects", "--held", *owner, "--json").lines
    listed = {e["path"]: e["digest"] for e in on_disk("list", "--json").lines}
    inside = on_disk("subjects", "--of", listed["in.zip"], *owner, "--json").lines

    assert NIR[:13] == held["value"]
    assert [("nord", "P1", 6)] == [(p["system"], p["value"], p["accepted"]) for p in inside]


@pytest.mark.parametrize("typed", ["LOST1", " lost1 ", "LOST1 --system ipp"])
def test_a_patient_is_found_by_identifier(on_disk, owner, typed):
    """Where the records are is answered by the code of the identifier."""
    words = typed.split(" --system ")
    more = ("--system", words[1]) if len(words) > 1 else ()

    found = on_disk("subjects", "--find", words[0], *more, *owner, "--json").lines

    assert [("superseded", "srv1", 1, 1)] == [
        (e["stage"], e["host"], e["accepted"], e["refused"]) for e in found
    ]


def test_a_patient_is_found_with_and_without_the_key_of_the_number(on_disk, owner):
    """A NIR has 13 characters and a key; both are typed."""
    both = [on_disk("subjects", "--find", n, *owner, "--json").lines for n in (NIR, NIR[:13])]

    assert ["held"] == [e["stage"] for e in both[0]]
    assert both[0] == both[1]
    assert [] == on_disk("subjects", "--find", "NOBODY", *owner, "--json").lines


@pytest.mark.parametrize("role", ["analyst", "approver", "admin", "engineer"])
def test_other_roles_are_told_nothing(on_disk, tmp_path, role):
    """Who may release a file may not see for that who is in it; the attempt shows nothing."""
    person = on_disk.person(tmp_path, "paul", role=role)
    refused = on_disk("subjects", "--lost", *person, "--reason", "curious", "--json")

    assert (5, "") == (refused.code, refused.out)
    assert [] == events(on_disk.home, "autoclave.subjects.read")


def test_without_a_reason_or_a_name_nothing_is_told(on_disk, owner):
    """Both are asked for."""
    assert 2 == on_disk("subjects", "--lost", *owner[:4], "--json").code
    assert 2 == on_disk("subjects", "--find", "LOST1").code
    assert 2 == on_disk("subjects", "--lost", "--held").code


def test_switched_off_nothing_is_kept(commands, disk, monkeypatch):
    """Where the law says so, no identifier leaves the box, and the answer says what is missing."""
    monkeypatch.setenv("AUTOCLAVE_RECORDS_SUBJECTS", "off")
    assert 3 == commands("recover", disk, "--host", "srv1").code

    told = commands("subjects", "--json").json

    assert (0, 3) == (told["identifiers"], told["unindexed"])
    assert not (commands.home / "keys" / "subjects.key").exists()
    monkeypatch.setenv("AUTOCLAVE_RECORDS_SUBJECTS", "of")
    assert 2 == commands("recover", disk, "--host", "srv2").code


@pytest.mark.parametrize("lose", [False, True])
def test_the_key_is_changed_and_a_lost_one_is_said(on_disk, owner, lose):
    """After a rotation the same patients are found; with a lost key nobody is, and that is said."""
    key = on_disk.home / "keys" / "subjects.key"
    before = key.read_bytes()
    if lose:
        key.unlink()
        assert [] == on_disk("subjects", "--find", "LOST1", *owner, "--json").lines
        assert 4 == on_disk("subjects", "--json").json["lost_keys"]

    rotated = on_disk("subjects", "rotate", "--as", "olga", "--reason", "left", "--json")

    assert (0, 1, 0) == (rotated.code, rotated.json["shards"], rotated.json["left"])
    assert before != key.read_bytes()
    assert 1 == len(on_disk("subjects", "--find", "LOST1", *owner, "--json").lines)
    assert 0 == on_disk("subjects", "--json").json["lost_keys"]
    assert 1 == len(events(on_disk.home, "autoclave.subjects.rotated"))


def test_the_index_is_made_again_with_the_catalogue(on_disk, owner):
    """What the ledger and the encrypted objects hold suffices, and everything verifies."""
    before = on_disk("subjects", *owner, "--json").lines

    assert 0 == on_disk("catalogue", "rebuild").code

    assert before == on_disk("subjects", *owner, "--json").lines
    with open_runtime(read_settings(on_disk.home)) as runtime:
        assert () == verify.verify(runtime, deep=True).faults


@pytest.mark.parametrize("path", [None, "results.csv"])
def test_an_erasure_takes_whom_the_records_were_about(on_disk, owner, path):
    """With a file's name goes who is in it; with a host's all; a rebuild brings nothing back."""
    only = () if path is None else ("--path", path)
    assert 0 == on_disk("erase", "--host", "srv1", *only, "--reason", "asked", "--yes").code

    left = {p["value"] for p in on_disk("subjects", *owner, "--json").lines}

    assert (set() if path is None else {NIR[:13], "P1"}) == left
    assert 0 == on_disk("catalogue", "rebuild").code
    assert left == {p["value"] for p in on_disk("subjects", *owner, "--json").lines}
    with open_runtime(read_settings(on_disk.home)) as runtime:
        assert () == verify.verify(runtime, deep=True).faults


def test_the_same_content_counts_once(commands, disk, tmp_path):
    """A second disk with the same files has the same patients, not more."""
    again = a_disk(tmp_path / "again")
    assert 3 == commands("recover", disk, "--host", "srv1").code
    first = commands("subjects", "--json").json
    assert 3 == commands("recover", again, "--host", "srv2").code

    both = commands("subjects", "--json").json
    assert (first["patients"], first["identifiers"]) == (both["patients"], both["identifiers"])


def test_the_database_holds_no_identifier(on_disk):
    """Codes have 16 bytes, and nothing else of a patient stands in the tables."""
    with sqlite3.connect(on_disk.home / "catalogue.sqlite") as database:
        codes = [code for (code,) in database.execute("SELECT code FROM subjects")]
        dump = "\n".join(database.iterdump())

    assert {16} == {len(code) for code in codes}
    assert not any(value in dump for value in ("LOST1", "KEPT1", NIR[:13]))
