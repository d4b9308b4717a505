"""The recovery report of four snapshots: what came back, what is lost and why, and the cause."""

import json

import pytest

from audit.evidence import parse_key
from audit.history import History
from custody.case import CaseKind
from custody.digest import digest_of
from custody.errors import UsageError
from pipeline.deciding.declaring import Change, declare
from pipeline.proving.verify import verify
from pipeline.restoring.asked import Asked
from pipeline.restoring.recovery import KIND, recovery_report, write_report
from pipeline.restoring.seal import seal
from tests.corpus.homes import CASE
from tests.corpus.snapshots import HOST, report


def test_a_report_says_what_came_back_and_what_is_lost_and_why(runtime, people):
    """By service, with reasons; the lost ones and their cause are those of the snapshots."""
    sealed = seal(runtime, Asked(), people["anna"]).stored
    told = recovery_report(runtime, Asked())

    [wards] = told["services"]
    # a/one, a/two and b/three of Friday, c/four and c/five of Saturday.
    size = 3 * len(report(1, "friday")) + 2 * len(report(4, "saturday"))
    assert ("wards", 5, str(size)) == (wards["service"], wards["restore"], wards["bytes"])
    why = {(w["outcome"], w["verdict"]): w["paths"] for w in wards["why"]}
    assert 1 == why["lost", "encrypted"]
    assert 1 == why["lost", "damaged"]
    assert 3 == sum(n for (outcome, _), n in why.items() if outcome == "encrypted-copy")
    assert 1 == sum(n for (outcome, _), n in why.items() if outcome == "kept-out")
    assert "attack" == told["conclusion"]
    assert [(sealed.set_id, None, 0)] == [
        (s["set"], s["opened_at"], s["deliveries"]) for s in told["sets"]
    ]
    assert b"never-clean" not in json.dumps(told).encode()


def test_a_failure_that_the_evidence_contradicts_is_not_reported_as_one(runtime, people):
    """Two people may declare it; the encrypted files of the snapshots stay what they are."""
    for name in ("anna", "bert"):
        declare(runtime, CASE, Change(kind=CaseKind.FAILURE), people[name])

    told = recovery_report(runtime, Asked(host=HOST))

    assert ("failure", "failure-contradicted") == (told["kind"], told["conclusion"])
    assert told["verdicts"]["encrypted"] >= 9


def test_what_is_written_is_what_the_ledger_names(runtime, tmp_path):
    """Five files in a new folder, each by its digest; a folder that is there is refused."""
    told = recovery_report(runtime, Asked())
    written = write_report(runtime, told, tmp_path / "report", "anna")

    names = {f"recovery.{e}" for e in ("json", "fr.html", "en.html", "fr.pdf", "en.pdf")}
    assert names == {path.name for path in written}
    events = list(History(runtime.audit, parse_key(runtime.ledger.vkey)).events())
    [said] = [e["body"] for e in events if e["body"].get("kind") == KIND]
    assert said["files"] == {path.name: digest_of(path.read_bytes()) for path in written}
    assert told == json.loads((tmp_path / "report" / "recovery.json").read_bytes())
    assert () == verify(runtime).faults
    with pytest.raises(UsageError, match="cannot be written"):
        write_report(runtime, told, tmp_path / "report", "anna")
