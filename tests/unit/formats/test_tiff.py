import struct
from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.faults import FormatError, MalformedError, TruncatedError
from formats.tiff import Strip, read_tiff
from tests.corpus.active_images import tiff_beside
from tests.corpus.images import plain_tiff, tiff, wide_tiff


def test_strips_are_returned_with_their_packing_and_rows() -> None:
    """Who judges pixels needs to know where rows begin."""
    content = plain_tiff(bytes(range(64)) * 100, width=64)
    (strip,) = read_tiff(content).strips
    assert content[strip.start : strip.end] == bytes(range(64)) * 100
    shape = Strip(
        start=strip.start, end=strip.end, packing=1, row=64, columns=64, lines=100, line=64
    )
    assert strip == shape


@pytest.mark.parametrize("count", [b"\x00\x00", b"\xff\xff"])
def test_what_is_no_directory_is_malformed(count: bytes) -> None:
    """Neither zeros nor noise make a number of entries."""
    content = tiff()
    with pytest.raises(MalformedError):
        read_tiff(content[:8] + count + content[10:])


def test_a_value_of_no_kind_is_malformed() -> None:
    """Kinds have small numbers."""
    content = tiff()
    with pytest.raises(MalformedError):
        read_tiff(content[:12] + struct.pack("<H", 0x7A31) + content[14:])


def test_a_strip_beyond_the_last_byte_is_a_cut() -> None:
    """Pixels that are missing are missed."""
    with pytest.raises(TruncatedError):
        read_tiff(plain_tiff(bytes(5000), width=50)[:3000])


@settings(max_examples=120, deadline=None)
@given(st.binary(max_size=300), st.integers(0, 200))
def test_any_change_ends_in_a_picture_or_a_named_fault(change: bytes, at: int) -> None:
    """Nothing but the named faults leaves the reader."""
    content = plain_tiff(bytes(200), width=20)
    with suppress(FormatError):
        assert read_tiff(content[:at] + change + content[at + len(change) :]).end >= 8


def test_wide_directories_are_read_as_narrow_ones() -> None:
    """BigTIFF has the same tags; its numbers and places have eight bytes."""
    picture = read_tiff(wide_tiff(bytes(9216), width=96))
    assert [(strip.start, strip.end, strip.row) for strip in picture.strips] == [(172, 9388, 96)]
    assert picture.end == 9388


def test_a_cut_or_crooked_wide_picture_has_a_named_fault() -> None:
    """Places that lie beyond the last byte, and numbers that no directory has."""
    whole = wide_tiff(bytes(9216), width=96)
    for size in (12, 20, 60, 9000):
        with pytest.raises(TruncatedError):
            read_tiff(whole[:size])
    with pytest.raises(MalformedError):
        read_tiff(whole[:16] + b"\xff" * 8 + whole[24:])
    with pytest.raises(TruncatedError):
        read_tiff(whole[:8] + b"\xff" * 8 + whole[16:])


def test_long_values_of_letters_are_returned_and_others_are_not() -> None:
    """Who judges noise needs to know where none can be; a short value holds none to speak of."""
    remark = b"Radiologie de la clinique. " * 40
    content = tiff_beside(270, remark)
    assert [content[start:end] for start, end in read_tiff(content).plain_values] == [remark]
    assert read_tiff(tiff_beside(270, remark[:100])).plain_values == ()
