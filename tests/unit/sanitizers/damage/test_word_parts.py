import struct

import pytest

from sanitizers.damage.fault import Nature
from sanitizers.damage.word_parts import check_plain_part
from tests.corpus.damaging import noise, overwrite
from tests.corpus.packages import archive
from tests.corpus.recordings import png

_TEXT = b"The formatting of paragraphs stands here, in numbers and letters. " * 20


def drawing(size: int = 6000) -> bytes:
    """Return a package such as Word keeps of a shape, whose inside looks random."""
    return archive({"[Content_Types].xml": b"<Types/>", "drs/shape.bin": noise(size, 5)})


def natures(stream: bytes) -> list[Nature]:
    """Return what is found, by its nature."""
    return [fault.nature for fault in check_plain_part(stream)]


@pytest.mark.parametrize("packed", [drawing(), drawing() + b"\x01" * 60 + drawing(9000)])
def test_drawings_of_newer_versions_are_packed_by_right(packed: bytes) -> None:
    """Each is a whole package, proven by its own sums."""
    assert natures(_TEXT + packed + _TEXT) == []


def test_a_picture_behind_the_text_is_packed_by_right() -> None:
    """Its record says how long it is, and its own chunks have sums."""
    picture = b"u" * 16 + b"\xff" + png(96)
    record = struct.pack("<HHI", 0x6E00, 0xF01E, len(picture)) + picture
    assert len(record) > 8192
    assert natures(_TEXT + record + _TEXT) == []
    assert natures(_TEXT + b"\x00" * 8 + record[8:] + _TEXT) == [Nature.NOISE]


def test_noise_beside_a_drawing_is_encryption() -> None:
    """Only what is within it may be packed."""
    whole = _TEXT + drawing() + _TEXT * 8
    assert natures(overwrite(whole, [(len(whole) - 8192, len(whole))])) == [Nature.NOISE]


@pytest.mark.parametrize("at", [1400, 4000])
def test_a_drawing_that_was_overwritten_is_encryption(at: int) -> None:
    """Its sums do not fit, or no package is left to excuse the noise."""
    whole = _TEXT + drawing() + _TEXT
    assert natures(overwrite(whole, [(at, at + 4096)])) == [Nature.NOISE]


def test_zeros_in_a_drawing_were_never_written() -> None:
    """The package does not fit its sums, and says where."""
    whole = _TEXT + drawing() + _TEXT
    assert natures(whole[:3000] + bytes(1024) + whole[4024:]) == [Nature.ZEROED]
