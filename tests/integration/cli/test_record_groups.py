"""A data owner's answer for a group of refused records, from the preview to the next run."""

import threading
from dataclasses import replace

import pytest

from cli.hospital.dicom import instance
from custody.digest import digest_of
from pipeline.proving import verify
from pipeline.rescanning.rescan import Asked, rescan
from pipeline.settings import ArchivesSettings, read_settings
from pipeline.wiring import open_runtime
from tests.corpus import extracts, messages, tables
from tests.unit.schemas.dicom.test_dicom import STUDY

# A day that does not exist, and a text that a spreadsheet would run.
LATE, FORMULA = "GEN-008", "TAB-005"
BAD = "2026-02-31T07:30:00"


def rows(*lines):
    """A table of results."""
    return "\n".join([tables.HEADING, *lines, ""]).encode()


MIXED = rows(
    tables.line(1), tables.line(2, collected_at=BAD), tables.line(3, label="=1+1"), tables.line(4)
)
LATE_ONLY = rows(tables.line(1), tables.line(2, collected_at=BAD), tables.line(5))


@pytest.fixture
def home(commands, tmp_path):
    """Commands on a home that recovered a table with one reason, one with two, and a message."""
    disk = tmp_path / "disk"
    disk.mkdir()
    (disk / "late.csv").write_bytes(LATE_ONLY)
    (disk / "mixed.csv").write_bytes(MIXED)
    (disk / "bad.hl7").write_bytes(messages.written(messages.admission(at="20260231073000")))
    (disk / "batch.hl7").write_bytes(extracts.batch().content)
    assert 3 == commands("recover", disk, "--host", "srv1").code
    return commands


@pytest.fixture
def people(home, tmp_path):
    """A data owner and an analyst, with the options of each."""
    owner = home.person(tmp_path, "olga", role="data-owner")
    analyst = home.person(tmp_path, "anna")
    why = ("--reason", "an old habit of this laboratory")
    return (*owner, *why), (*analyst, *why)


def group(answer, schema="lab-results", code=LATE, host="srv1"):
    """The words of a decision."""
    return ("records", "decide", answer, "--schema", schema, "--code", code, "--host", host)


def stages(commands):
    """Where each file stands."""
    return {e["path"]: e["stage"] for e in commands("list", "--json").lines}


def counts(commands, schema="lab-results"):
    """Read, accepted, refused and flagged records of a schema."""
    (line,) = commands("records", "--schema", schema, "--json").lines
    return tuple(line[name] for name in ("read", "accepted", "refused", "flagged"))


def faults(commands):
    """What a deep verification finds."""
    with open_runtime(read_settings(commands.home)) as runtime:
        return verify.verify(runtime, deep=True).faults


def test_a_preview_says_what_is_touched_and_changes_nothing(home):
    """Files, records, those with no other reason, and where they stand."""
    before = stages(home)
    expected = {"files": 2, "records": 2, "alone": 1, "stages": {"superseded": 2}}

    assert expected == home(*group("accept"), "--preview", "--json").json
    assert before == stages(home)


def test_two_people_accept_a_group_and_the_extracts_pass_again(home, people):
    """What had no other reason is promoted whole; the other is cut anew, with one row more."""
    owner, analyst = people
    assert (7, 4, 3, 0) == counts(home)

    first = home(*group("accept"), *analyst, "--json")
    waiting = stages(home)
    second = home(*group("accept"), *owner, "--json")

    assert (3, False) == (first.code, first.json["effective"])
    assert "superseded" == waiting["late.csv"]
    assert (0, True, 2, 2) == (
        second.code,
        *(second.json[name] for name in ("effective", "entries", "promoted")),
    )
    assert ("promoted", "superseded") == tuple(
        stages(home)[name] for name in ("late.csv", "mixed.csv")
    )
    assert (7, 6, 1, 2) == counts(home)
    assert () == faults(home)


def test_an_acceptance_is_shown_and_survives_a_rebuild(home, people):
    """`records` says who accepted what until when; the ledger holds all of it."""
    for person in people:
        home(*group("accept"), *person)
    before = stages(home), home("records", "--json").lines

    assert 0 == home("catalogue", "rebuild").code

    (line,) = home("records", "--schema", "lab-results", "--json").lines
    reasons = {(r["code"], r["class"]): r["decision"] for r in line["reasons"]}
    assert ("accept-records", "anna") == tuple(
        reasons[LATE, "conformance"][name] for name in ("action", "actor")
    )
    assert before == (stages(home), home("records", "--json").lines)
    assert () == faults(home)


