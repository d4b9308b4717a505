import struct
from collections.abc import Callable
from contextlib import suppress
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.faults import FormatError, MalformedError, TruncatedError
from formats.images import end_of_bmp, end_of_gif, end_of_jpeg, end_of_png, rows_of_bmp
from formats.tiff import read_tiff
from sanitizers.inflating import checksum
from tests.corpus.images import bmp, gif, jpeg, png, tiff

Walk = Callable[[bytes], int]


def end_of_tiff(content: bytes) -> int:
    """Return where a TIFF picture ends."""
    return read_tiff(content).end


end_of_checked_png: Walk = partial(end_of_png, checksum=checksum)
PICTURES: list[tuple[Walk, bytes]] = [
    (end_of_jpeg, jpeg()),
    (end_of_checked_png, png()),
    (end_of_gif, gif()),
    (end_of_bmp, bmp()),
    (end_of_tiff, tiff()),
]


@pytest.mark.parametrize(("walk", "picture"), PICTURES)
def test_a_whole_picture_ends_at_its_last_byte(walk: Walk, picture: bytes) -> None:
    """The walk returns where the picture ends, whatever is appended."""
    assert walk(picture) == len(picture)
    assert walk(picture + b"appended words") == len(picture)


@pytest.mark.parametrize(("walk", "picture"), PICTURES)
def test_a_picture_without_its_end_is_truncated(walk: Walk, picture: bytes) -> None:
    """The last bytes are missed, however little is missing."""
    with pytest.raises(TruncatedError):
        walk(picture[:-6])


def test_a_changed_chunk_does_not_fit_its_crc() -> None:
    """One changed bit is seen in PNG."""
    content = png()
    at = content.index(b"IDAT") + 6
    with pytest.raises(MalformedError):
        end_of_checked_png(content[:at] + bytes([content[at] ^ 1]) + content[at + 1 :])


def test_bytes_between_blocks_are_malformed() -> None:
    """A GIF block, and a JPEG segment, start with their own mark."""
    with pytest.raises(MalformedError):
        end_of_gif(gif()[:19] + b"\x99" + gif()[20:])
    with pytest.raises(MalformedError):
        end_of_jpeg(b"\xff\xd8\xff\xe0\x00\x04ab" + b"words" * 9)


def test_directories_in_circles_are_malformed() -> None:
    """A TIFF directory that links to itself ends the walk."""
    with pytest.raises(MalformedError):
        end_of_tiff(tiff(following=8))


@pytest.mark.parametrize(("walk", "picture"), PICTURES)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_any_change_ends_in_an_offset_or_a_named_fault(
    walk: Walk, picture: bytes, data: st.DataObject
) -> None:
    """Nothing but the named faults leaves a walk."""
    at = data.draw(st.integers(8, len(picture) - 1))
    change = data.draw(st.binary(min_size=1, max_size=4))
    changed = picture[:at] + change + picture[at + len(change) :]
    with suppress(FormatError):
        assert walk(changed) >= 0


def _os2_bmp(header: bytes) -> bytes:
    """Return a bitmap of OS/2: five pixels of 24 bits in a row, three rows."""
    start = 14 + 4 + len(header)
    pixels = b"\x07" * 48
    head = struct.pack("<2sIHHI", b"BM", start + len(pixels), 0, 0, start)
    return head + struct.pack("<I", 4 + len(header)) + header + pixels


@pytest.mark.parametrize(
    "header",
    [struct.pack("<HHHH", 5, 3, 1, 24), struct.pack("<IIHH", 5, 3, 1, 24)],
    ids=["12 bytes", "16 bytes"],
)
def test_a_bitmap_of_os2_has_as_many_pixels_as_it_says(header: bytes) -> None:
    """Its header is shorter, and tells its size all the same."""
    whole = _os2_bmp(header)
    assert end_of_bmp(whole) == end_of_bmp(whole + b"words") == len(whole)
    assert rows_of_bmp(whole) == (16, len(whole) - 48)
    with pytest.raises(TruncatedError):
        end_of_bmp(whole[:-6])


def test_blocks_of_a_gif_may_end_twice_and_not_oftener() -> None:
    """Some writers leave one zero too many behind a picture; more were never written."""
    whole = gif()
    assert end_of_gif(whole[:-1] + b"\x00\x3b") == len(whole) + 1
    with pytest.raises(MalformedError):
        end_of_gif(whole[:-1] + b"\x00\x00\x3b")
