from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from cli.options import day, exit_codes, moment
from custody.errors import EXIT_MEANINGS, ExitCode, UsageError


def test_a_moment_without_a_zone_is_utc():
    """Times on the command line are UTC unless they say otherwise."""
    assert datetime(2026, 3, 13, 19, tzinfo=UTC) == moment("2026-03-13T19:00")


def test_a_moment_keeps_its_zone():
    """A zone that is written is kept."""
    paris = timezone(timedelta(hours=1))

    assert datetime(2026, 3, 13, 19, tzinfo=paris) == moment("2026-03-13T19:00+01:00")


def test_nothing_stays_nothing():
    """An option that was not given is no moment and no day."""
    assert (None, None) == (moment(None), day(None))


def test_a_day_is_read():
    """A date of an exception's end is a day."""
    assert date(2026, 3, 13) == day("2026-03-13")


@pytest.mark.parametrize("read", [moment, day])
@pytest.mark.parametrize("text", ["", "tomorrow", "13/03/2026", "2026-02-30"])
def test_what_is_no_date_is_a_usage_error(read, text):
    """A date that cannot be read is the caller's error, with an example."""
    with pytest.raises(UsageError) as caught:
        read(text)

    assert "2026-03-13" in caught.value.next_step


def test_the_foot_of_a_help_explains_each_code():
    """Every exit code stands with its meaning."""
    foot = exit_codes(*ExitCode)

    assert all(f"{code.value} {EXIT_MEANINGS[code]}" in foot for code in ExitCode)
