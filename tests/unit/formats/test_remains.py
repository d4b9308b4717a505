import pytest
from hypothesis import given
from hypothesis import strategies as st

from formats.remains import Remains, alternates, look_at_remains, overwritten_type, words_and_noise
from tests.corpus.damaging import ENCRYPTIONS, noise, overwrite, stripes
from tests.corpus.images import EXPLICIT, dicom, element, png
from tests.corpus.pdfs import pdf, stream

LETTER = "Le patient a été vu ce jour, la tension est normale. ".encode() * 300
GREEK = "ασθενής είναι καλά και το σκάνερ είναι φυσιολογικό. ".encode("iso-8859-7") * 90
JAPANESE = "患者は元気で、検査の結果は正常でした。".encode("euc-jp") * 90
PIXELS = bytes(at // 900 & 255 for at in range(40_000))
STUDY = dicom(
    element(8, 0x16, b"UI", b"1.2\x00")
    + element(9, 0x10, b"UN", bytes(range(8)) * 200)
    + element(0x7FE0, 0x10, b"OW", PIXELS),
    syntax=EXPLICIT,
)


def test_zeros_are_nothing_but_zeros() -> None:
    """Zeros only are told from everything else."""
    assert look_at_remains(bytes(700)) == Remains(all_zero=True)


@pytest.mark.parametrize("size", [40, 100, 600, 9000])
def test_noise_is_seen_in_any_size(size: int) -> None:
    """A note of forty bytes that was encrypted is noise as a film is."""
    seen = look_at_remains(noise(size))
    assert (seen.random_like, seen.random_start, seen.destroyed) == (True, True, True)


@pytest.mark.parametrize("pattern", ["16 of 32", "64 of 192", "tail 4 KiB", "footer 512 B"])
def test_noise_between_words_is_seen(pattern: str) -> None:
    """Words that survive prove that the rest is not what it was."""
    assert look_at_remains(ENCRYPTIONS[pattern](LETTER)).random_parts


@pytest.mark.parametrize("content", [GREEK, JAPANESE, b"\x01\x02\x03\x04 table " * 90])
def test_foreign_letters_and_small_numbers_are_no_noise(content: bytes) -> None:
    """Texts in other alphabets have high bytes and never control characters."""
    seen = look_at_remains(content)
    assert (seen.random_parts, seen.random_head, seen.random_like) == (False, False, False)


def test_zeros_inside_of_a_text_are_seen() -> None:
    """What is a text without its zeros was a text."""
    assert look_at_remains(LETTER[:3000] + bytes(4096) + LETTER[3000:]).zero_parts
    assert look_at_remains(bytes(4096) + LETTER).zero_head
    assert not look_at_remains(b"\x01\x02" + bytes(4096) + noise(100)).zero_parts


@pytest.mark.parametrize(
    ("content", "name"),
    [
        (pdf(b"<<>>", stream(noise(4000))), "application/pdf"),
        (STUDY, "application/dicom"),
        (LETTER, "text"),
    ],
)
def test_a_type_is_told_by_what_stands_behind_its_destroyed_head(content: bytes, name: str) -> None:
    """The first KiB is noise, and the rest still says what it was."""
    assert overwritten_type(noise(1024) + content[1024:]) == name


def test_what_was_not_overwritten_has_no_destroyed_type() -> None:
    """Intact content, and noise without any remains, prove nothing."""
    assert overwritten_type(LETTER) == ""
    assert overwritten_type(png()) == ""
    assert overwritten_type(noise(9000)) == ""


def test_words_may_be_asked_for_in_a_share() -> None:
    """Few words between much noise are enough only for those who know the name."""
    mostly_noise = noise(4000) + b"a few words that survived"
    assert not words_and_noise(mostly_noise)
    assert words_and_noise(mostly_noise, least=0)


@given(st.binary(max_size=3000))
def test_any_content_is_described(content: bytes) -> None:
    """Nothing is raised."""
    assert isinstance(look_at_remains(content), Remains)
    assert isinstance(overwritten_type(content), str)


def test_the_zeros_of_a_header_are_no_noise() -> None:
    """A picture without a mark, whose header has fields of zeros, was not overwritten."""
    header = b"\x00\x00\x0b\x00" + bytes(8) + b"\xc8\x00\x20\x00\x08\x00"
    behind = png()[-12:]
    assert overwritten_type(noise(4096) + behind) == "image/png"
    assert overwritten_type(header + noise(4096) + behind) == ""


def test_notes_that_fill_their_blocks_are_no_lost_blocks() -> None:
    """Old databases keep notes in blocks of 512 bytes; a power failure leaves a few gaps."""
    note = b"a note of the ward\x1a\x1a".ljust(512, b"\x00")
    assert not look_at_remains(note * 40).zero_parts
    assert look_at_remains(b"words of a letter " * 90 + bytes(900) + b"more words " * 90).zero_parts


def test_a_quarter_of_noisy_cells_in_the_first_sector_is_said() -> None:
    """Zeros between cells of noise were zeros before; numbers and words are no noise."""
    striped = b"".join(bytes(48) + noise(16, n) for n in range(8))
    assert look_at_remains(striped).random_cells
    assert not look_at_remains(bytes(64) + noise(16, 1) + bytes(432)).random_cells


def test_noise_and_letters_that_take_turns_are_stripes() -> None:
    """A packed part behind words is one turn, however long both are."""
    words = b"0000012345 00000 n\n" * 60
    assert alternates(overwrite(words, stripes(len(words), 16, 16)))
    assert not alternates(words)
    assert not alternates(words + noise(700))
    assert not alternates(noise(400) + words[:300] + noise(300))
