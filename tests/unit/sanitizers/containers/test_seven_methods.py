"""Rare methods of 7z and ZIP: what 7-Zip wrote comes out whole, and what is broken is named."""

import inflate64
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from formats.faults import FormatError, MalformedError, TruncatedError
from sanitizers.containers import libarchive, seven_bcj2
from sanitizers.containers.means import Means
from sanitizers.containers.unpacked import Unpacked
from sanitizers.containers.unpacking import READERS
from sanitizers.deflate64 import inflate_64
from sanitizers.limits import Limits
from tests.corpus import sevenzips
from tests.corpus.intact import WORDS
from tests.corpus.seven_packed import BCJ2, CODE, DEFLATE64, PPMD, TABLE, ZIP_DEFLATE64

SEVEN, ZIP = "application/x-7z-compressed", "application/zip"
MOST = 1 << 20
WRITTEN = {
    "PPMd": (PPMD, SEVEN, TABLE),
    "Deflate64": (DEFLATE64, SEVEN, TABLE),
    "BCJ2": (BCJ2, SEVEN, CODE),
    "Deflate64 in ZIP": (ZIP_DEFLATE64, ZIP, TABLE),
}
_PACKER = inflate64.Deflater()
PACKED_WORDS = _PACKER.deflate(WORDS) + _PACKER.flush()


def apart(content: bytes, media_type: str) -> list[Unpacked]:
    """The parts of an archive."""
    limits = Limits(free_ratio_bytes=1 << 16, most_content_bytes=MOST)
    return list(READERS[media_type](content, Means(limits=limits)))


@pytest.mark.parametrize("name", WRITTEN)
def test_what_7_zip_packed_comes_out_whole(name: str) -> None:
    """Every byte is the one that went in."""
    if name == "PPMd" and libarchive.LIBRARY is None:
        pytest.skip("no libarchive that is new enough")
    content, media_type, expected = WRITTEN[name]

    (part,) = apart(content, media_type)

    assert ("", expected) == (part.refusal, part.content)


def test_ppmd_without_libarchive_says_what_to_install(monkeypatch) -> None:
    """It is held by a name, not passed over."""
    monkeypatch.setattr(libarchive, "LIBRARY", None)

    (part,) = apart(PPMD, SEVEN)

    assert f"unsupported: {libarchive.INSTALL}" == part.refusal


@pytest.mark.parametrize(
    ("properties", "reason"),
    [
        (b"\x01\0\0\1\0", "malformed: properties of PPMd that cannot be"),
        (b"\x41\0\0\1\0", "malformed: properties of PPMd that cannot be"),
        (b"\x06\0\1\0\0", "malformed: properties of PPMd that cannot be"),
        (b"\x06\1\0\0\x10", "limit: it needs a model of 268435457 bytes"),
    ],
)
def test_properties_of_ppmd_are_bounded(properties: bytes, reason: str) -> None:
    """A few bytes never ask for more memory than a reader gives."""
    at = PPMD.index(b"\x03\x04\x01") + 4
    change = (PPMD[at - 4 : at + 5], PPMD[at - 4 : at] + properties)

    (part,) = apart(sevenzips.with_list(PPMD, change), SEVEN)

    assert reason == part.refusal


@settings(max_examples=300, deadline=None)
@given(st.data())
def test_hostile_bytes_end_in_parts_or_a_named_fault(data) -> None:
    """Whatever stands in the packed streams, nothing but a named fault comes of it."""
    seed, media_type, _ = WRITTEN[data.draw(st.sampled_from(sorted(WRITTEN)))]
    at = data.draw(st.integers(32, 200))
    put = data.draw(st.binary(min_size=1, max_size=24))
    content = seed[:at] + put + seed[at + len(put) :]
    try:
        parts = apart(content, media_type)
    except FormatError:
        return
    assert all(len(part.content) <= MOST for part in parts)


@settings(max_examples=200, deadline=None)
@given(main=st.binary(max_size=80), rest=st.binary(max_size=80), size=st.integers(0, 200))
def test_any_bytes_as_bcj2_end_in_their_size_or_a_named_fault(main, rest, size) -> None:
    """No piece of a stream is read beyond its end."""
    streams = [iter([main]), iter([rest]), iter([rest]), iter([b"\0" + rest])]
    try:
        plain = b"".join(seven_bcj2.merged(streams, size))
    except FormatError:
        return
    assert size == len(plain)


def test_a_stream_of_bcj2_that_goes_on_is_named() -> None:
    """What nobody would read is no part of the archive."""
    streams = [iter([b"plain"]), iter([b"more"]), iter([]), iter([bytes(5)])]

    with pytest.raises(MalformedError):
        list(seven_bcj2.merged(streams, 5))


def test_pieces_of_any_size_give_the_same_program() -> None:
    """An opcode of two bytes may lie in two pieces, and behind an address."""
    main = b"\x0f\x84a\xe8b\x0f\x85"
    calls = b"\0\0\1\0"
    whole = list(seven_bcj2.merged(_streams(main, calls, 9), 15))
    single = list(seven_bcj2.merged(_streams(main, calls, 1), 15))

    assert b"".join(whole) == b"".join(single)


def _streams(main: bytes, calls: bytes, step: int) -> list:
    """Streams in which the first opcode of two bytes has no address, and the others have one."""
    cut = iter([main[at : at + step] for at in range(0, len(main), step)])
    return [cut, iter([calls]), iter([calls]), iter([b"\0\x70\0\0\0" + bytes(20)])]


def test_deflate64_ends_with_its_last_byte() -> None:
    """What stands behind a stream is hidden, and what lacks its end is cut."""
    assert inflate_64(PACKED_WORDS, len(WORDS) + 1) == WORDS
    assert inflate_64(PACKED_WORDS, 100) == WORDS[:100]
    for more in (b"x", b"x" * 100):
        with pytest.raises(MalformedError):
            inflate_64(PACKED_WORDS + more, len(WORDS) + 1)
    with pytest.raises(TruncatedError):
        inflate_64(PACKED_WORDS[:-9], len(WORDS) + 1)


def test_a_bomb_of_deflate64_stops_at_its_bound() -> None:
    """The library knows no bound; what it is fed at once comes to little."""
    packer = inflate64.Deflater()
    packed = packer.deflate(bytes(20 << 20)) + packer.flush()

    assert len(inflate_64(packed, 5000)) == 5000


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200), st.integers(1, 5000))
def test_any_bytes_as_deflate64_are_bounded(packed: bytes, most: int) -> None:
    """They come to so many bytes at most, or are no stream."""
    try:
        plain = inflate_64(packed, most)
    except FormatError:
        return
    assert len(plain) <= most


@pytest.mark.parametrize("method", [sevenzips.LZMA2, sevenzips.COPY])
def test_bytes_behind_the_end_of_a_packed_stream_are_named(method: bytes) -> None:
    """The list gives a stream more bytes than its end needs: no program shows what is in them."""
    items = [
        sevenzips.Item(name="a.txt", content=WORDS),
        sevenzips.Item(name="b.txt", content=TABLE),
    ]
    whole = sevenzips.sevenzip(*items, method=method)
    longer = sevenzips.sevenzip(*items, method=method, leftover=b"MZ hidden")

    assert ["", ""] == [part.refusal for part in apart(whole, SEVEN)]
    assert ["", "", "hidden-data"] == [part.refusal for part in apart(longer, SEVEN)]
    assert [WORDS, TABLE, b""] == [part.content for part in apart(longer, SEVEN)]