def test_an_acceptance_holds_for_the_next_run_and_a_withdrawal_ends_that(home, people, tmp_path):
    """Another extract of the host is judged in the same way, until the owner takes it back."""
    owner, analyst = people
    for person in (owner, analyst):
        home(*group("accept"), *person)
    for name in ("second", "third"):
        (tmp_path / name).mkdir()
        content = rows(tables.line(11), tables.line(12, label=name, collected_at=BAD))
        (tmp_path / name / f"{name}.csv").write_bytes(content)

    home("recover", tmp_path / "second", "--host", "srv1")
    assert 0 == home(*group("withdraw"), *owner).code
    home("recover", tmp_path / "third", "--host", "srv1")

    found = stages(home)
    assert ("promoted", "superseded") == (found["second.csv"], found["third.csv"])
    assert "promoted" == found["late.csv"]
    assert 2 == home(*group("withdraw"), *owner).code


def test_a_re_scan_that_judges_anew_keeps_to_what_was_accepted(home, people):
    """Under other limits every record is validated again, and the owner's answer still holds."""
    for person in people:
        home(*group("accept"), *person)
    before = stages(home)
    settings = replace(read_settings(home.home), archives=ArchivesSettings(limits="bulk"))

    with open_runtime(settings) as runtime:
        done = rescan(runtime, Asked(), threading.Event())

    assert "promoted" == before["late.csv"]
    assert (True, (), before) == (done.changed > 0, done.plan.standing, stages(home))
    assert () == faults(home)


def test_a_disarmed_copy_is_judged_by_what_was_accepted_too(home, people, tmp_path):
    """An image with a day that is none and a stray byte: its copy differs in the byte alone."""
    image = instance(STUDY, 1, preamble=b"\x01").replace(b"20260312", b"20260231", 1)
    (tmp_path / "image").mkdir()
    (tmp_path / "image" / "image.dcm").write_bytes(image)
    home("recover", tmp_path / "image", "--host", "srv1")
    for person in people:
        home(*group("accept", schema="dicom"), *person)
    assert "held" == stages(home)["image.dcm"]

    assert 0 == home("disarm", digest_of(image), *people[1]).code

    assert "superseded" == stages(home)["image.dcm"]
    assert () == faults(home)


def test_another_host_keeps_its_refusals(home, people, tmp_path):
    """A decision is about one server."""
    for person in people:
        home(*group("accept"), *person)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "other.csv").write_bytes(LATE_ONLY)

    home("recover", tmp_path / "other", "--host", "srv2")

    assert "superseded" == stages(home)["other.csv"]


def test_an_owner_refuses_a_group_for_good(home, people):
    """What is held for that reason alone is rejected; what was cut stays as it is."""
    owner, analyst = people
    refused = group("refuse", schema="hl7v2")
    assert 5 == home(*refused, *analyst).code

    done = home(*refused, *owner, "--json")

    assert (0, 1) == (done.code, done.json["entries"])
    assert ("rejected", "superseded") == tuple(
        stages(home)[name] for name in ("bad.hl7", "batch.hl7")
    )
    assert () == faults(home)


def test_an_older_copy_is_asked_for(home, people):
    """It moves nothing, and `records` says so, until another decision takes its place."""
    owner, _ = people
    before = stages(home)
    assert 0 == home(*group("await-copy"), *owner).code

    assert before == stages(home)
    assert "await-copy by olga" in home("records").out
    assert 0 == home(*group("refuse"), *owner).code
    assert "await-copy" not in home("records").out


def test_what_looks_planted_is_accepted_for_no_group_but_formulas_may_be(home, people):
    """A formula may be a laboratory's habit; what is not there, or is over, nobody signs."""
    _, analyst = people

    assert 3 == home(*group("accept", code=FORMULA), *analyst).code
    assert 2 == home(*group("accept", code="GEN-014"), *analyst).code
    assert 2 == home(*group("accept", code="x"), *analyst).code
    assert 2 == home(*group("accept"), *analyst, "--until", "2020-01-01").code


def test_two_people_who_own_no_records_accept_nothing(home, tmp_path):
    """One of the two is a data owner."""
    anna, bert = (
        (*home.person(tmp_path, name), "--reason", "it looks fine") for name in ("anna", "bert")
    )

    assert 3 == home(*group("accept"), *anna).code
    assert 5 == home(*group("accept"), *bert).code
    assert "superseded" == stages(home)["late.csv"]
