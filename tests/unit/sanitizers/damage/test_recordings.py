"""Damage in recordings and JPEG 2000 pictures, and what of them is promoted."""

import math
import struct
from array import array

import pytest

from custody.outcome import NotScanned
from formats.sound import read_wave
from sanitizers.damage.recordings import ogg_checksum
from sanitizers.understood import UNDERSTOOD
from tests.corpus.damaging import CUTS, ENCRYPTIONS, SPARING, noise, overwrite
from tests.corpus.disguises import PE
from tests.corpus.looking import demands, look

FORM = struct.pack("<HHIIHH", 1, 1, 16_000, 32_000, 2, 16)
EMPTY_BOX = struct.pack(">I4s", 8, b"free")


def damage(content: bytes) -> set[str]:
    """Return the demands of both scanners of damage."""
    seen = look(content)
    return demands(seen, "integrity") | demands(seen, "encryption")


def chunk(name: bytes, body: bytes) -> bytes:
    """Return a chunk of a WAVE file, filled up to an even length."""
    return name + struct.pack("<I", len(body)) + body + bytes(len(body) % 2)


def wave(samples: bytes, *further: bytes, coding: int = 1) -> bytes:
    """Return a recording of one channel in 16 bits."""
    form = chunk(b"fmt ", struct.pack("<H", coding) + FORM[2:])
    body = b"WAVE" + form + chunk(b"data", samples) + b"".join(further)
    return b"RIFF" + struct.pack("<I", len(body)) + body


