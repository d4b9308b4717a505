"""The small picture of the first page in the summary of an old document."""

import struct

import pytest

from formats.device_bitmaps import rows_of_bitmap
from formats.faults import MalformedError, TruncatedError
from formats.properties import Drawn, thumbnail_of
from tests.corpus.compounds import compound, letter
from tests.corpus.damaging import noise
from tests.corpus.intact import GREY
from tests.corpus.looking import demands, look
from tests.corpus.metafiles import emf, emf_record, wmf, wmf_record

SIDE = 64
PIXELS = bytes(value | 1 for value in GREY[: SIDE * SIDE * 3])
HEADER = struct.pack("<IiiHHIIiiII", 40, SIDE, SIDE, 1, 24, 0, 0, 0, 0, 0, 0)
BITMAP = HEADER + PIXELS
DRAWINGS = {
    Drawn.BITMAP: BITMAP,
    Drawn.WMF: bytes(8) + wmf(wmf_record(0x0F43, bytes(22) + BITMAP), placeable=False),
    Drawn.EMF: emf(
        emf_record(
            81, bytes(40) + struct.pack("<4I", 80, 40, 120, len(PIXELS)) + bytes(16) + BITMAP
        )
    ),
}


def summary(drawn: int, picture: bytes, tag: int = -1) -> bytes:
    """Return a summary with a small picture and nothing else."""
    body = struct.pack("<IIiI", 0x47, len(picture) + 8, tag, drawn) + picture
    head = b"\xfe\xff\x00\x00" + bytes(20) + struct.pack("<I", 1) + bytes(16)
    return head + struct.pack("<I", 48) + struct.pack("<IIII", len(body) + 16, 1, 0x11, 16) + body


def damage(stream: bytes) -> set[str]:
    """Return the demands of both scanners of damage upon a letter with such a summary."""
    content = compound({**letter(b"Bonjour. " * 40), "\x05SummaryInformation": stream})
    seen = look(content)
    return demands(seen, "integrity") | demands(seen, "encryption")


@pytest.mark.parametrize("drawn", DRAWINGS)
def test_a_whole_picture_asks_for_nothing(drawn: Drawn) -> None:
    """As drawing of Windows, old and new, and as bitmap."""
    found = thumbnail_of(summary(drawn, DRAWINGS[drawn]))
    assert found is not None
    assert drawn == found.drawn
    assert set() == damage(summary(drawn, DRAWINGS[drawn]))


@pytest.mark.parametrize("drawn", DRAWINGS)
def test_noise_and_zeros_in_it_are_seen(drawn: Drawn) -> None:
    """Three sectors are no window of 4 KiB, and rows that stop amid pixels were never written."""
    whole = summary(drawn, DRAWINGS[drawn])
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
