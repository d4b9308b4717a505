import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.stripes import Stripes, find_stripes
from tests.corpus.damaging import noise, overwrite, stripes

# Grey values with a little grain, as a detector gives them.
PIXELS = bytes(at // 700 % 150 + grain % 7 for at, grain in enumerate(noise(120_000)))


@pytest.mark.parametrize(("on", "period"), [(16, 32), (64, 192), (64, 256), (512, 1024)])
def test_stripes_are_found_with_their_period(on: int, period: int) -> None:
    """Bytes at the same phase are random together, though no window is."""
    striped = overwrite(PIXELS, stripes(len(PIXELS), on, period - on))
    found = find_stripes(striped, 0, len(striped))
    assert found is not None
    assert found.on / found.period == pytest.approx(on / period, rel=0.2)


@pytest.mark.parametrize("content", [PIXELS, noise(60_000), b"words " * 9000, bytes(50_000), b""])
def test_content_of_one_kind_has_no_stripes(content: bytes) -> None:
    """Pixels, words and zeros have none, and neither has what is random throughout."""
    assert find_stripes(content, 0, len(content)) is None


def test_too_little_content_says_nothing() -> None:
    """Under ten bytes a value in each phase, chance would decide."""
    small = overwrite(PIXELS[:2000], stripes(2000, 16, 16))
    assert find_stripes(small, 0, len(small)) is None


@given(st.binary(max_size=9000), st.integers(0, 9000), st.integers(0, 9000))
def test_any_region_of_any_content_has_an_answer(content: bytes, start: int, end: int) -> None:
    """Nothing is raised, whatever is asked."""
    found = find_stripes(content, min(start, len(content)), min(end, len(content)))
    assert found is None or isinstance(found, Stripes)
