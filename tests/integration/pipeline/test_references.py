"""Foreign keys between the tables of a source, judged when all of them are inspected."""

from datetime import UTC, datetime, timedelta

import pytest

from pipeline import listing, record_report
from pipeline.deciding import decisions
from pipeline.proving import verify
from pipeline.record_report import Wanted
from pipeline.settings import Settings
from pipeline.wiring import open_runtime
from tests.corpus.homes import a_person, a_source
from tests.corpus.keeping import KeptFile
from tests.integration.pipeline.rebuilding.test_rebuild import rebuilt_differs
from tests.integration.pipeline.test_record_decisions import declaring

PATIENTS = """\
name: people
dialect: {delimiter: ";"}
schema:
  primaryKey: ipp
  fields:
    - {name: ipp, type: string}
    - {name: name, type: string}
"""
RESULTS = """\
name: results
encoding: latin-1
dialect: {delimiter: ";"}
schema:
  foreignKeys:
    - {fields: patient, reference: {resource: people, fields: ipp}}
  fields:
    - {name: code, type: string}
    - {name: patient, type: string}
    - {name: amount, type: integer}
"""
PEOPLE = "ipp;name\nP1;DURAND\nPÉ;MARTIN\n".encode()
LATER = datetime.now(UTC) + timedelta(days=30)
SOUND = "code;patient;amount\nA;P1;1\nB;PÉ;2\nC;;3\n".encode("latin-1")
ORPHAN = b"code;patient;amount\nA;P1;1\nB;P9;2\nC;P8;3\n"


@pytest.fixture
def world(tmp_path):
    """A disk with tables, a home, and the contracts that an operator declares."""
    disk = tmp_path / "disk"
    disk.mkdir()
    for name, text in (("people", PATIENTS), ("results", RESULTS)):
        (tmp_path / f"{name}.yaml").write_text(text)
    given = (
        f"people*.csv={tmp_path / 'people.yaml'}",
        f"results*.csv={tmp_path / 'results.yaml'}",
    )
    return disk, Settings(home=tmp_path / "home"), given


def stages(runtime):
    """Where each entry of the latest run stands, and why."""
    return {e["path"]: (e["stage"], e["reason"] or "") for e in listing.entries(runtime)}


def test_rows_that_point_at_no_row_hold_their_table(world, tmp_path):
    """Whatever encodings the tables have; a row without a value points at nothing."""
    disk, settings, given = world
    (disk / "people.csv").write_bytes(PEOPLE)
    (disk / "results.csv").write_bytes(SOUND)
    (disk / "results-2.csv").write_bytes(ORPHAN)
    with open_runtime(settings) as runtime:
        source = a_source(disk)
        declaring(runtime, source, *given)
        found = stages(runtime)
        (told,) = [
            reason
            for line in record_report.report(runtime, Wanted(schema="results"))
            for reason in line["reasons"]
            if reason["code"] == "TAB-015"
        ]
        two = [a_person(runtime, tmp_path, name) for name in ("alice", "bruno")]
        (held,) = [e for e in listing.entries(runtime) if e["stage"] == "held"]
        for who in two:
            decisions.release(runtime, held["digest"], who, LATER)
        released = stages(runtime)
        assert () == verify.verify(runtime, deep=True).faults
    kept = KeptFile(settings.home, tmp_path / "kept.sqlite")

    assert {"people.csv": "promoted", "results.csv": "promoted", "results-2.csv": "held"} == {
        path: stage for path, (stage, _) in found.items()
    }
    assert "missing-reference" in found["results-2.csv"][1]
    assert (1, 2) == (told["files"], told["records"])
    assert told["message"].endswith("(people)")
    assert "promoted" == released["results-2.csv"][0]
    assert set() == rebuilt_differs(settings, kept)


def test_a_table_that_is_not_there_proves_nothing(world):
    """The other table may be lost: what points at it is not let in on trust."""
    disk, settings, given = world
    (disk / "results.csv").write_bytes(SOUND)
    with open_runtime(settings) as runtime:
        declaring(runtime, a_source(disk), *given)
        stage, reason = stages(runtime)["results.csv"]

    assert "held" == stage
    assert "unproven-reference" in reason


def test_refused_rows_and_orphans_hold_the_whole(world):
    """A table with refused rows is not cut when its other rows point at nothing."""
    disk, settings, given = world
    (disk / "people.csv").write_bytes(PEOPLE)
    (disk / "results.csv").write_bytes(ORPHAN + b"D;P1;x\n")
    (disk / "results-2.csv").write_bytes(SOUND + b"D;P1;x\n")
    with open_runtime(settings) as runtime:
        declaring(runtime, a_source(disk), *given)
        found = {path: stage for path, (stage, _) in stages(runtime).items()}

    assert {"people.csv": "promoted", "results.csv": "held", "results-2.csv": "superseded"} == found
