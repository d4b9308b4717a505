import struct

import pytest

from tests.corpus.damaging import SPARING, noise, overwrite
from tests.corpus.intact import GREY
from tests.corpus.looking import demands, look

_ROW = 64
_GREYS = b"".join(bytes([value, value, value, 0]) for value in range(256))


def damage(content: bytes) -> set[str]:
    """Return the demands of both scanners of damage."""
    seen = look(content)
    return demands(seen, "integrity") | demands(seen, "encryption")


def bitmap(body: bytes, *, colors: bytes = _GREYS, packing: int = 0, height: int) -> bytes:
    """Return a bitmap of 64 pixels a row, with its colours."""
    start = 54 + len(colors)
    sizes = struct.pack("<IiiHHII", 40, _ROW, height, 1, 8, packing, len(body))
    header = sizes + struct.pack("<iiII", 2835, 2835, len(colors) // 4, 0)
    return struct.pack("<2sIHHI", b"BM", start + len(body), 0, 0, start) + header + colors + body


def packed(height: int = 60) -> bytes:
    """Return the run lengths of a drawing: lines of three runs and of single pixels."""
    rows = []
    for row in range(height):
        single = bytes(GREY[row * 20 : row * 20 + 20])
        rows.append(b"\x20\x80" + bytes([0, 20]) + single + b"\x0c\x40\x00\x00")
    return b"".join(rows) + b"\x00\x01"


SMALL = bitmap(GREY[: _ROW * 12], height=12)
RUNS = bitmap(packed(), packing=1, height=60)


def test_colours_of_noise_are_seen_in_small_pictures() -> None:
    """Their fourth byte is reserved, and no writer leaves any value there."""
    assert damage(SMALL) == set()
    assert damage(SPARING["64 of 192 from 64"](SMALL)) == {"overwritten-structure"}
    assert damage(overwrite(SMALL, [(128, 192)])) == {"overwritten-structure"}


@pytest.mark.parametrize("reserved", [b"\xff", b"\x07"])
def test_a_reserved_byte_that_is_always_the_same_is_a_habit(reserved: bytes) -> None:
    """Some writers set it, and programs ignore it."""
    colors = b"".join(_GREYS[at : at + 3] + reserved for at in range(0, 1024, 4))
    assert damage(bitmap(GREY[: _ROW * 12], colors=colors, height=12)) == set()


@pytest.mark.parametrize("pattern", ["16 of 32 from 32", "64 of 192 from 64", "sectors from 512"])
def test_run_lengths_are_followed(pattern: str) -> None:
    """A row that is longer than the picture is wide has been overwritten."""
    assert damage(RUNS) == set()
    assert damage(SPARING[pattern](RUNS)) & {"overwritten-stream", "overwritten-structure"}
    behind = overwrite(RUNS, [(1536, 2048)])
    assert damage(behind) & {"overwritten-stream", "overwritten-structure"}


def test_run_lengths_that_stop_or_are_zeros_are_damage() -> None:
    """A picture that is not full was cut, and empty rows that are too many were never written."""
    cut = RUNS[:2400]
    assert damage(struct.pack("<2sI", b"BM", len(cut)) + cut[6:34] + bytes(4) + cut[38:]) == {"cut"}
    assert damage(RUNS[:2000] + bytes(700) + RUNS[2700:]) == {"zero-filled"}


def test_noise_behind_run_lengths_is_a_trailer() -> None:
    """What follows their end is judged as behind any picture."""
    assert damage(RUNS + noise(512)) == {"random-trailer"}
