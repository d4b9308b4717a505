"""Pictures within other files, and parts of files that look packed only from outside."""

import struct

import pytest

from formats.faults import TruncatedError
from formats.jpeg import shared_tables
from formats.sound_tags import tags_behind
from tests.corpus.damaging import SPARING, noise, overwrite
from tests.corpus.films import box, film
from tests.corpus.images import dicom, element, grey_bmp, jpeg_with
from tests.corpus.intact import GREY
from tests.corpus.looking import demands, look
from tests.corpus.recordings import mp3, nifti, png

# A table whose first code, all zeros, is no even area: zeros are no pixels then.
TABLE = b"\xff\xc4\x00\x14\x00\x01" + bytes(15) + b"\x05"
TABLES = b"\xff\xd8" + TABLE
SCAN = noise(9000, 4).replace(b"\xff", b"\xff\x00").replace(b"\x00\x00", b"\x00\x01")


def damage(content: bytes) -> set[str]:
    """Return the demands of both scanners of damage."""
    seen = look(content)
    return demands(seen, "integrity") | demands(seen, "encryption")


def tiff_of_jpegs(*strips: bytes) -> bytes:
    """Return a picture whose directory and shared tables stand before its strips."""
    tables = TABLES + b"\xff\xd9"
    at = 8 + 2 + 9 * 12 + 4
    places = at + len(tables)
    first = places + 8 * len(strips)
    starts = [first + sum(map(len, strips[:number])) for number in range(len(strips))]
    count = len(strips)
    rows = (
        *((256, 4, 1, 64), (257, 4, 1, 64 * count), (258, 4, 1, 8), (259, 4, 1, 7)),
        *((273, 4, count, places), (277, 4, 1, 1), (278, 4, 1, 64)),
        *((279, 4, count, places + 4 * count), (347, 7, len(tables), at)),
    )
    head = b"II*\x00\x08\x00\x00\x00" + struct.pack("<H", len(rows))
    head += b"".join(struct.pack("<HHII", *row) for row in rows) + bytes(4)
    numbers = struct.pack(f"<{2 * count}I", *starts, *map(len, strips))
    return head + tables + numbers + b"".join(strips)


def test_strips_share_their_tables() -> None:
    """Whether zeros may be pixels is a matter of the tables, wherever these stand."""
    strips = [jpeg_with(SCAN), jpeg_with(SCAN[::-1].replace(b"\x00\xff", b"\xff\x00"))]
    whole = tiff_of_jpegs(*strips)
    assert shared_tables(whole) == TABLES
    assert damage(whole) == set()
    assert damage(whole[:4096] + bytes(1024) + whole[5120:]) == {"zero-filled"}
    assert damage(whole[:-9000] + bytes(9000)) == {"zero-filled"}


def test_a_strip_begins_as_a_picture_does() -> None:
    """Noise over the header of one hides its packed part."""
    whole = tiff_of_jpegs(jpeg_with(SCAN), jpeg_with(SCAN))
    start = whole.rfind(b"\xff\xd8")
    assert damage(overwrite(whole, [(start, start + 2048)])) == {"overwritten-stream"}


def test_pictures_of_printers_within_bitmaps_are_followed() -> None:
    """A PNG has checksums, a JPEG has codes that cannot be."""
    cover = png(64).ljust(10_240, b"\x00")
    plain = grey_bmp(cover[: len(cover) // 96 * 96], width=32)
    start = plain.find(b"\x89PNG")
    whole = plain[:30] + struct.pack("<I", 5) + plain[34:]
    assert damage(whole) == set()
    assert damage(overwrite(whole, [(start + 1024, start + 1536)])) == {"overwritten-stream"}
    packed = jpeg_with(SCAN, tables=TABLE)
    plain = grey_bmp(packed.ljust(9600, b"\x00"), width=32)
    whole = plain[:30] + struct.pack("<I", 4) + plain[34:]
    assert damage(whole) == set()
    assert damage(overwrite(whole, [(4096, 8192)])) == {"overwritten-structure"}


def test_pixels_with_transparency_are_plain() -> None:
    """Masks do not pack (BI_ALPHABITFIELDS)."""
    plain = grey_bmp(GREY[:96_000], width=320)
    whole = plain[:30] + struct.pack("<I", 6) + plain[34:]
    assert damage(whole) == set()
    assert damage(whole[:30_001] + bytes(20_000) + whole[50_001:]) == {"zero-filled"}


def test_stripes_over_a_picture_whose_segments_are_gone_are_noise() -> None:
    """Half of its bytes contradict what may be packed."""
    whole = jpeg_with(noise(40_000).replace(b"\xff", b"\xff\x00"), tables=TABLE)
    assert damage(SPARING["16 of 32 from 32"](whole)) == {"overwritten-structure"}
    assert damage(whole[:30] + b"\x00" + whole[31:]) <= {"broken-structure", "cut"}


def test_covers_of_sound_are_followed() -> None:
    """Noise in a picture of the notes, and in the filling behind it, is noise in the file."""
    cover = png(64)
    notes = box(b"udta", box(b"meta", bytes(4), box(b"covr", cover)), box(b"free", bytes(4096)))
    whole = film(notes=notes)
    start = whole.rfind(b"\x89PNG")
    assert damage(whole) == set()
    assert damage(overwrite(whole, [(start + 900, start + 1500)])) == {"overwritten-structure"}
    assert damage(overwrite(whole, [(len(whole) - 2048, len(whole))])) == {"overwritten-structure"}


def test_what_siemens_notes_of_a_slice_is_plain() -> None:
    """Its header says so; other values of makers may be packed."""
    value = b"SV10\x04\x03\x02\x01" + b"EchoLinePosition\x00\x00\x00\x00" * 700
    head = element(8, 0x16, b"UI", b"1.2\x00")
    study = dicom(head + element(0x29, 0x1010, b"OB", value))
    other = dicom(head + element(0x29, 0x1010, b"OB", b"XX" + value[2:]))
    assert damage(study) == set()
    assert damage(overwrite(study, [(4096, 8192)])) == {"random-region"}
    assert damage(overwrite(other, [(4096, 8192)])) == set()


@pytest.mark.parametrize("pattern", ["16 of 32 from 32", "64 of 192 from 64"])
def test_a_volume_whose_header_is_striped_was_encrypted(pattern: str) -> None:
    """The description of a volume is a text, or nothing."""
    assert damage(SPARING[pattern](nifti())) == {"overwritten-structure"}


@pytest.mark.parametrize("cut", [1, 28, 100])
def test_a_tag_behind_the_frames_may_be_cut(cut: int) -> None:
    """The tag of old players has 128 bytes."""
    behind = b"TAG" + b"Titre".ljust(125, b"\x00")
    whole = mp3(behind=behind)
    assert damage(whole) == set()
    assert damage(whole[:-cut]) == {"cut"}
    with pytest.raises(TruncatedError):
        tags_behind(behind[:-cut], 0)


def test_an_extension_of_a_volume_is_as_long_as_it_says() -> None:
    """Noise over one hides what it may hold, and is no extension."""
    words = b"a remark of a program, and nothing else\n" * 40
    extension = (
        (1616).to_bytes(4, "little") + (6).to_bytes(4, "little") + words.ljust(1608, b"\x00")
    )
    whole = nifti(extension=extension)
    assert damage(whole) == set()
    assert damage(overwrite(whole, [(352, 1024)])) == {"overwritten-structure"}
    assert damage(overwrite(whole, [(512, 1536)])) == {"overwritten-structure"}
