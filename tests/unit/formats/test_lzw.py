import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.lzw import first_impossible_code, pixels_of_gif
from tests.corpus.damaging import noise


def pack(content: bytes) -> bytes:
    """Pack as TIFF does, codes of growing width with the highest bit first."""
    bits: list[str] = []
    table = {bytes([n]): n for n in range(256)}
    width, held = 9, b""
    bits.append(f"{256:09b}")
    for at in range(len(content)):
        longer = held + content[at : at + 1]
        if longer in table:
            held = longer
            continue
        bits.append(f"{table[held]:0{width}b}")
        table[longer] = len(table) + 2
        width = next(w for w in (9, 10, 11, 12) if len(table) + 2 < 1 << w or w == 12)
        if len(table) + 2 >= 4094:
            bits.append(f"{256:0{width}b}")
            table, width = {bytes([n]): n for n in range(256)}, 9
        held = content[at : at + 1]
    bits += [f"{table[held]:0{width}b}", f"{257:0{width}b}"]
    joined = "".join(bits)
    return int(joined.ljust(-(-len(joined) // 8) * 8, "0"), 2).to_bytes(-(-len(joined) // 8), "big")


PIXELS = bytes(at // 90 % 200 for at in range(40_000))


def test_lawful_codes_make_sense_to_the_end() -> None:
    """Strips of every length, with tables that were cleared on the way."""
    assert first_impossible_code(pack(PIXELS)) == -1
    assert first_impossible_code(pack(noise(9000))) == -1
    assert first_impossible_code(b"") == -1


def test_noise_soon_holds_a_code_that_was_never_given_out() -> None:
    """Within a few codes of where it begins."""
    packed = pack(noise(9000, 2))
    changed = packed[:2000] + noise(1024, 3) + packed[3024:]
    assert 2000 <= first_impossible_code(changed) < 2100


@given(st.binary(max_size=2000))
def test_any_bytes_have_an_answer(packed: bytes) -> None:
    """Nothing is raised, and the walk ends."""
    assert -1 <= first_impossible_code(packed) <= len(packed)


@pytest.mark.parametrize(
    ("blocks", "bits", "pixels"),
    [
        (b"\x44\x01", 2, 1),
        (b"\x84\x51", 2, 4),
        (b"\xfc", 2, None),
        (b"\x44\x01", 0, None),
        (b"\x44\x01", 12, None),
        (b"", 8, 0),
    ],
)
def test_pixels_of_a_gif_are_counted(blocks: bytes, bits: int, pixels: int | None) -> None:
    """Up to the end code, unless a code stands for nothing."""
    assert pixels_of_gif(blocks, bits, 9) == pixels
