"""Damage in FLAC recordings."""

from contextlib import suppress

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.faults import FormatError
from formats.flac import blocks, end_of_frames, frame_sum, total_samples
from tests.corpus.damaging import CUTS, ENCRYPTIONS, SPARING, ZEROS, Damage, noise, overwrite
from tests.corpus.disguises import PE
from tests.corpus.flacs import block, flac, frame, remainder, remarks
from tests.corpus.looking import demands, look, silence
from tests.corpus.recordings import png

COVER = png(64)
PICTURE = (3).to_bytes(4) + (9).to_bytes(4) + b"image/png" + bytes(4 + 16)
NOTES = (
    block(4, remarks("TITLE=Dictée".encode(), b"ARTIST=Dr. P")),
    block(6, PICTURE + len(COVER).to_bytes(4) + COVER),
)
WHOLE = flac(18, *NOTES)


def damage(content: bytes) -> set[str]:
    """Return the demands of both scanners of damage."""
    seen = look(content)
    return demands(seen, "integrity") | demands(seen, "encryption")


def end(content: bytes) -> int:
    """Return where the frames of a content end."""
    found = list(blocks(content))
    return end_of_frames(content, found[-1].end, total_samples(content, found[0]))


def test_a_whole_recording_asks_for_nothing() -> None:
    """Each frame fits its sum, and there are as many samples as the file says."""
    seen = look(WHOLE)
    assert seen.media_type == "audio/flac"
    assert damage(WHOLE) == demands(seen, "file_type") == set()
    assert silence(seen, "active_content") == silence(seen, "integrity") == ""
    assert end(WHOLE) == len(WHOLE)


def test_two_bytes_at_a_time_give_the_sum_of_the_standard() -> None:
    """Of frames of even and of odd length."""
    for content in (b"a", b"ab", noise(999), noise(1000)):
        assert frame_sum(content) == remainder(content, 16, 0x8005)
    assert frame_sum(frame(3)) == 0


@pytest.mark.parametrize("pattern", ENCRYPTIONS)
def test_noise_is_called_that(pattern: str) -> None:
    """A frame that was overwritten anywhere does not fit its sum; without a mark it is nothing."""
    seen = look(ENCRYPTIONS[pattern](WHOLE))
    told = demands(seen, "encryption") | demands(seen, "integrity")
    assert told or demands(seen, "file_type") == {"type-not-understood"}


@pytest.mark.parametrize("pattern", SPARING)
def test_noise_behind_the_first_bytes_is_called_that(pattern: str) -> None:
    """A mark that was spared hides nothing."""
    assert demands(look(SPARING[pattern](WHOLE)), "encryption")


@pytest.mark.parametrize("cut", CUTS.values())
def test_a_cut_is_called_that(cut: Damage) -> None:
    """Samples are missing, wherever the cut is."""
    assert damage(cut(WHOLE)) <= {"cut", "overwritten-stream"}
    assert damage(cut(WHOLE))


def test_a_cut_between_two_frames_is_seen() -> None:
    """The number of samples stands in front."""
    last = len(frame(17))
    assert damage(WHOLE[: -3 * last]) == {"cut"}
    assert damage(WHOLE[: -3 * last - 500]) == {"cut"}


@pytest.mark.parametrize("pattern", ["zeros from 60 %", "zeros 40 to 60 %", "zero block"])
def test_zeros_are_called_that(pattern: str) -> None:
    """No frame packs to so many zeros."""
    assert damage(ZEROS[pattern](WHOLE)) <= {"zero-filled", "zero-filled-end"}
    assert damage(ZEROS[pattern](WHOLE))


def test_a_recording_that_does_not_know_its_length_is_held() -> None:
    """Where it was cut nobody can tell."""
    assert silence(look(flac(6, claimed=0)), "integrity").startswith("unsupported")


def test_one_bit_is_seen() -> None:
    """It is one of a frame that is packed: what was there nobody knows."""
    changed = WHOLE[:9000] + bytes([WHOLE[9000] ^ 16]) + WHOLE[9001:]
    assert damage(changed) == {"overwritten-stream"}


@pytest.mark.parametrize(
    "changed",
    [
        flac(6, block(1, noise(900))),
        flac(6, block(4, remarks(b"TITLE=" + noise(600)))),
        overwrite(WHOLE, [(900, 1500)]),
        overwrite(WHOLE, [(36, 60)]),
    ],
)
def test_noise_in_notes_is_called_that(changed: bytes) -> None:
    """In padding, in remarks, in a cover, over the header of a block."""
    assert demands(look(changed), "encryption")


def test_what_may_hold_a_file_is_not_promoted() -> None:
    """Notes of programs, remarks, and what is called a picture."""
    for notes in (block(2, b"riff" + PE), block(4, remarks(b"A=" + PE)), block(6, b"\x00" * 32)):
        seen = look(flac(6, notes))
        held = silence(seen, "integrity") + "".join(damage(flac(6, notes)))
        assert held or demands(seen, "active_content") or demands(seen, "file_type")


def test_what_follows_the_last_frame_is_judged() -> None:
    """A tag of old players is none of the recording; a key is noise; a program is one."""
    assert damage(flac(6, behind=b"TAG" + bytes(125))) == set()
    assert damage(flac(6, behind=noise(512))) == {"random-trailer"}
    assert damage(flac(6, behind=PE)) == {"trailing-data"}


@settings(max_examples=100, deadline=None)
@given(st.integers(0, 2000), st.binary(min_size=1, max_size=8))
def test_any_change_ends_in_a_place_or_a_named_fault(at: int, change: bytes) -> None:
    """Nothing but a FormatError leaves the reader."""
    whole = _SHORT
    with suppress(FormatError):
        end(whole[:at] + change + whole[at + len(change) :])


_SHORT = flac(2)
