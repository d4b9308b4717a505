import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.codestreams import foreign_in_jpeg_2000, foreign_in_jpeg_ls, is_jpeg_ls
from tests.corpus.damaging import noise

JPEG_2000 = b"\xff\x4f\xff\x51\x00\x04ab\xff\x90\x00\x0a" + bytes(8) + b"\xff\x93"
JPEG_LS = b"\xff\xd8\xff\xf7\x00\x08abcdef\xff\xda\x00\x08" + bytes(6)
LAWFUL = noise(4000).replace(b"\xff", b"\xfe") + b"\xff\x12"


def test_lawful_packets_contradict_nothing() -> None:
    """A byte under the bound may follow 0xFF."""
    content = JPEG_2000 + LAWFUL + b"\xff\x90 \xff\x93" + LAWFUL + b"\xff\xd9"
    assert foreign_in_jpeg_2000(content, 0, len(content)) == -1
    content = JPEG_LS + LAWFUL + b"\xff\xd9"
    assert foreign_in_jpeg_ls(content, 0, len(content)) == -1


def test_noise_contradicts_itself_soon() -> None:
    """Four KiB of noise hold impossible markers in both."""
    content = JPEG_2000 + LAWFUL + noise(4096, 4)
    assert foreign_in_jpeg_2000(content, 0, len(content)) > len(LAWFUL)
    content = JPEG_LS + LAWFUL + noise(4096, 4)
    assert foreign_in_jpeg_ls(content, 0, len(content)) > len(LAWFUL)


@pytest.mark.parametrize(("content", "expected"), [(JPEG_LS, True), (b"\xff\xd8\xff\xc0", False)])
def test_the_lossless_kind_is_told_by_its_frame(content: bytes, expected: bool) -> None:  # noqa: FBT001
    """Both begin alike."""
    assert is_jpeg_ls(content, 0) is expected


@given(st.binary(max_size=600))
def test_any_bytes_have_an_answer(content: bytes) -> None:
    """Nothing is raised."""
    assert foreign_in_jpeg_2000(content, 0, len(content)) >= -1
    assert foreign_in_jpeg_ls(content, 0, len(content)) >= -1