def page(number: int, body: bytes, *, stream: int = 7, last: bool = False) -> bytes:
    """Return a page of an Ogg stream, which may be its last (RFC 3533 section 6)."""
    sizes = bytes([255] * (len(body) // 255) + [len(body) % 255])
    head = struct.pack("<4sBBQII", b"OggS", 0, 4 * last, number * 960, stream, number)
    rest = bytes([len(sizes)]) + sizes + body
    return head + struct.pack("<I", ogg_checksum(head + bytes(4) + rest)) + rest


def codestream(packed: bytes) -> bytes:
    """Return a codestream of one tile (ITU T.800 annex A)."""
    size = b"\xff\x51" + struct.pack(">H", 41) + bytes(39)
    tile = b"\xff\x90" + struct.pack(">HHIBB", 10, 0, 14 + len(packed), 0, 1)
    return b"\xff\x4f" + size + tile + b"\xff\x93" + packed + b"\xff\xd9"


def jp2(packed: bytes, behind: bytes = b"") -> bytes:
    """Return a picture of boxes; `behind` stands between the end mark and the end of its box."""
    stream = codestream(packed) + behind
    brand = struct.pack(">I4s4sI4s", 20, b"ftyp", b"jp2 ", 0, b"jp2 ")
    mark = b"\x00\x00\x00\x0cjP  \r\n\x87\n"
    return mark + brand + struct.pack(">I4s", 8 + len(stream), b"jp2c") + stream


VOICE = b"".join(
    struct.pack("<h", int(9000 * math.sin(at / 11) * math.sin(at / 900)) + grain % 64)
    for at, grain in enumerate(noise(24_000, 3))
)
PACKED = noise(40_000, 5).replace(b"\xff", b"\xfe")
RECORDINGS = {
    "wave": wave(VOICE),
    "ogg": b"".join(page(n, noise(4_000, n), last=n == 10) for n in range(11)),
    "jp2": jp2(PACKED),
    "j2k": codestream(PACKED),
}
TYPES = {
    "wave": "audio/wav",
    "ogg": "audio/ogg",
    "jp2": "image/jp2",
    "j2k": "image/x-jp2-codestream",
}


@pytest.mark.parametrize("kind", RECORDINGS)
def test_an_intact_one_is_promotable(kind: str) -> None:
    """Its type is one that is read whole, and nothing is held against it."""
    seen = look(RECORDINGS[kind])
    assert seen.media_type == TYPES[kind]
    assert seen.media_type in UNDERSTOOD
    assert not [o for o in seen.outcomes if isinstance(o, NotScanned)]
    assert [o.findings for o in seen.outcomes if getattr(o, "findings", ())] == []


@pytest.mark.parametrize("kind", RECORDINGS)
@pytest.mark.parametrize("pattern", SPARING)
def test_noise_behind_the_first_bytes_is_called_that(kind: str, pattern: str) -> None:
    """A mark that was spared hides nothing: packets, pages and samples contradict it."""
    seen = look(SPARING[pattern](RECORDINGS[kind]))
    assert demands(seen, "encryption")


@pytest.mark.parametrize("kind", RECORDINGS)
@pytest.mark.parametrize("pattern", ["tail 4 KiB", "footer 512 B"])
def test_noise_at_the_end_is_called_that(kind: str, pattern: str) -> None:
    """Overwritten or appended."""
    assert demands(look(ENCRYPTIONS[pattern](RECORDINGS[kind])), "encryption")


@pytest.mark.parametrize("kind", RECORDINGS)
@pytest.mark.parametrize("where", CUTS)
def test_a_cut_is_called_that(kind: str, where: str) -> None:
    """Each says how long it is, or how it ends."""
    assert damage(CUTS[where](RECORDINGS[kind])) == {"cut"}


@pytest.mark.parametrize("kind", RECORDINGS)
def test_a_block_of_zeros_is_called_that(kind: str) -> None:
    """Zeros in the midst of sound, or of packed bytes, were never written."""
    content = RECORDINGS[kind]
    assert damage(content[:20_480] + bytes(4096) + content[24_576:]) == {"zero-filled"}


def test_silence_and_loud_noise_are_sound() -> None:
    """Silence begins in the least bits; neighbours in a loud hiss still resemble each other."""
    fading = b"".join(struct.pack("<h", 4000 - at) for at in range(4000))
    assert damage(wave(fading + bytes(8000) + struct.pack("<h", 3) * 9)) == set()
    steps = (int.from_bytes(noise(2, n), "little") - 32_768 for n in range(600))
    hiss = b"".join(struct.pack("<h", step) * 8 for step in steps)
    assert damage(wave(hiss)) == set()
    assert damage(wave(noise(9000, 4))) == {"random-region"}


@pytest.mark.parametrize("width", [3, 4])
def test_wide_samples_resemble_their_neighbours_where_they_are_loud(width: int) -> None:
    """Their least bytes are noise in any recording; noise in all of them is none."""
    form = struct.pack("<HHIIHH", 1, 1, 16_000, 16_000 * width, width, 8 * width)

    def wide(samples: bytes) -> bytes:
        body = b"WAVE" + chunk(b"fmt ", form) + chunk(b"data", samples)
        return b"RIFF" + struct.pack("<I", len(body)) + body

    tone = (int((1 << 8 * width - 2) * math.sin(n / 9)) for n in range(6000))
    samples = b"".join(
        (noise(width - 2, n) + (each >> 8 * (width - 2)).to_bytes(2, "little", signed=True))
        for n, each in enumerate(tone)
    )
    assert damage(wide(samples)) == set()
    assert damage(wide(samples[:9000] + noise(6000, 1) + samples[15_000:])) == {"random-region"}


@pytest.mark.parametrize("sized", [True, False])
def test_nothing_hides_behind_an_end_mark_amid_a_tile(*, sized: bool) -> None:
    """No packed part has an end mark in it, whether it says how long it is or not."""
    hiding = codestream(b"packed" * 90 + b"\xff\xd9" + PE)
    at = hiding.index(b"\xff\x90")
    size = hiding[at + 6 : at + 10] if sized else bytes(4)
    assert damage(hiding[: at + 6] + size + hiding[at + 10 :])
    plain = codestream(PACKED)
    assert damage(plain[: at + 6] + bytes(4) + plain[at + 10 :]) == set()


def test_what_is_not_samples_is_not_promoted() -> None:
    """Packed samples are not looked into; a program among the remarks is none of a recorder's."""
    reasons = [
        outcome.reason
        for content in (
            wave(VOICE, coding=2),
            wave(VOICE, chunk(b"xtra", PE)),
            wave(VOICE, chunk(b"JUNK", PE)),
            wave(VOICE, chunk(b"PAD ", noise(70_000, 6))),
            wave(VOICE, chunk(b"data", PE)),
            wave(VOICE, chunk(b"fmt ", FORM + PE)),
        )
        for outcome in look(content).outcomes
        if isinstance(outcome, NotScanned) and outcome.scanner == "integrity"
    ]
    assert reasons == [
        "unsupported: samples that are packed",
        *["unsupported: a chunk that may hold a file"] * 5,
    ]
    assert damage(wave(VOICE, chunk(b"LIST", b"INFOISFT dictation"))) == set()
    assert damage(wave(VOICE, chunk(b"JUNK", bytes(100_000)))) == set()
    assert damage(RECORDINGS["ogg"] + PE) == {"trailing-data"}


def test_nothing_hides_between_the_end_mark_and_the_end_of_its_box() -> None:
    """What stands there belongs to no tile, and a box behind it makes it no part of the end."""
    assert damage(jp2(PACKED, b"\x00" * 9) + EMPTY_BOX) == set()
    assert damage(jp2(PACKED, PE) + EMPTY_BOX) == {"trailing-data"}
    assert damage(jp2(PACKED, noise(9_000, 7)) + EMPTY_BOX) == {"random-trailer"}


def test_a_stream_without_a_last_page_is_held() -> None:
    """Whether it was cut between two pages, nobody can tell; another stream's end is not its."""
    pages = b"".join(page(n, noise(900, n)) for n in range(5))
    for content in (pages, pages + page(0, b"x" * 100, stream=8, last=True)):
        (reason,) = (
            outcome.reason
            for outcome in look(content).outcomes
            if isinstance(outcome, NotScanned) and outcome.scanner == "integrity"
        )
        assert reason == "unsupported: no page says that it is the last"


def test_a_recording_tells_where_its_samples_lie() -> None:
    """Offsets are those of the file, and a sample has two bytes."""
    read = read_wave(RECORDINGS["wave"])
    assert (read.width, read.start, read.end) == (2, 44, 44 + len(VOICE))


@pytest.mark.parametrize("at", [0, 20_000])
def test_a_single_page_that_was_overwritten_is_found(at: int) -> None:
    """Sixteen bytes anywhere break the checksum of their page."""
    content = overwrite(RECORDINGS["ogg"], [(at + 64, at + 80)])
    assert demands(look(content), "encryption")


def test_zeros_that_begin_where_sound_goes_through_zero_are_seen() -> None:
    """One sample says nothing; a recording that fades out is quiet for some of them."""
    loud = array("h", [int(20_000 * math.sin(n / 30)) for n in range(9000)])
    zero = next(n for n in range(5000, 9000) if abs(loud[n]) < 200)
    swell = array("h", [value * n // 20_000 for n, value in enumerate(reversed(loud[:4000]))])
    fading = array("h", [loud[n] * (4000 - n) // 4000 for n in range(4000)])
    assert damage(wave(loud.tobytes())) == set()
    assert damage(wave(loud[: zero + 1].tobytes() + bytes(9000))) == {"zero-filled"}
    assert damage(wave(fading.tobytes() + bytes(9000) + swell.tobytes())) == set()
