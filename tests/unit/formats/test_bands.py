import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.bands import Band, find_band
from tests.corpus.damaging import noise, overwrite, stripes
from tests.corpus.packages import archive
from tests.corpus.pdfs import pdf, stream

_SIZES = random.Random(5)
REPORT = pdf(*(stream(noise(_SIZES.randrange(200, 1500), n), b"/Of/It") for n in range(80)))
FILMS = archive({f"films/{n}.txt": noise(_SIZES.randrange(90, 900), n) for n in range(60)})


@pytest.mark.parametrize("whole", [REPORT, FILMS], ids=["pdf", "zip"])
@pytest.mark.parametrize(
    ("on", "off", "first"), [(16, 16, 32), (64, 128, 64), (64, 192, 64), (512, 512, 512)]
)
def test_words_keep_out_of_what_was_overwritten(
    whole: bytes, on: int, off: int, first: int
) -> None:
    """Headers and names are left in the same places of every period only."""
    found = find_band(overwrite(whole, stripes(len(whole), on, off, first)))
    assert found is not None
    assert found.period % (on + off) == 0
    assert found.size <= on


@pytest.mark.parametrize("whole", [REPORT, FILMS], ids=["pdf", "zip"])
def test_what_is_whole_or_cut_has_no_band(whole: bytes) -> None:
    """Where headers stand has nothing to do with any period."""
    for share in (3, 5, 8, 10):
        assert find_band(whole[: len(whole) * share // 10]) is None


@pytest.mark.parametrize("content", [b"", noise(60_000), b"words " * 900, bytes(9000), FILMS[:900]])
def test_too_few_words_say_nothing(content: bytes) -> None:
    """Chance would decide."""
    assert find_band(content) is None


@given(st.lists(st.binary(max_size=99) | st.text(max_size=40).map(str.encode), max_size=60))
def test_any_content_has_an_answer(pieces: list[bytes]) -> None:
    """Nothing is raised."""
    found = find_band(b"".join(pieces))
    assert found is None or isinstance(found, Band)
