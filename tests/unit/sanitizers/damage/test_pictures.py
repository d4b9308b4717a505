import struct

import pytest

from tests.corpus.damaging import noise, overwrite, stripes
from tests.corpus.disguises import PE
from tests.corpus.images import gif_of, grey_bmp, jpeg, jpeg_with, plain_tiff, wide_tiff
from tests.corpus.intact import GREY, INTACT
from tests.corpus.looking import demands, look, notes


def damage(content: bytes) -> set[str]:
    """Return the demands of both scanners of damage."""
    seen = look(content)
    return demands(seen, "integrity") | demands(seen, "encryption")


FILM = INTACT["film.jpg"]


@pytest.mark.parametrize("padding", [b"", bytes(3000), b"\xff" * 7])
def test_pictures_behind_a_picture_are_pictures(padding: bytes) -> None:
    """Cameras lay previews and maps of brightness behind the picture, with or without padding."""
    assert damage(FILM + padding + jpeg() + padding + FILM) == set()
    assert notes(look(FILM + padding + jpeg()), "integrity") == set()


def test_what_is_wrong_with_a_picture_behind_a_picture_is_seen() -> None:
    """A cut, noise, and what stands behind the last one."""
    assert damage(FILM + FILM[:-900]) == {"cut"}
    assert "overwritten-structure" in damage(FILM + overwrite(FILM, [(4096, 12_288)]))
    assert damage(FILM + jpeg() + noise(512)) == {"random-trailer"}
    assert damage(FILM + jpeg() + PE) == {"trailing-data"}


@pytest.mark.parametrize("filling", [b"", bytes(99), b"camera " * 9, b"\r\n"])
def test_a_program_behind_any_filling_is_held(filling: bytes) -> None:
    """A program is found wherever it begins, and a filling alone is noted."""
    assert damage(jpeg() + filling + PE) == {"trailing-data"}
    assert damage(jpeg() + filling) == set()


@pytest.mark.parametrize("size", [512, 513, 2048, 70_000])
def test_a_key_behind_a_line_end_is_noise(size: int) -> None:
    """The end mark of a text format is followed by a line end, and then by whatever is appended."""
    assert damage(INTACT["report.pdf"] + b"\r\n" + noise(size)) == {"random-trailer"}


def test_a_key_behind_other_bytes_is_noise() -> None:
    """Some files have bytes of no use behind their end; packed ones of any length are no key."""
    filling = b"a remark of the camera " * 60
    assert damage(jpeg() + filling) == set()
    assert damage(jpeg() + filling + noise(1024)) == {"random-trailer"}
    assert damage(jpeg() + filling + noise(20_000)) == set()


def test_sectors_of_noise_are_seen_in_small_pictures() -> None:
    """No window of 4 KiB fits between them."""
    small = GREY[:9216]
    for whole in (
        grey_bmp(small, width=32),
        plain_tiff(small, width=96),
        wide_tiff(small, width=96),
    ):
        assert damage(whole) == set()
        sectors = [(at, at + 512) for at in range(1024, len(whole) - 512, 1024)]
        assert damage(overwrite(whole, sectors)) == {"random-region"}


def test_one_block_is_seen_across_short_strips() -> None:
    """Strips that follow one another are looked at together, however short each one is."""
    height, row = 64, 96
    offsets = range(200 + 8 * height, 200 + 8 * height + height * row, row)
    entries = [(256, row), (257, height), (258, 8), (259, 1), (277, 1)]
    plain = [struct.pack("<HHII", tag, 4, 1, value) for tag, value in entries]
    places = [
        struct.pack("<HHII", 273, 4, height, 200),
        struct.pack("<HHII", 279, 4, height, 200 + 4 * height),
    ]
    rows = sorted((*plain, *places), key=lambda entry: struct.unpack_from("<H", entry))
    head = b"II*\x00\x08\x00\x00\x00" + struct.pack("<H", len(rows)) + b"".join(rows) + bytes(4)
    tables = struct.pack(f"<{height}I", *offsets) + struct.pack(f"<{height}I", *[row] * height)
    whole = head.ljust(200, b"\x00") + tables + GREY[: height * row]
    assert damage(whole) == set()
    assert damage(overwrite(whole, [(1024, 5120)])) == {"random-region"}


