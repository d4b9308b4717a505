"""Films and photographs in boxes: what is promoted, what is damage, and what hides."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.outcome import NotScanned
from formats.base_media import boxes, top_boxes
from formats.faults import FormatError, MalformedError
from formats.media_items import read_items
from formats.media_tracks import read_tracks
from formats.nal_units import check_obus, check_units
from sanitizers.understood import UNDERSTOOD
from tests.corpus.damaging import CUTS, ENCRYPTIONS, SPARING, noise, overwrite
from tests.corpus.disguises import PE
from tests.corpus.films import box, film, photograph, unit
from tests.corpus.looking import demands, look, silence

WHOLE = {
    "mp4": (film(), "video/mp4"),
    "mov": (film(kind="mov", pictures=12), "video/quicktime"),
    "heic": (photograph(), "image/heic"),
}


def damage(content: bytes) -> set[str]:
    """Return the demands of both scanners of damage."""
    seen = look(content)
    return demands(seen, "integrity") | demands(seen, "encryption")


@pytest.mark.parametrize("kind", WHOLE)
def test_an_intact_one_is_promotable(kind: str) -> None:
    """Its type is one that is read whole, and nothing is held against it."""
    content, media_type = WHOLE[kind]
    seen = look(content)
    assert seen.media_type == media_type
    assert media_type in UNDERSTOOD
    assert not [o for o in seen.outcomes if isinstance(o, NotScanned)]
    assert [o.findings for o in seen.outcomes if getattr(o, "findings", ())] == []


@pytest.mark.parametrize("kind", WHOLE)
@pytest.mark.parametrize("pattern", SPARING)
def test_noise_behind_the_first_bytes_is_called_that(kind: str, pattern: str) -> None:
    """A mark that was spared hides nothing: units have to fill their samples."""
    assert demands(look(SPARING[pattern](WHOLE[kind][0])), "encryption")


@pytest.mark.parametrize("kind", WHOLE)
@pytest.mark.parametrize("pattern", ["tail 4 KiB", "footer 512 B"])
def test_noise_at_the_end_is_called_that(kind: str, pattern: str) -> None:
    """Overwritten or appended."""
    assert demands(look(ENCRYPTIONS[pattern](WHOLE[kind][0])), "encryption")


@pytest.mark.parametrize("kind", WHOLE)
@pytest.mark.parametrize("where", CUTS)
def test_a_cut_is_called_that(kind: str, where: str) -> None:
    """Boxes fill a file to its last byte."""
    assert damage(CUTS[where](WHOLE[kind][0])) == {"cut"}


@pytest.mark.parametrize("kind", WHOLE)
def test_a_block_of_zeros_is_called_that(kind: str) -> None:
    """No unit has that many zeros."""
    content = WHOLE[kind][0]
    assert damage(content[:8192] + bytes(4096) + content[12_288:]) == {"zero-filled"}


@pytest.mark.parametrize("at", range(300, 12_000, 1700))
def test_a_frame_of_sound_that_was_overwritten_is_found(at: int) -> None:
    """Frames of one sound begin with the same element, and pictures with their lengths."""
    assert demands(look(overwrite(WHOLE["mp4"][0], [(at, at + 1900)])), "encryption")


@pytest.mark.parametrize(
    "content",
    [
        film(gap=PE * 8),
        film(notes=box(b"udta", b"%PDF-1.4 " + bytes(90))),
        film(behind=box(b"free", PE)),
        film(behind=box(b"uuid", noise(70_000))),
        film(behind=box(b"moof", bytes(16))),
        film(packing=b"xxxx"),
        photograph(notes=b"Exif\0\0" + PE),
        photograph(notes=b"%PDF-1.4 " + bytes(90), last=b"rest"),
        photograph(notes=noise(70_000), last=b"rest"),
    ],
)
def test_what_may_hold_a_file_is_not_promoted(content: bytes) -> None:
    """Gaps between samples, notes, and boxes that nobody reads may hold anything."""
    assert silence(look(content), "integrity").startswith("unsupported")


def test_noise_among_notes_is_called_that() -> None:
    """Words and numbers have no noise; neither has what nothing leads to."""
    for content in (film(gap=noise(5000)), film(notes=box(b"udta", noise(3000)))):
        assert demands(look(content), "encryption") == {"overwritten-structure"}


def test_few_bytes_between_samples_are_filling() -> None:
    """Recorders align what they write."""
    assert damage(film(gap=bytes(4000))) == damage(film(gap=b"remark")) == set()


def test_boxes_fill_what_they_are_in() -> None:
    """A box that is longer than the one around it is none."""
    inside = struct.pack(">I4s", 99, b"free")
    with pytest.raises(MalformedError):
        list(boxes(inside + bytes(200), 0, 20))


@pytest.mark.parametrize(
    "sample",
    [
        struct.pack(">I", 9) + b"\x65abc",
        struct.pack(">I", 4) + b"\xe5abc",
        struct.pack(">I", 0) + b"abc",
        struct.pack(">I", 8) + b"\x65a\x00\x00\x01abc",
    ],
)
def test_what_is_no_unit_is_named(sample: bytes) -> None:
    """Too long, of a forbidden kind, empty, or with a start code inside."""
    with pytest.raises(MalformedError):
        check_units(sample, 0, len(sample), 4)


def test_zeros_fill_a_unit_by_a_few_bytes_only() -> None:
    """What was never written at the end of a picture is longer."""
    for zeros, fine in ((4, True), (400, False)):
        sample = struct.pack(">I", 5 + zeros) + b"\x65abcd" + bytes(zeros)
        assert fine is (_fault_of(sample) == "")
    tail = WHOLE["heic"][0]
    assert damage(tail[:15_000] + bytes(len(tail) - 15_000)) == {"zero-filled"}


def _fault_of(sample: bytes) -> str:
    try:
        check_units(sample, 0, len(sample), 4)
    except MalformedError as error:
        return error.reason
    return ""


def test_silence_is_packed_too() -> None:
    """Frames of sound that are nothing but zeros were never written."""
    whole = film(pictures=40)
    moov = whole.rindex(b"moov") - 4
    assert damage(whole[: moov - 40_000] + bytes(40_000) + whole[moov:]) == {"zero-filled"}


def test_units_of_av1_have_lengths_of_their_own() -> None:
    """Seven bits a byte; the last unit may have none."""
    whole = b"\x12\x00" + b"\x32\x05abcde" + b"\x30rest"
    check_obus(whole, 0, len(whole))
    for broken in (b"\x92\x00", b"\x32\x09abc", b"\x32" + b"\xff" * 12):
        with pytest.raises(MalformedError):
            check_obus(broken, 0, len(broken))


@given(st.binary(max_size=200), st.integers(0, 4000))
def test_any_change_ends_in_a_named_fault(change: bytes, at: int) -> None:
    """Whatever stands in the tables, reading them ends, and in nothing but a named fault."""
    for content in (photograph(tiles=1), film(pictures=2)):
        place = len(content) - at % len(content)
        changed = content[:place] + change + content[place + len(change) :]
        try:
            for found in top_boxes(changed):
                if found.name == b"moov":
                    list(read_tracks(changed, found))
                elif found.name == b"meta":
                    list(read_items(changed, found))
        except FormatError:
            continue


def test_a_unit_is_as_long_as_it_says() -> None:
    """The builder and the reader agree."""
    sample = unit(50, 1) + unit(60, 2)
    check_units(sample, 0, len(sample), 4)
