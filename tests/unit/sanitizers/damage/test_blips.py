import struct
import zlib

import pytest

from sanitizers.damage.blips import blips, check_blips
from sanitizers.damage.fault import Nature
from tests.corpus.compounds import atom, compound
from tests.corpus.damaging import noise, overwrite
from tests.corpus.intact import INTACT, WORDS
from tests.corpus.looking import demands, look

JPEG, PNG, METAFILE = (0x46A0, 0xF01D), (0x6E00, 0xF01E), (0x3D40, 0xF01A)


def blip(kind: tuple[int, int], picture: bytes) -> bytes:
    """Return the record of a picture."""
    instance, number = kind
    head = b"u" * 16 + (b"h" * 32 + b"\x00\xfe" if number == 0xF01A else b"\xff")
    return struct.pack("<HHI", instance, number, len(head) + len(picture)) + head + picture


WHOLE = {
    "jpeg": blip(JPEG, INTACT["film.jpg"]),
    "png": blip(PNG, INTACT["film.png"]),
    "metafile": blip(METAFILE, zlib.compress(WORDS)),
}


def test_pictures_are_found_one_behind_the_other() -> None:
    """Records with one identifier or two, and other bytes between them."""
    stream = WHOLE["jpeg"] + b"filling" + WHOLE["png"] + WHOLE["metafile"]
    assert [found.kind for found in blips(stream)] == [0xF01D, 0xF01E, 0xF01A]
    assert list(check_blips(stream)) == []


@pytest.mark.parametrize("name", WHOLE)
def test_noise_and_zeros_in_a_picture_are_told_apart(name: str) -> None:
    """A picture inside of a document is checked as a file would be."""
    whole = WHOLE[name]
    size = min(len(whole) - 1100, 4096)
    natures = [
        [fault.nature for fault in check_blips(changed)]
        for changed in (
            overwrite(whole, [(1024, 1024 + size)]),
            whole[:1024] + bytes(size) + whole[1024 + size :],
        )
    ]
    assert natures == [[Nature.NOISE], [Nature.ZEROED]]


def test_a_presentation_whose_pictures_are_noise_is_encrypted() -> None:
    """Most bytes of a presentation are its pictures."""
    slides = {"PowerPoint Document": atom(1000, b"x" * 5000), "Current User": b"x" * 40}
    whole = compound(slides | {"Pictures": WHOLE["jpeg"] * 3})
    at = whole.index(INTACT["film.jpg"][:64]) + 5000
    assert demands(look(whole), "encryption") == set()
    assert demands(look(overwrite(whole, [(at, at + 8192)])), "encryption")


@pytest.mark.parametrize("size", [0, 7, 40, 900])
def test_a_record_that_is_cut_is_no_picture(size: int) -> None:
    """What goes on beyond the stream is the sector table's word."""
    assert list(blips(WHOLE["png"][:size])) == []
    assert list(check_blips(noise(9000))) == []
