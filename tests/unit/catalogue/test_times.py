from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalogue.times import (
    from_microseconds,
    from_microseconds_or_none,
    to_microseconds,
    to_microseconds_or_none,
)


@given(st.datetimes(timezones=st.just(UTC)))
def test_every_moment_comes_back_as_it_was(at):
    """A moment survives the database to the microsecond."""
    assert at == from_microseconds(to_microseconds(at))


def test_one_moment_in_two_time_zones_is_one_value():
    """What counts is the moment, not the clock on the wall."""
    brussels = timezone(timedelta(hours=2))

    assert to_microseconds(datetime(2022, 5, 13, 18, 0, tzinfo=UTC)) == to_microseconds(
        datetime(2022, 5, 13, 20, 0, tzinfo=brussels)
    )


def test_a_moment_comes_back_in_utc():
    """Whoever reads the catalogue sees UTC."""
    assert UTC is from_microseconds(0).tzinfo
    assert datetime(1970, 1, 1, tzinfo=UTC) == from_microseconds(0)


def test_a_moment_without_a_time_zone_is_refused():
    """Nobody can say when noon was."""
    with pytest.raises(ValueError, match="time zone"):
        to_microseconds(datetime(2022, 5, 13, 12, 0))  # noqa: DTZ001  this is what is refused


def test_a_missing_moment_stays_missing():
    """Nothing becomes 1970."""
    assert to_microseconds_or_none(None) is None
    assert from_microseconds_or_none(None) is None
    assert 0 == to_microseconds_or_none(datetime(1970, 1, 1, tzinfo=UTC))
    assert datetime(1970, 1, 1, tzinfo=UTC) == from_microseconds_or_none(0)
