import lzma
import struct
import zlib

import pytest

from tests.corpus.active_images import tiff_beside
from tests.corpus.damaging import noise, overwrite
from tests.corpus.faxes import group_4
from tests.corpus.images import plain_tiff
from tests.corpus.intact import GREY
from tests.corpus.looking import demands, look
from tests.corpus.pdfs import pdf, stream

_LINES = [[(7 * line + 13 * n) % 41 + 1 for n in range(20)] for line in range(400)]
_WIDTH, _HEIGHT = 192, 64
_PIXELS = GREY[: _WIDTH * _HEIGHT]


def damage(content: bytes) -> set[str]:
    """Return the demands of both scanners of damage."""
    seen = look(content)
    return demands(seen, "integrity") | demands(seen, "encryption")


def picture(packed: bytes, packing: int, *, size: tuple[int, int], bits: int = 8) -> bytes:
    """Return a TIFF picture of one strip."""
    width, height = size
    tags = ((256, width), (257, height), (258, bits), (259, packing), (273, 122), (277, 1))
    tags += ((278, height), (279, len(packed)))
    entries = b"".join(struct.pack("<HHII", tag, 4, 1, value) for tag, value in tags)
    head = b"II*\x00\x08\x00\x00\x00" + struct.pack("<H", len(tags)) + entries + bytes(4)
    return head.ljust(122, b"\x00") + packed


def packbits(pixels: bytes) -> bytes:
    """Return each line as a run of 64 equal pixels and 128 that are none."""
    rows = (pixels[at : at + _WIDTH] for at in range(0, len(pixels), _WIDTH))
    return b"".join(bytes([257 - 64, row[0], 127]) + row[:128] for row in rows)


FAX = picture(group_4(_LINES, 900), 4, size=(900, 400), bits=1)
RUNS = picture(packbits(_PIXELS), 32_773, size=(_WIDTH, _HEIGHT))
XZ = picture(lzma.compress(_PIXELS), 34_925, size=(_WIDTH, _HEIGHT))
DEFLATED = picture(zlib.compress(_PIXELS), 8, size=(_WIDTH, _HEIGHT))


@pytest.mark.parametrize("whole", [FAX, RUNS, XZ, DEFLATED], ids=["fax", "runs", "xz", "deflate"])
def test_noise_and_zeros_in_packed_strips_are_seen(whole: bytes) -> None:
    """Each packing contradicts itself in its own way."""
    assert damage(whole) == set()
    middle = len(whole) // 2
    assert damage(overwrite(whole, [(middle, middle + 1024)])) == {"overwritten-stream"}
    assert damage(whole[:middle] + bytes(600) + whole[middle + 600 :]) == {"zero-filled"}


def test_a_packing_that_is_not_read_is_no_silence() -> None:
    """Nothing would tell an intact strip from one that was encrypted."""
    assert damage(picture(noise(900), 50_001, size=(30, 30))) == {"tiff-packing"}


def test_a_checksum_of_a_strip_counts() -> None:
    """One wrong bit leaves codes that fall into step again."""
    packed = bytearray(zlib.compress(_PIXELS, 0))
    packed[4000] ^= 1
    assert damage(picture(bytes(packed), 8, size=(_WIDTH, _HEIGHT))) == {"broken-stream"}


def test_a_scanned_page_in_a_report_is_followed() -> None:
    """PDF keeps faxes as they are."""
    packed = group_4(_LINES, 900)
    dictionary = b"/Filter/CCITTFaxDecode/DecodeParms<</K -1/Columns 900/Rows 400>>"
    whole = pdf(stream(packed, dictionary, packed=False))
    at = whole.index(packed)
    assert damage(whole) == set()
    assert damage(overwrite(whole, [(at + 2000, at + 2512)])) == {"overwritten-stream"}
    assert damage(whole[: at + 2000] + bytes(512) + whole[at + 2512 :]) == {"zero-filled"}


@pytest.mark.parametrize("name", [b"ASCII85Decode", b"ASCIIHexDecode"])
def test_letters_that_stand_for_bytes_are_letters(name: bytes) -> None:
    """Nothing else may stand in such a stream."""
    whole = pdf(stream(noise(9000).hex().encode() + b">", b"/Filter/" + name, packed=False))
    assert damage(whole) == set()
    assert damage(overwrite(whole, [(5000, 5064)])) == {"overwritten-stream"}


def test_zeros_in_what_its_owner_encrypted_were_never_written() -> None:
    """No cipher leaves them; noise in such a stream is what has to stand there."""
    sealed = stream(noise(9000), b"/Filter/FlateDecode", packed=False)
    whole = pdf(sealed, trailer=b"/Encrypt 9 0 R")
    assert damage(whole) == damage(overwrite(whole, [(4096, 8192)])) == set()
    assert damage(whole[:4096] + bytes(600) + whole[4696:]) == {"zero-filled"}


def test_noise_in_the_long_value_of_a_tag_is_encryption() -> None:
    """A description is letters, wherever it lies."""
    whole = tiff_beside(270, b"Radiologie de la clinique. " * 80)
    assert demands(look(whole), "encryption") == set()
    at = len(whole) - 1600
    assert demands(look(overwrite(whole, [(at, at + 1200)])), "encryption") == {"random-region"}


def test_codes_of_the_first_writers_are_not_followed() -> None:
    """Their lowest bit stands first: what they hold cannot be told from noise."""
    old = plain_tiff(b"\x00\x01" + bytes(range(256)) * 8, width=64)
    packed = old.replace(struct.pack("<HHII", 259, 4, 1, 1), struct.pack("<HHII", 259, 4, 1, 5))
    assert demands(look(packed), "integrity") == {"tiff-packing"}
