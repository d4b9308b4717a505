from hypothesis import given, settings
from hypothesis import strategies as st

from formats.jpeg import packed_part
from tests.corpus.damaging import noise
from tests.corpus.images import jpeg, jpeg_with

LAWFUL = noise(4000).replace(b"\xff", b"\xff\x00")
FLAT = b"\xff\xc4\x00\x14\x00" + b"\x01" + bytes(15) + b"\x00"
NOT_FLAT = b"\xff\xc4\x00\x14\x10" + b"\x01" + bytes(15) + b"\x01"


def test_a_lawful_scan_contradicts_nothing() -> None:
    """Stuffed bytes, restart marks and further tables may follow 0xFF."""
    part = packed_part(jpeg_with(LAWFUL + b"\xff\xd0" + LAWFUL + b"\xff\xda\x00\x03\x01"))
    assert part is not None
    assert (part.foreign, part.zeros) == (0, -1)


def test_noise_in_a_scan_is_counted() -> None:
    """One in 290 random bytes cannot stand there."""
    content = jpeg_with(LAWFUL + noise(4096) + LAWFUL)
    part = packed_part(content)
    assert part is not None
    assert 6 <= part.foreign <= 30
    assert part.first > len(LAWFUL)


def test_zeros_are_an_even_area_only_where_the_codes_say_so() -> None:
    """The code of zeros has to mean no difference, and end of block."""
    zeros = LAWFUL + bytes(600) + LAWFUL
    even = packed_part(jpeg_with(zeros, tables=FLAT))
    lost = packed_part(jpeg_with(zeros, tables=NOT_FLAT))
    assert even is not None
    assert lost is not None
    assert (even.zeros, lost.zeros >= 0) == (-1, True)


def test_a_picture_without_a_scan_has_no_packed_part() -> None:
    """Segments that lead nowhere are for the walk to judge."""
    assert packed_part(b"\xff\xd8\xff\xe0\x00\x04ab") is None
    assert packed_part(b"") is None


@settings(max_examples=60, deadline=None)
@given(st.binary(max_size=400), st.integers(0, 60))
def test_any_change_has_an_answer(change: bytes, at: int) -> None:
    """Nothing is raised by any bytes."""
    content = jpeg()
    packed_part(content[:at] + change + content[at + len(change) :])
