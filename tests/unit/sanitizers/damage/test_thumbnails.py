"""The small picture of the first page in the summary of an old document."""

import pytest

from formats.device_bitmaps import rows_of_bitmap
from formats.faults import MalformedError, TruncatedError
from formats.properties import Drawn, thumbnail_of
from tests.corpus.compounds import compound, letter
from tests.corpus.damaging import noise
from tests.corpus.looking import demands, look
from tests.corpus.metafiles import wmf, wmf_record
from tests.corpus.thumbnails import BITMAP, THUMBNAILS, summary


def damage(stream: bytes) -> set[str]:
    """Return the demands of both scanners of damage upon a letter with such a summary."""
    content = compound({**letter(b"Bonjour. " * 40), "\x05SummaryInformation": stream})
    seen = look(content)
    return demands(seen, "integrity") | demands(seen, "encryption")


@pytest.mark.parametrize("drawn", THUMBNAILS)
def test_a_whole_picture_asks_for_nothing(drawn: Drawn) -> None:
    """As drawing of Windows, old and new, and as bitmap."""
    found = thumbnail_of(summary(drawn, THUMBNAILS[drawn]))
    assert found is not None
    assert drawn == found.drawn
    assert set() == damage(summary(drawn, THUMBNAILS[drawn]))


@pytest.mark.parametrize("drawn", THUMBNAILS)
def test_noise_and_zeros_in_it_are_seen(drawn: Drawn) -> None:
    """Three sectors are no window of 4 KiB, and rows that stop amid pixels were never written."""
    whole = summary(drawn, THUMBNAILS[drawn])
    assert damage(whole[:2048] + noise(1536) + whole[3584:]) == {"random-region"}
    assert damage(whole[:4096] + bytes(4096) + whole[8192:]) == {"zero-filled"}


def test_a_picture_of_another_system_is_passed_over() -> None:
    """That of a Macintosh is named by letters."""
    assert thumbnail_of(summary(0x54434950, BITMAP, -2)) is None
    assert thumbnail_of(b"") is None


def test_a_picture_that_is_shorter_than_it_says_is_cut() -> None:
    """What is listed is there."""
    with pytest.raises(TruncatedError):
        thumbnail_of(summary(Drawn.BITMAP, BITMAP)[:-1])


@pytest.mark.parametrize("field", [0, 4, 12])
def test_a_bitmap_that_cannot_be_is_none(field: int) -> None:
    """Sizes, planes and bits of a pixel are never zero."""
    with pytest.raises(MalformedError):
        rows_of_bitmap(BITMAP[:field] + bytes(4) + BITMAP[field + 4 :], 0, len(BITMAP))


def test_a_record_of_a_drawing_may_carry_a_few_of_the_rows() -> None:
    """Or colours of two bytes instead of four: that is no cut (SetDIBitsToDevice)."""
    some = wmf_record(0x0D33, bytes(18) + BITMAP[: 40 + 64 * 3 * 20])
    assert set() == damage(summary(Drawn.WMF, bytes(8) + wmf(some, placeable=False)))
