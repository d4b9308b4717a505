import pytest
from hypothesis import given
from hypothesis import strategies as st

from cli.progress import LEAST_SAMPLES, eta_range, progress_line, rates

steady = st.lists(st.floats(0.01, 1e6), min_size=LEAST_SAMPLES, max_size=60)


def test_rates_stand_between_marks():
    """Each stretch between two marks has its rate; a repeated moment has none."""
    assert [10.0, 5.0] == rates([(0, 0), (1, 10), (1, 11), (3, 21)])
    assert [] == rates([(5, 100)])


def test_a_count_that_falls_back_is_no_progress():
    """A shard that is done again never makes a negative rate."""
    assert [0.0] == rates([(0, 10), (1, 4)])


def test_a_steady_pace_gives_a_narrow_range():
    """At ten a second, a hundred left take about ten seconds."""
    low, high = eta_range(900, 1000, [10.0] * 9)

    assert low == pytest.approx(9)
    assert high == pytest.approx(11)


def test_a_changing_pace_gives_a_wide_range():
    """A pace between 5 and 20 says between 5 and 20 seconds, and a tenth more on each side."""
    low, high = eta_range(0, 100, [5.0, 5.0, 10.0, 10.0, 20.0, 20.0])

    assert low == pytest.approx(4.5)
    assert high == pytest.approx(22)


def test_bursts_are_evened_out():
    """Shards are committed in bursts: single stretches at zero are no stall."""
    low, high = eta_range(0, 90, [0.0, 0.0, 30.0] * 4)

    assert low < 9 < high
    assert high < 20


@pytest.mark.parametrize(
    "samples", [[], [5.0] * (LEAST_SAMPLES - 1), [0.0] * 9, [9.0] * 6 + [0.0] * 6]
)
def test_nobody_can_say_without_enough_samples_or_in_a_stall(samples):
    """Too few samples, or a third of them at zero in a row, give no estimate."""
    assert eta_range(1, 10, samples) is None


@pytest.mark.parametrize("samples", [[], [0.0] * 9, [3.0] * 9])
def test_nothing_left_takes_no_time(samples):
    """A finished run has nothing left, however fast it was."""
    assert (0.0, 0.0) == eta_range(10, 10, samples)


@given(st.integers(0, 1000), st.integers(1, 10**9), steady)
def test_the_range_is_a_range_around_the_mean(done, more, samples):
    """What the mean pace would need lies between the least and the most."""
    low, high = eta_range(done, done + more, samples)
    mean = more / (sum(samples) / len(samples))

    assert 0 < low < mean < high
    assert low >= more / max(samples) * 0.89
    assert high <= more / min(samples) * 1.11


@given(st.integers(1, 10**6), steady)
def test_less_left_never_takes_longer(more, samples):
    """With the same samples, the range shrinks as the work does."""
    first, second = eta_range(0, more + 1, samples), eta_range(1, more + 1, samples)

    assert second[0] <= first[0]
    assert second[1] <= first[1]


def test_the_line_says_how_much_how_fast_and_how_long():
    """One line holds the count, the share, the rate and the range."""
    assert "12,000 of 20,000 (60 %), 100 files/s, 1 min 12 s to 1 min 28 s left" == progress_line(
        12_000, 20_000, [100.0] * 6
    )


def test_the_line_says_when_it_does_not_know():
    """Before anything moved, and at the end, no time is made up."""
    assert "0 of 10 (0 %), no estimate yet" == progress_line(0, 10, [])
    assert "10 of 10 (100 %), 5.0 files/s" == progress_line(10, 10, [5.0])
    assert "0 of 0 (100 %)" == progress_line(0, 0, [])
