"""Damage in Parquet files: what is cut, zeroed, changed or overwritten is named."""

import pytest

from formats.parquet.footer import read_footer
from pipeline.parquet_table import parquet
from tests.corpus import parquets
from tests.corpus.damaging import CUTS, Damage, noise
from tests.corpus.looking import demands, look, silence

TABLE = parquet({"id": [f"R{n:05}" for n in range(4000)], "n": list(range(4000))})

SECOND = read_footer(memoryview(TABLE)).groups[0].chunks[1].start


def damage(content: bytes) -> set[str]:
    """Return the demands of both scanners of damage."""
    seen = look(content)
    return demands(seen, "integrity") | demands(seen, "encryption")


@pytest.mark.parametrize("content", [TABLE, *parquets.EVERY.values()])
def test_a_whole_file_is_known_and_waits_for_its_contract(content: bytes) -> None:
    """Nothing in it is damaged; no rule of texts sees what is packed, so that a person looks."""
    seen = look(content)
    assert seen.media_type == "application/vnd.apache.parquet"
    assert damage(content) == set()
    assert demands(seen, "file_type") == {"type-not-understood"}
    assert silence(seen, "integrity") == ""


@pytest.mark.parametrize("cut", CUTS.values())
def test_a_cut_file_has_no_footer(cut: Damage) -> None:
    """Its mark stands at both ends."""
    assert damage(cut(TABLE)) == {"cut"}


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        (TABLE[:9000] + bytes(4096) + TABLE[13096:], "zero-filled"),
        (TABLE[:9000] + b"x" + TABLE[9001:], "crc"),
        (TABLE[:SECOND] + bytes(8192) + TABLE[SECOND + 8192 :], "zero-filled"),
        (TABLE[:4] + noise(4096) + TABLE[4100:], "overwritten-structure"),
        (TABLE[:-8] + b"\xff\xff\0\0PAR1", "broken-structure"),
        (TABLE[:-4096] + bytes(4096), "zero-filled-end"),
    ],
)
def test_what_was_changed_is_named(changed: bytes, expected: str) -> None:
    """In a page, over its header, in the footer, and at the end."""
    assert damage(changed) == {expected}


def test_a_file_without_its_head_is_known_by_its_end() -> None:
    """Noise over the first bytes."""
    assert damage(noise(4096) + TABLE[4096:])


def test_a_file_that_its_owner_encrypted_is_known() -> None:
    """Parquet's own encryption is a password, and no attack."""
    assert damage(b"PARE" + TABLE[4:-4] + b"PARE") == set()
