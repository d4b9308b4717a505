from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.dates import Moment, compact, iso, moment_of


@pytest.mark.parametrize(
    "value",
    ["2026", "202602", "20240229", "20260312080000", "202603120800+0100", "20260312080059.1234Z"],
)
def test_compact_dates_exist(value):
    """Every precision that HL7 allows is read, zones and fractions included."""
    assert compact(value) is not None


@pytest.mark.parametrize(
    "value",
    [
        "",
        "20261301",
        "20230229",
        "19801399",
        "2026031224",
        "20260312 0800",
        "٢٠٢٦",
        "0000",
        "2026-03",
    ],
)
def test_days_that_do_not_exist_are_none(value):
    """A month 13, a 29 February too many, an hour 24: none of them is a moment."""
    assert compact(value) is None


@pytest.mark.parametrize(
    ("value", "exists"),
    [
        ("2026", True),
        ("2026-03", True),
        ("2024-02-29", True),
        ("2026-03-12T08:00:00Z", True),
        ("2026-03-12T08:00:00.123+01:00", True),
        ("2023-02-29", False),
        ("2026-3-12", False),
        ("20260312", False),
        ("2026-03-12T25:00:00Z", False),
    ],
)
def test_iso_dates_are_those_of_fhir(value, exists):
    """FHIR's dates are read as strictly as the calendar is."""
    assert exists is (iso(value) is not None)


def test_moments_compare_by_what_both_know():
    """A year and a day of it are neither before nor after each other."""
    assert not Moment(digits="2026").is_after(Moment(digits="20260312"))
    assert Moment(digits="202604").is_after(Moment(digits="20260312"))
    assert "20260312" == moment_of(date(2026, 3, 12)).day


def test_zones_count_when_both_are_known():
    """An hour that clocks go back is no contradiction; an unknown clock decides days only."""
    start, end = iso("2026-10-25T02:50:00+02:00"), iso("2026-10-25T02:05:00+01:00")
    assert start is not None
    assert end is not None
    assert not start.is_after(end)
    assert end.is_after(start)
    local = compact("20261025030000")
    assert local is not None
    assert not local.is_after(start)


@given(st.dates())
def test_every_day_of_the_calendar_exists(day):
    """Each real day is read in both ways of writing, and both say the same."""
    one, other = compact(f"{day:%Y%m%d}".zfill(8)), iso(day.isoformat())

    assert one is not None
    assert one == other
