"""Recordings, volumes and small pictures: what is promoted, what is damage, and what hides."""

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.outcome import NotScanned
from formats.faults import FormatError
from formats.sound_tags import tags_before, tags_behind
from sanitizers.understood import UNDERSTOOD
from tests.corpus.damaging import CUTS, ENCRYPTIONS, SPARING, noise, overwrite, stripes
from tests.corpus.disguises import PE
from tests.corpus.looking import demands, look, silence
from tests.corpus.packages import archive
from tests.corpus.recordings import anymap, bdf, dib, edf, icon, mp3, nifti, png, tag, wave

WHOLE = {
    "mp3": (
        mp3(tag=tag((b"TIT2", b"\0Dictee"), (b"APIC", b"\0image/png\0\3\0" + png()))),
        "audio/mpeg",
    ),
    "edf": (edf(), "application/x-edf"),
    "nifti": (nifti(), "application/x-nifti"),
    "nifti 2": (nifti(version=2), "application/x-nifti"),
    "icon": (icon(dib(), dib(96)), "image/vnd.microsoft.icon"),
    "cursor": (icon(dib(96, 8), cursor=True), "image/x-win-cursor"),
    "pgm": (anymap(), "image/x-portable-anymap"),
    "ppm": (anymap(96, 6), "image/x-portable-anymap"),
}
KINDS = list(WHOLE)


def damage(content: bytes) -> set[str]:
    """Return the demands of both scanners of damage."""
    seen = look(content)
    return demands(seen, "integrity") | demands(seen, "encryption")


@pytest.mark.parametrize("kind", KINDS)
def test_an_intact_one_is_promotable(kind: str) -> None:
    """Its type is one that is read whole, and nothing is held against it."""
    content, media_type = WHOLE[kind]
    seen = look(content)
    assert seen.media_type == media_type
    assert media_type in UNDERSTOOD
    assert not [o for o in seen.outcomes if isinstance(o, NotScanned)]
    assert [o.findings for o in seen.outcomes if getattr(o, "findings", ())] == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("pattern", ["4 of 16 KiB from 4", "sectors from 512", "one block"])
def test_noise_behind_the_first_bytes_is_called_that(kind: str, pattern: str) -> None:
    """A mark that was spared hides nothing: frames, samples and pixels contradict it."""
    assert demands(look(SPARING[pattern](WHOLE[kind][0])), "encryption")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("pattern", ["tail 4 KiB", "footer 512 B"])
def test_noise_at_the_end_is_called_that(kind: str, pattern: str) -> None:
    """Overwritten or appended."""
    assert demands(look(ENCRYPTIONS[pattern](WHOLE[kind][0])), "encryption")


@pytest.mark.parametrize("kind", [kind for kind in KINDS if kind != "mp3"])
@pytest.mark.parametrize("where", CUTS)
def test_a_cut_is_called_that(kind: str, where: str) -> None:
    """Each says how long it is; the mask of an icon ends in zeros."""
    (rule,) = damage(CUTS[where](WHOLE[kind][0]))
    assert rule == "cut" or (rule == "zero-filled-end" and kind in ("icon", "cursor"))


@pytest.mark.parametrize("where", ["cut at 60 %", "last 100 bytes"])
def test_a_cut_frame_is_called_that(where: str) -> None:
    """A cut between two frames is none that anybody can see."""
    assert damage(CUTS[where](WHOLE["mp3"][0])) == {"cut"}


