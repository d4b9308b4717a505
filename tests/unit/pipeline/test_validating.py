from datetime import date
from pathlib import Path

import pytest

from custody.box import Answer, Failure, FailureCode
from custody.errors import UsageError
from pipeline.validating import planned, read_reply
from schemas.report import encode_report
from schemas.tally import Tally

TODAY = date(2026, 3, 13)


@pytest.mark.parametrize(
    ("reply", "told"),
    [
        (Failure(code=FailureCode.TIMED_OUT), "timed out"),
        (
            Failure(code=FailureCode.RAISED, detail="KeyError"),
            "could not read the sample: KeyError",
        ),
        (Answer(untrusted_value={"counts": [9, 9, 0, 0]}), "answered out of protocol"),
        (Answer(untrusted_value=None), "answered out of protocol"),
    ],
)
def test_no_proper_answer_is_never_a_success(reply, told):
    """A crash, a deadline or a forged answer makes a report of nothing that says why."""
    report = read_reply(reply, "csv")

    assert not report.is_whole
    assert (told, 0) == (report.unread, report.counts.read)
    assert ["GEN-001"] == [group.code for group in report.groups]


def test_a_proper_answer_is_its_report():
    """What the program encoded is what the caller reads."""
    made = Tally().report("csv", "text/csv")

    assert made == read_reply(Answer(untrusted_value=encode_report(made)), "csv")


def test_what_cannot_be_planned_is_a_usage_error(tmp_path):
    """An unknown schema, a missing contract and a folder that is none end before any file."""
    for schema, definitions in (("nothing", None), ("no.yaml", None), (None, tmp_path / "no")):
        with pytest.raises(UsageError):
            planned(schema, today=TODAY, definitions=definitions)


def test_a_plan_names_what_the_box_prepares(tmp_path):
    """Contracts and definitions travel as absolute paths, to be read before the lock."""
    contract = tmp_path / "own.yaml"
    contract.write_text("name: own\nfields: [{name: a}, {name: b}]\n")
    plan = planned(str(contract), today=TODAY, definitions=tmp_path)
    (program,) = plan.programs

    assert "own" == plan.schema
    assert {"contracts": [str(contract)], "definitions": [str(tmp_path)]} == program.params
    assert Path(program.params["contracts"][0]).is_absolute()
    assert "" == planned(None, today=TODAY).schema
