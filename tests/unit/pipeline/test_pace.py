"""The pace of a run is read from the ends of its shards, and a stall is no speed."""

from datetime import UTC, datetime, timedelta

from cli.progress import eta_range
from pipeline.pace import STRETCHES, rates_of

BEGIN = datetime(2026, 11, 29, 12, tzinfo=UTC)


def ended(*seconds):
    """Shards of 100 entries, by the seconds at which they ended."""
    return [(BEGIN + timedelta(seconds=at), 100) for at in seconds]


def test_an_even_pace_is_an_even_rate():
    """A shard a second is a hundred entries a second, and the end is near that."""
    rates = rates_of(ended(*range(101)), BEGIN + timedelta(seconds=100))

    assert [100.0] * STRETCHES == [round(rate, -1) for rate in rates]
    least, most = eta_range(10_000, 20_000, rates)
    assert least < 100 < most


def test_who_works_no_more_has_no_end():
    """After the last shard nothing ended: nobody can say when it will."""
    rates = rates_of(ended(*range(11)), BEGIN + timedelta(seconds=100))

    assert 0.0 == rates[-1]
    assert None is eta_range(1_000, 2_000, rates)


def test_one_shard_says_nothing_of_the_pace():
    """How long it took is not known."""
    assert [0.0] * STRETCHES == list(rates_of(ended(0), BEGIN + timedelta(seconds=5)))
    assert () == rates_of(ended(0), BEGIN)
    assert () == rates_of([], BEGIN)