@pytest.mark.parametrize("kind", ["mp3", "edf", "nifti", "pgm"])
def test_a_block_of_zeros_is_called_that(kind: str) -> None:
    """Zeros in the midst of sound, signals and pixels were never written."""
    content = WHOLE[kind][0]
    assert damage(content[:5_262] + bytes(4096) + content[9_358:]) == {"zero-filled"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_file_behind_the_end_is_held(kind: str) -> None:
    """Nothing that a walk does not lead to is promoted with it."""
    assert damage(WHOLE[kind][0] + PE)
    seen = look(WHOLE[kind][0] + archive({"a.txt": b"x"}))
    assert demands(seen, "file_type") | demands(seen, "integrity")


@pytest.mark.parametrize(
    "content",
    [
        mp3(tag=tag((b"GEOB", b"\0application/pdf\0a.pdf\0x\0%PDF-1.4"))),
        mp3(tag=tag((b"PRIV", b"owner\0" + PE))),
        mp3(tag=tag((b"APIC", b"\0-->\0\3\0http://198.51.100.7/a.png"))),
        mp3(behind=b"APETAGEX" + struct.pack("<4I", 2000, len(PE) + 32, 1, 0) + bytes(8) + PE),
        icon(dib(16) + b"remarks of some length" * 9),
        icon(dib(16)) + b"between",
        nifti(extension=b"\1\0\0\0" + archive({"a": b"x" * 100}).ljust(316, b"\0")),
    ],
)
def test_what_may_hold_a_file_is_not_promoted(content: bytes) -> None:
    """Beside words and pictures, tags and extensions may hold anything."""
    seen = look(content)
    notes = {f.rule for o in seen.outcomes for f in getattr(o, "findings", ())}
    assert silence(seen, "integrity") or notes


def test_frames_without_a_length_are_not_followed() -> None:
    """A free bit rate says nothing of the length (ISO 11172-3 2.4.2.3)."""
    content = (b"\xff\xfb\x00\x00" + bytes(413)) * 20
    assert silence(look(content), "integrity")


def test_a_picture_within_a_tag_is_judged() -> None:
    """Noise in the cover is noise in the file."""
    cover = png(64)
    broken = cover[:900] + noise(512) + cover[1412:]
    assert damage(mp3(tag=tag((b"APIC", b"\0image/png\0\3\0" + broken))))


def test_a_number_of_records_that_is_not_known_is_counted() -> None:
    """A recording that was going on says -1: its records fill the file, or it is held."""
    whole = edf(claimed=-1)
    assert damage(whole) == set()
    assert silence(look(whole[:-100]), "integrity").startswith("unsupported")


STRAY = {
    "a title": b"TAG" + b"Dictee".ljust(125, b"\0"),
    "a tag": tag((b"TIT2", b"\0Dictee")),
    "zeros": bytes(20),
    "words of a station": b"StreamTitle='Dictee';".ljust(48, b"\0"),
    "a few bytes": noise(37, 8),
}


@pytest.mark.parametrize("what", STRAY)
def test_recordings_that_were_put_together_are_whole(what: str) -> None:
    """Tags and less than a frame of stray bytes stand between frames, and hide none."""
    assert damage(mp3(30) + STRAY[what] + mp3(30)) == set()


@pytest.mark.parametrize(
    "between",
    [
        noise(417, 8),
        bytes(417),
        noise(200, 8),
        b"\x7fELF",
        STRAY["a tag"] + noise(900, 9),
        PE[:300],
    ],
)
def test_a_frame_or_more_between_frames_is_damage(between: bytes) -> None:
    """So is noise, or what begins like a file: no player leaves that."""
    assert damage(mp3(30) + between + mp3(30))


def test_a_signal_that_is_noise_throughout_was_recorded_so() -> None:
    """An electrode that hangs free is none of an encryptor, which knows no signals."""
    recorded = bdf(wave(), b"", wave())
    assert damage(recorded) == set()
    for pattern in ("4 of 16 KiB from 4", "sectors from 512", "one block", "tail 4 KiB"):
        changed = {**SPARING, **ENCRYPTIONS}[pattern](recorded)
        assert demands(look(changed), "encryption"), pattern


def test_signals_that_are_noise_for_the_most_part_are_not_believed() -> None:
    """Whatever covers most of each record, or ends amid the recording, is no single signal."""
    half = bdf(wave(), b"", wave(), records=12)
    silent = bdf(wave(), bytes(750), wave(), records=12)[1024:]
    longer = half.replace(b"12".ljust(8) + b"1".ljust(8), b"24".ljust(8) + b"1".ljust(8)) + silent
    assert demands(look(longer), "encryption") == {"random-region"}
    assert demands(look(bdf(b"", b"", wave())), "encryption")


def test_a_text_is_no_bitmap() -> None:
    """Words may begin like the header of one."""
    assert look(b"P5 12 13 200 rooms on the first floor\n" * 9).media_type == "text/plain"


@given(st.binary(max_size=600))
def test_tags_end_within_the_content(rest: bytes) -> None:
    """Whatever stands in a tag, reading it ends, in a place or in a named fault."""
    for content in (b"ID3" + rest, tag((b"APIC", rest))):
        try:
            at, _ = tags_before(content)
            assert at <= len(content)
            assert at <= tags_behind(content, at) <= len(content)
        except FormatError:
            continue


def test_frames_that_were_never_written_are_missing() -> None:
    """Writers fill up a block with zeros, and not more."""
    whole = mp3()
    assert damage(whole + bytes(900)) == set()
    assert damage(whole[: 417 * 40] + bytes(417 * 20)) == {"zero-filled-end"}


def test_noise_in_the_colours_of_an_icon_is_seen() -> None:
    """A small icon is colours for the most part: their fourth byte is reserved."""
    small = icon(dib(16, 8))
    assert damage(small) == set()
    for first in (64, 512):
        spans = stripes(len(small), first, first, first)
        assert damage(overwrite(small, spans)) == {"overwritten-structure"}


def test_frames_that_begin_within_the_last_one_of_a_joined_recording_are_followed() -> None:
    """Its last frame was not copied whole: that is no noise, though packed sound looks like it."""
    assert damage(mp3()[:-41] + mp3()) == set()
    assert damage(mp3() + noise(900) + mp3()) == {"overwritten-structure"}


def test_zeros_that_begin_amid_a_frame_were_never_written() -> None:
    """Filling begins behind a frame, and silence has zeros in all of its frames."""
    whole = mp3()
    assert damage(whole[:-200] + bytes(200 + 900)) == {"zero-filled-end"}
    assert damage(whole + bytes(900)) == set()
    frame = whole[:217] + bytes(200)
    assert damage(frame * 40 + bytes(900)) == set()
