import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sanitizers.damage.packed import End, deflation, is_garbled
from tests.corpus.damaging import noise, overwrite

WORDS = " ".join(f"{n}: la tension est de {n * 7919 % 200}" for n in range(9000)).encode()
RAW = zlib.compress(WORDS, wbits=-15)


def test_a_whole_stream_ends_by_itself() -> None:
    """All bytes went in, all came out, and their checksum is known."""
    found = deflation(RAW, most=1 << 24)
    assert (found.end, found.taken, found.given) == (End.WHOLE, len(RAW), len(WORDS))
    assert found.crc == zlib.crc32(WORDS)


def test_a_cut_stream_runs_out_with_the_words_it_had() -> None:
    """Nothing that came out is nonsense."""
    found = deflation(RAW[: len(RAW) // 2], most=1 << 24)
    assert (found.end, found.garbled) == (End.RUNS_OUT, False)


@pytest.mark.parametrize("key", range(8))
def test_noise_breaks_or_garbles_a_stream(key: int) -> None:
    """An end that was overwritten meets a block that cannot be, or decodes to nonsense."""
    changed = overwrite(RAW, [(len(RAW) - 4096, len(RAW))], key)
    found = deflation(changed, most=1 << 24)
    assert found.end is End.BREAKS or found.garbled or found.taken < len(RAW)


def test_what_unpacks_to_too_much_is_not_kept() -> None:
    """A bomb costs no more than the bound."""
    bomb = zlib.compress(bytes(1 << 24), wbits=-15)
    assert deflation(bomb, most=1 << 20).end is End.TOO_LONG


def test_another_checksum_is_told_from_another_stream() -> None:
    """The codes were right: one of the last bytes was not."""
    packed = zlib.compress(WORDS)
    changed = packed[:-1] + bytes([packed[-1] ^ 1])
    assert deflation(changed, most=1 << 24, window=15).end is End.WRONG_SUM


def test_words_go_on_as_they_began_and_noise_does_not() -> None:
    """New sequences of letters are rare in a text."""
    assert not is_garbled(WORDS)
    assert is_garbled(WORDS[:30_000] + noise(4000))
    assert not is_garbled(WORDS[:500])


@given(st.binary(max_size=800))
def test_any_bytes_end_in_some_way(packed: bytes) -> None:
    """Nothing is raised."""
    assert deflation(packed, most=10_000).end in End
