import pytest

from custody.records import Counts
from schemas import tally as tally_module
from schemas.interface import NotValidated, Record, Remark, Run
from schemas.reasons.table import because
from schemas.report import Report, decode_report, encode_report
from schemas.tally import ELSEWHERE, Tally


def bad(number, code="TAB-002", where=""):
    """A record with one reason."""
    return Record(number=number, offset=0, size=1, reasons=(because(code, where, "99"),))


def report(*said):
    """The sum of what was said."""
    tally = Tally()
    tally.take(said)
    return tally.report("csv", "text/csv")


def test_a_million_bad_rows_are_one_group():
    """Reasons of one code at one place are counted, and only the first records are named."""
    made = report(*(bad(number) for number in range(1, 1001)))

    assert [(1000, (1, 2, 3, 4, 5))] == [(g.count, g.records) for g in made.groups]
    assert 1000 == made.counts.refused


def test_places_are_apart_until_there_are_too_many(monkeypatch):
    """Beyond a bounded number of places reasons are summed up elsewhere, never dropped."""
    monkeypatch.setattr(tally_module, "MOST_GROUPS", 2)
    made = report(*(bad(number, where=f"column {number}") for number in range(1, 6)))

    assert ["column 1", "column 2", ELSEWHERE] == [g.where for g in made.groups]
    assert 5 == sum(g.count for g in made.groups)


def test_runs_records_and_remarks_add_up():
    """Runs are accepted, flagged records too, and a remark touches no record."""
    run = Run(number=1, count=7, offset=0, size=7)
    made = report(run, bad(8, "TAB-017"), bad(9), Remark(reason=because("TAB-020")))

    assert Counts(read=9, accepted=8, refused=1, flagged=1) == made.counts


@pytest.mark.parametrize(
    ("said", "whole"),
    [
        ([Run(number=1, count=1, offset=0, size=1)], True),
        ([bad(1, "TAB-017")], True),
        ([bad(1)], False),
        ([], False),
        ([Run(number=1, count=1, offset=0, size=1), Remark(reason=because("HL7-007"))], False),
        (
            [Run(number=1, count=1, offset=0, size=1), NotValidated(schema="csv", reason="cut")],
            False,
        ),
    ],
)
def test_only_what_was_read_whole_is_whole(said, whole):
    """Nothing read, something refused, a lying count, an end not reached: none is whole."""
    assert whole is report(*said).is_whole


def test_reports_travel_unchanged():
    """What the box encodes is what the caller decodes."""
    made = report(bad(1), bad(2, "TAB-017", "row"), NotValidated(schema="csv", reason="cut"))

    assert made == decode_report(encode_report(made))


@pytest.mark.parametrize(
    "change",
    [
        {"counts": [2, 1, 0, 0]},
        {"counts": [-1, -1, 0, 0]},
        {"counts": [True, 1, 0, 0]},
        {"counts": [1, 1]},
        {"groups": [["XXX-1", "integrity", "", 1, [], ""]]},
        {"groups": [["TAB-002", "harmless", "", 1, [], ""]]},
        {"groups": [["TAB-002", "integrity", "", 1, ["1"], ""]]},
        {"groups": [["TAB-002"]]},
        {"groups": [["TAB-002", "integrity", "x" * 400, 1, [], ""]]},
        {"groups": [["TAB-002", "integrity", "", 1, [], ""]] * 3000},
        {"unread": None},
        {"schema": 5},
    ],
)
def test_forged_reports_are_refused(change):
    """A process that was taken over cannot make counts that do not add up, or codes of its own."""
    good = encode_report(report(Run(number=1, count=1, offset=0, size=1)))
    with pytest.raises(ValueError, match=r".*"):
        decode_report({**good, **change})
    with pytest.raises(ValueError, match=r".*"):
        decode_report([])


def test_a_report_without_groups_says_nothing():
    """Counts alone make a report; its class is a frozen value."""
    counts = Counts(read=1, accepted=1, refused=0, flagged=0)
    assert Report(schema="x", media_type="", counts=counts).is_whole
