import pytest

from cli.dry_run import Foreseen, duration, lines, report
from custody.names import escape

ONE = Foreseen(source="a", listed=10, excluded=1, not_taken=2, bytes=1000)
TWO = Foreseen(source="b", listed=5, excluded=0, not_taken=0, bytes=24)


def test_sources_add_up():
    """The numbers of a dry run are the sums over its sources."""
    assert Foreseen(source="a", listed=15, excluded=1, not_taken=2, bytes=1024) == ONE + TWO


def test_only_what_is_taken_takes_time():
    """Excluded entries and pipes cost nothing."""
    low, high = duration(Foreseen(source="a", listed=10, excluded=4, not_taken=6, bytes=0))

    assert (0.0, 0.0) == (low, high)


@pytest.mark.parametrize("size", [0, 10**6, 10**12])
def test_the_estimate_is_a_range(size):
    """The least time is below the most, whatever the size."""
    low, high = duration(Foreseen(source="a", listed=1000, bytes=size))

    assert 0 < low < high


def test_the_report_adds_up_and_says_whether_there_is_room(tmp_path):
    """Sums stand beside the sources, room is for two copies, and the list has no surprise."""
    told = report([ONE, TWO], tmp_path)

    assert {"dry_run": True, "listed": 15, "excluded": 1, "not_taken": 2, "bytes": 1024} == {
        key: told[key] for key in ("dry_run", "listed", "excluded", "not_taken", "bytes")
    }
    assert (2048, told["free"] > 2048) == (told["needed"], told["enough"])
    assert ["a", "b"] == [source["source"] for source in told["sources"]]


def test_too_little_room_is_said_aloud(tmp_path):
    """Who reads only one line sees that the home is too small."""
    told = report([Foreseen(source="a", listed=1, bytes=2**62)], tmp_path)

    assert told["enough"] is False
    assert any("NOT ENOUGH" in line for line in lines(told))


def test_the_lines_are_printable(tmp_path):
    """What people read is plain text."""
    assert all(line == escape(line.encode()) for line in lines(report([ONE], tmp_path)))
