"""Pictures and DICOM files keep their pixels byte for byte, and nothing around them."""

import pytest

from formats.faults import FormatError
from sanitizers.disarming.interface import CannotDisarmError
from sanitizers.disarming.registry import disarmer_of
from sanitizers.limits import Limits
from sanitizers.scanners.active_content import ActiveContent
from sanitizers.scanners.file_type import FileType
from sanitizers.sniffing import open_sample
from tests.corpus.active_images import (
    IMAGES,
    SCRIPT,
    WHOLE,
    ZIP,
    exif,
    jpeg_beside,
    png_beside,
    segment,
)
from tests.corpus.disguises import PE
from tests.corpus.images import dicom, element, gif, jpeg

NOTHING = frozenset()
CASES = [
    pytest.param(media_type, case, id=f"{media_type}-{name}")
    for media_type, named in IMAGES.items()
    for name, case in named.items()
]
cases = pytest.mark.parametrize(("media_type", "case"), CASES)
wholes = pytest.mark.parametrize("media_type", WHOLE)


def disarmed(media_type, content):
    """The copy."""
    return disarmer_of(media_type).disarm(content, NOTHING)


@cases
def test_a_construct_is_taken_out_and_said(media_type, case):
    """The report of a copy names what it lost, and the bytes are gone."""
    made = disarmed(media_type, case.content)

    assert case.code in {one.code for one in made.removed}
    assert SCRIPT not in made.content
    assert ZIP not in made.content


@cases
def test_a_copy_is_proven(media_type, case):
    """It walks clean, has the same pixels, and does not change again."""
    disarmer = disarmer_of(media_type)
    made = disarmed(media_type, case.content)

    assert () == disarmer.walk(made.content)
    assert disarmer.measure(case.content) == disarmer.measure(made.content)
    assert (made.content, ()) == (
        disarmed(media_type, made.content).content,
        disarmed(media_type, made.content).removed,
    )


@cases
def test_the_scanners_have_nothing_against_a_copy(media_type, case):
    """A copy is of its type alone, and no script starts inside."""
    opened = open_sample(disarmed(media_type, case.content).content, Limits())

    assert media_type == opened.media_type
    assert () == FileType().scan(opened).findings
    assert () == ActiveContent().scan(opened).findings


@wholes
def test_what_shows_a_picture_stays(media_type):
    """Profiles, transformations, loops, words and identifiers are no metadata."""
    whole = WHOLE[media_type]
    made = disarmed(media_type, whole)

    assert () == made.removed
    assert made.content == (
        disarmed(media_type, made.content).content if "tiff" in media_type else whole
    )
    assert disarmer_of(media_type).measure(whole) == disarmer_of(media_type).measure(made.content)


@wholes
def test_a_changed_pixel_is_measured_as_another(media_type):
    """The last pixel counts as much as the first."""
    whole = WHOLE[media_type]
    changed = bytearray(whole)
    places = {"image/jpeg": -8, "image/gif": -4, "image/tiff": -20, "image/x-bigtiff": -20}
    changed[places.get(media_type, -1)] ^= 1
    if media_type == "image/png":  # whose chunks are summed
        whole, changed = png_beside(pixels=bytes(64)), png_beside(pixels=bytes(63) + b"\x01")

    measure = disarmer_of(media_type).measure
    assert measure(whole) != measure(bytes(changed))


@wholes
@pytest.mark.parametrize("size", [0, 1, 8, 13, 20, 30, 40])
def test_a_part_of_a_picture_has_a_name(media_type, size):
    """Content that is not whole is a fault of the format."""
    with pytest.raises(FormatError):
        disarmed(media_type, WHOLE[media_type][:size])


@pytest.mark.parametrize(("turned", "order"), [(6, "<"), (8, ">"), (3, "<")])
def test_a_picture_stays_turned_as_it_was(turned, order):
    """Of all that cameras say, only this changes what people see."""
    made = disarmed("image/jpeg", jpeg_beside(segment(0xE1, exif(turned, order)))).content

    assert bytes([0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, turned]) in made
    assert disarmer_of("image/jpeg").measure(made) != disarmer_of("image/jpeg").measure(jpeg())


def test_a_tiff_without_a_page_is_no_picture():
    """There is nothing to keep."""
    with pytest.raises(FormatError, match="no page"):
        disarmed("image/tiff", b"II*\x00" + bytes(28))


def test_text_that_a_reader_of_gif_would_draw_holds_the_picture():
    """It is a part of what is seen."""
    text = b"\x21\x01\x0c" + bytes(12) + b"\x05words\x00"

    with pytest.raises(CannotDisarmError, match="text"):
        disarmed("image/gif", gif()[:19] + text + gif()[19:])


@pytest.mark.parametrize("start", [b"MZ", b"\x7fELF", b"#!/bin/sh", b"PK\x03\x04", b"%PDF-"])
def test_a_preamble_that_begins_like_a_program_is_never_zeroed(start):
    """No accident writes that: the file is evidence."""
    with pytest.raises(CannotDisarmError, match="preamble"):
        disarmed("application/dicom", dicom(preamble=start.ljust(128, b"\x00")))


def test_an_element_that_is_cut_is_not_cut_off():
    """What may be the rest of a picture is damage, and no padding."""
    with pytest.raises(FormatError):
        disarmed("application/dicom", dicom()[:-5])


def test_nothing_is_cut_off_a_file_without_pixels():
    """Then nobody knows what the bytes behind were."""
    report = dicom(element(8, 0x16, b"UI", b"1.2\x00"))

    with pytest.raises(FormatError):
        disarmed("application/dicom", report + SCRIPT)


def test_a_program_behind_a_picture_is_found_by_the_scanners():
    """Such a picture is never disarmed by itself: its finding is none of active content."""
    findings = FileType().scan(open_sample(jpeg() + PE, Limits())).findings

    assert all(finding.rule != "script-in-picture" for finding in findings)
