"""One percent of a sound table is damaged in five ways: what is altered stays out, the rest lives.

The same damage as in `benchmarks.records`, on fewer rows; the figures of docs/benchmarks.md are
of 200,000.
"""

import random

import pytest

from benchmarks.records import DAMAGES, SPOILED, accepted_lines, flipped, rows, written

ROWS = 20_000
SOUND = written(
    [row for row in rows(ROWS) if not any(row[place] == v for place, v in SPOILED.items())]
)
GOOD = set(SOUND.split(b"\n")[1:-1])


def judged(spoil, seed):
    """How many altered rows are accepted, and which share of the intact ones."""
    spoiled = spoil(bytearray(SOUND), random.Random(seed))
    accepted = accepted_lines(spoiled)
    intact = GOOD & set(spoiled.split(b"\n"))
    return len(accepted - GOOD), len(accepted & GOOD) / len(intact)


@pytest.mark.parametrize("seed", [2, 3])
@pytest.mark.parametrize("name", [name for name in DAMAGES if DAMAGES[name] is not flipped])
def test_no_altered_row_is_accepted_and_the_intact_ones_are(name, seed):
    """Garbled windows, cuts, repeated blocks and shuffled columns cost the rows they touch."""
    altered, share = judged(DAMAGES[name], seed)

    assert 0 == altered
    assert share >= 0.9


def test_a_flipped_bit_passes_only_where_the_value_stays_plausible():
    """Of a bit flipped in one row of a hundred, at most three in ten leave a plausible row."""
    altered, share = judged(flipped, 2)

    assert altered <= 0.3 * ROWS / 100
    assert share >= 0.9
