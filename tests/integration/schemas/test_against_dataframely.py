"""Our tables and dataframely judge the same rows alike, but where its design lets rows pass."""

import pytest

from benchmarks.agreement import FAIL_OPEN, compare

pytest.importorskip(
    "dataframely", reason="dataframely is a peer of the benchmarks, and not installed here"
)


def test_both_refuse_the_same_rows():
    """Every difference is one that is listed."""
    both, differences = compare(20_000)

    assert both > 500
    assert set() == differences.keys() - FAIL_OPEN.keys()
