"""Calendars without programs: what an alarm starts goes, every other byte stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.faults import MalformedError
from sanitizers.disarming.calendars import DISARMER, PROGRAM
from sanitizers.disarming.interface import Removed
from tests.corpus.calendars import calendar, sound, starting

PLAIN = frozenset()


def disarm(content):
    """The copy of a calendar."""
    return DISARMER.disarm(content, PLAIN)


@pytest.mark.parametrize(
    "alarm",
    [
        starting(),
        starting().lower(),
        starting().replace(b"ACTION:", b"ACTION;X-A=1: "),
        starting().replace(b"ACTION", b"ACT\r\n ION"),
        starting().replace(b"ACTION", b"ACT\0ION"),
        starting().replace(b"\r\n", b"\n"),
    ],
    ids=["plain", "lower", "parameters", "folded", "zeros", "lines"],
)
def test_an_alarm_that_starts_a_program_is_gone(alarm):
    """However it is written."""
    made = disarm(calendar(alarm, sound()))

    assert calendar(sound()) == made.content
    assert (Removed(code=PROGRAM, where="VALARM", times=1),) == made.removed
    assert (PROGRAM,) == DISARMER.walk(calendar(alarm))
    assert DISARMER.walk(made.content) == ()


def test_a_calendar_without_one_stays_as_it_is():
    """Alarms that ring are no programs."""
    made = disarm(calendar(sound()))

    assert (calendar(sound()), ()) == (made.content, made.removed)


def test_an_alarm_without_an_end_is_held():
    """Nobody knows where it would end."""
    with pytest.raises(MalformedError):
        disarm(calendar(starting().replace(b"END:VALARM\r\n", b"")))


def test_a_copy_that_lost_an_event_is_not_equal():
    """What is measured is everything that stays."""
    whole = calendar(starting(), sound())
    other = calendar(sound()).replace(b"SUMMARY:Visit", b"SUMMARY:Visitor")

    assert DISARMER.measure(whole) == DISARMER.measure(disarm(whole).content)
    assert DISARMER.measure(whole) != DISARMER.measure(other)


LINE = st.sampled_from(
    [b"BEGIN:VALARM", b"END:VALARM", b"ACTION:PROCEDURE", b"ACTION:DISPLAY", b"SUMMARY:x", b" y"]
)


@given(st.lists(LINE, max_size=12), st.sampled_from([b"\r\n", b"\n"]))
def test_what_is_disarmed_is_proven(lines, end):
    """Of lines in any order: a copy is stable and equal, and nothing in an alarm is left."""
    content = end.join([*lines, b""])
    try:
        made = disarm(content)
    except MalformedError:
        return
    assert made.content == disarm(made.content).content
    assert DISARMER.measure(content) == DISARMER.measure(made.content)
