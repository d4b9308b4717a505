"""Damage in WebP pictures and WOFF2 fonts: what is packed in them has no sum, and waits."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.faults import FormatError
from formats.fonts import span_of_woff2
from formats.webp import chunks
from tests.corpus.damaging import noise
from tests.corpus.disguises import PE
from tests.corpus.looking import demands, look, silence
from tests.corpus.webps import KEY_FRAME, LOSSLESS, LOSSY, chunk, webp, woff2


def damage(content: bytes) -> set[str]:
    """Return the demands of both scanners of damage."""
    seen = look(content)
    return demands(seen, "integrity") | demands(seen, "encryption")


@pytest.mark.parametrize("whole", [LOSSY, webp(chunk(b"VP8L", LOSSLESS + noise(9000))), woff2()])
def test_a_whole_one_asks_for_nothing(whole: bytes) -> None:
    """Its parts follow one another to the end that it states."""
    seen = look(whole)
    assert seen.media_type in ("image/webp", "font/woff2")
    assert damage(whole) == demands(seen, "file_type") == set()
    assert silence(seen, "integrity") == silence(seen, "active_content") == ""


@pytest.mark.parametrize("whole", [LOSSY, woff2()])
@pytest.mark.parametrize("share", [30, 60, 95])
def test_a_cut_is_called_that(whole: bytes, share: int) -> None:
    """The length stands in front."""
    assert damage(whole[: len(whole) * share // 100]) == {"cut"}


@pytest.mark.parametrize("whole", [LOSSY, woff2()])
def test_zeros_and_keys_are_called_that(whole: bytes) -> None:
    """What packs well leaves no zeros; behind the end nothing stands."""
    assert damage(whole[:4096] + bytes(1024) + whole[5120:]) == {"zero-filled"}
    assert damage(whole + noise(512)) == {"random-trailer"}
    assert damage(whole + PE) == {"trailing-data"}


def test_noise_in_notes_and_headers_is_called_that() -> None:
    """Words are no noise; the header of a picture has a mark."""
    noted = webp(chunk(b"VP8 ", KEY_FRAME + noise(9000)), chunk(b"XMP ", noise(4096)))
    assert damage(noted) == {"random-region"}
    assert damage(LOSSY[:30] + noise(64) + LOSSY[94:]) == {"overwritten-structure"}


def test_what_may_hold_a_file_is_held() -> None:
    """A chunk that no reader knows may be anything."""
    for other in (chunk(b"QQQQ", PE), chunk(b"EXIF", b"Exif" + PE)):
        seen = look(webp(chunk(b"VP8L", LOSSLESS + noise(900)), other))
        assert silence(seen, "integrity") or demands(seen, "file_type")


@settings(max_examples=200, deadline=None)
@given(st.integers(0, 120), st.binary(min_size=1, max_size=8))
def test_any_change_ends_in_parts_or_a_named_fault(at: int, change: bytes) -> None:
    """Nothing but a FormatError leaves the readers."""
    for whole, read in ((LOSSY, chunks), (woff2(size=64), span_of_woff2)):
        with suppress(FormatError):
            list(read(whole[:at] + change + whole[at + len(change) :]))
