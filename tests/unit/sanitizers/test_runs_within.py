"""What runs and stands within a picture: one ruling, whatever the format and the place in it."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.verdict import Verdict, verdict_of
from formats.hidden import program_within, runs_within
from tests.corpus.active_images import (
    ICC,
    SCRIPT,
    jpeg_beside,
    png_beside,
    segment,
    tiff_beside,
)
from tests.corpus.images import bmp, chunk, dicom, element, gif, grey_bmp
from tests.corpus.looking import look

# Headers alone: nothing of them runs.
PE = b"MZ".ljust(60, b"\x00") + struct.pack("<I", 64) + b"PE\x00\x00" + bytes(16)
ELF = b"\x7fELF\x02\x01\x01" + bytes(9) + b"\x03\x00\x3e\x00"
MACH_O = b"\xcf\xfa\xed\xfe\x07\x00\x00\x01" + bytes(24)
PROGRAM, IN_SCRIPT = {"program-in-picture"}, {"script-in-picture"}
INSIDE = {
    "PE": (PE, PROGRAM),
    "ELF": (ELF, PROGRAM),
    "Mach-O": (MACH_O, PROGRAM),
    "PHP": (SCRIPT, IN_SCRIPT),
    "page": (b"<script>x()</script>", IN_SCRIPT),
    "shell": (b"#!/bin/sh\nx\n", IN_SCRIPT),
}
PLACES = {
    "JPEG remark": lambda what: jpeg_beside(segment(0xFE, what)),
    "JPEG Exif": lambda what: jpeg_beside(segment(0xE1, b"Exif\x00\x00II*\x00" + what)),
    "JPEG XMP": lambda what: jpeg_beside(segment(0xE1, b"http://ns.adobe.com/xap/1.0/\x00" + what)),
    "JPEG Photoshop": lambda what: jpeg_beside(segment(0xED, b"Photoshop 3.0\x00" + what)),
    "JPEG profile": lambda what: jpeg_beside(segment(0xE2, ICC + what)),
    "PNG text": lambda what: png_beside(chunk(b"tEXt", b"a\x00" + what)),
    "PNG private": lambda what: png_beside(chunk(b"prVt", what)),
    "PNG profile": lambda what: png_beside(chunk(b"iCCP", what)),
    "GIF remark": lambda what: (
        gif()[:19] + b"\x21\xfe" + bytes([len(what)]) + what + b"\x00" + gif()[19:]
    ),
    "BMP gap": lambda what: (
        bmp()[:10] + struct.pack("<I", 54 + len(what)) + bmp()[14:54] + what + bmp()[54:]
    ),
    "BMP pixels": lambda what: grey_bmp(what.ljust(96, b"\x00"), width=8),
    "TIFF description": lambda what: tiff_beside(270, what),
    "TIFF private": lambda what: tiff_beside(65000, what),
    "BigTIFF private": lambda what: tiff_beside(65000, what, wide=True),
}
IN_DICOM = {
    "private": lambda what: dicom(element(9, 0x1001, b"OB", what + bytes(len(what) % 2))),
    "pixels": lambda what: dicom(element(0x7FE0, 0x10, b"OW", what.ljust(128, b"\x00"))),
}


def said(content: bytes) -> tuple[set[str], set[Verdict]]:
    """The rules about what runs inside, and the verdicts that they lead to."""
    found = [f for f in look(content).findings if f.rule in PROGRAM | IN_SCRIPT]
    return {f.rule for f in found}, {verdict_of(f) for f in found}


@pytest.mark.parametrize("what", INSIDE)
@pytest.mark.parametrize("place", PLACES)
def test_what_runs_within_a_picture_makes_it_active(place: str, what: str) -> None:
    """A copy without it may take its place; where none can be made it is held."""
    content, rules = INSIDE[what]

    assert (rules, {Verdict.ACTIVE}) == said(PLACES[place](content))


@pytest.mark.parametrize("what", ["PE", "ELF", "Mach-O"])
@pytest.mark.parametrize("place", IN_DICOM)
def test_a_program_within_a_study_is_found_like_in_any_picture(place: str, what: str) -> None:
    """Behind the preamble, which has rulings of its own."""
    assert (PROGRAM, {Verdict.ACTIVE}) == said(IN_DICOM[place](INSIDE[what][0]))


@pytest.mark.parametrize("place", [*PLACES.values(), *IN_DICOM.values()])
def test_words_alone_are_nothing_that_runs(place) -> None:
    """Marks that do not fit a header stand in pictures by chance."""
    chance = b"MZ PE\x00\x00 \x7fELF \xcf\xfa\xed\xfe <?ph #!/ <scrip"

    assert (set(), set()) == said(place(chance))


@pytest.mark.parametrize("stub", [64, 128, 4000])
def test_the_stub_of_a_program_may_have_any_common_length(stub: int) -> None:
    """It is the header of DOS that says where that of Windows begins."""
    content = b"MZ".ljust(60, b"\x00") + struct.pack("<I", stub)

    assert program_within(b"x" + content.ljust(stub, b"M") + b"PE\x00\x00")
    assert not program_within(b"x" + content.ljust(stub + 1, b"\x00") + b"PE\x00\x00")


def test_a_heap_of_marks_is_taken_for_a_program() -> None:
    """No picture has so many by chance, and to weigh them all would take too long."""
    assert program_within(b"PE\x00\x00" * 5000)
    assert not program_within(b"PE\x00\x00" * 50)


@given(st.lists(st.sampled_from([b"MZ", b"PE\x00\x00", b"\x7fELF", bytes(58), b"\x40\0\0\0"])))
def test_the_search_ends_on_any_heap_of_marks(pieces: list[bytes]) -> None:
    """It answers with two truths, whatever stands there."""
    program, script = runs_within(b"".join(pieces))

    assert (True, False) == (program in {True, False}, script)