def test_letters_drawn_on_black_are_no_lost_rows() -> None:
    """A word ends in one row, and a frame begins in the next: nothing was lost between them."""
    row, lines = 640, []
    for line in range(60):
        pixels = bytearray(row)
        if line == 30:
            pixels[560:600] = b"\xc8" * 40
        elif line > 30:
            pixels[40:200] = b"\xc8" * 160
        lines.append(bytes(pixels))
    assert damage(plain_tiff(b"".join(lines), width=row)) == set()


def test_a_bitmap_that_holds_a_packed_picture_is_not_looked_at_for_noise() -> None:
    """Printers take JPEG and PNG inside of a bitmap: its bytes are packed by right."""
    picture = jpeg_with(noise(9000).replace(b"\xff", b"\xff\x00"))
    plain = grey_bmp(picture[: len(picture) // 96 * 96], width=32)
    packed = plain[:30] + struct.pack("<I", 4) + plain[34:]
    assert "random-region" in damage(plain)
    assert "random-region" not in damage(packed)


def test_a_bitmap_may_end_in_its_header() -> None:
    """A mark, a size, and nothing else."""
    assert damage(grey_bmp(GREY[:96], width=32)[:20]) <= {"cut", "type-not-understood"}


DRAWN = gif_of(GREY[:24_576], width=128)


def test_noise_that_leads_back_to_the_blocks_of_a_gif_is_seen() -> None:
    """The sizes of blocks are left as they are: only the codes say that something is wrong."""
    assert damage(DRAWN) == set()
    first = 13 + 768 + 11
    for block in (first, first + 256 * 20):
        assert damage(overwrite(DRAWN, [(block + 1, block + 256)])) == {"overwritten-stream"}


def test_stripes_over_the_colours_of_a_gif_are_noise() -> None:
    """The first block begins within one of them."""
    assert damage(overwrite(DRAWN, stripes(len(DRAWN), 16, 16, 32))) == {"overwritten-structure"}


def half_full(content: bytes, size: int = 100) -> bytes:
    """Return a picture whose writer began each second block before the last one was full."""
    at = 13 + 768 + 11
    codes = b""
    while length := content[at]:
        codes += content[at + 1 : at + 1 + length]
        at += 1 + length
    blocks, left = [], 0
    while left < len(codes):
        part = codes[left : left + (255 if len(blocks) % 2 else size)]
        blocks.append(bytes([len(part)]) + part)
        left += len(part)
    return content[: 13 + 768 + 11] + b"".join(blocks) + content[at:]


@pytest.mark.parametrize("share", [30, 60, 95])
def test_a_gif_of_half_full_blocks_that_is_cut_is_no_noise(share: int) -> None:
    """Up to its end the codes make sense, whatever the sizes of blocks are."""
    whole = half_full(DRAWN)
    assert damage(whole) == set()
    assert damage(whole[: len(whole) * share // 100]) == {"cut"}
    assert damage(overwrite(whole, [(4096, len(whole) * 9 // 10)])) == {"overwritten-structure"}


def unwritten(pixels: bytes, at: int) -> bytes:
    """Return pixels with zeros from a place on."""
    return pixels[:at] + bytes(len(pixels) - at)


@pytest.mark.parametrize("column", [30, 66, 80])
def test_rows_that_stop_amid_pixels_were_never_written(column: int) -> None:
    """However little of the last row is missing: no other one leaves the edge empty."""
    width, bright = 96, bytes(value | 1 for value in GREY[: 96 * 96])
    at = 96 * 50 + column
    assert damage(plain_tiff(bright, width=width)) == set()
    assert damage(plain_tiff(unwritten(bright, at), width=width)) == {"zero-filled"}
    assert damage(plain_tiff(bytes(at) + bright[at:], width=width)) == {"zero-filled"}


def test_a_drawing_with_round_corners_on_black_is_whole() -> None:
    """The last row is shorter on both sides."""
    rows = [bytes(255 for _ in range(96)) for _ in range(39)] + [
        bytes(16) + b"\xff" * 64 + bytes(16)
    ]
    assert damage(plain_tiff(b"".join(rows).ljust(96 * 96, b"\0"), width=96)) == set()
