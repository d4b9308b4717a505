import pytest

from formats.families import Family
from formats.shapes import directory_end, is_program
from formats.signatures import SIGNATURES, candidates
from tests.corpus.disguises import PGP
from tests.corpus.images import bmp
from tests.corpus.packages import archive

PE = b"MZ" + bytes(58) + b"\x40\x00\x00\x00" + b"PE\x00\x00" + bytes(20)


def media_types(content: bytes) -> list[str]:
    """Return the media types of the candidates."""
    return [kind.media_type for kind in candidates(content)]


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (PE, "application/vnd.microsoft.portable-executable"),
        (b"\x7fELF\x02\x01\x01", "application/x-executable"),
        (b"\xcf\xfa\xed\xfe\x07\x00", "application/x-mach-binary"),
        (b"L\x00\x00\x00\x01\x14\x02\x00", "application/x-ms-shortcut"),
        (b"%PDF-1.4\n", "application/pdf"),
        (b"7z\xbc\xaf\x27\x1c\x00\x04", "application/x-7z-compressed"),
        (b"Rar!\x1a\x07\x01\x00", "application/vnd.rar"),
        (b"\x1f\x8b\x08\x00", "application/gzip"),
        (b"BZh91AY&SY", "application/x-bzip2"),
        (b"\xfd7zXZ\x00", "application/x-xz"),
        (b"\x28\xb5\x2f\xfd\x04", "application/zstd"),
        (b"SQLite format 3\x00", "application/vnd.sqlite3"),
        (b"\x00\x00\x00\x00\xef\xcd\xab\x89", "application/x-ese"),
        (b"!BDN\x00\x00", "application/vnd.ms-outlook-pst"),
        (b"\x00\x00\x00\x18ftypisom", "video/mp4"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio/wav"),
        (b"RIFF\x00\x00\x00\x00WEBPVP8 ", "image/webp"),
        (b"ITSF\x03\x00\x00\x00", "application/vnd.ms-htmlhelp"),
        (b" \r\n{\\rt1\\ansi}", "application/rtf"),
        (b"MSCF\x00\x00\x00\x00", "application/vnd.ms-cab-compressed"),
        (PGP, "application/pgp-encrypted"),
        (b"\xc1\x0c\x03" + bytes(8) + b"\x12\x00\x00\xd2" + bytes(20), "application/pgp-encrypted"),
        (b"\x8c\x0d\x04\x09\x03\x02" + bytes(9) + b"\xd2" + bytes(20), "application/pgp-encrypted"),
        (bytes(257) + b"ustar\x0000", "application/x-tar"),
        (bytes(32_769) + b"CD001", "application/x-iso9660-image"),
        (b"\x01" * 600 + b"conectix".ljust(512, b"\x00"), "application/x-vhd"),
        (bmp(), "image/bmp"),
    ],
)
def test_each_mark_at_its_place_names_its_type(content: bytes, media_type: str) -> None:
    """A known mark at its own position is a candidate."""
    assert media_type in media_types(content)


@pytest.mark.parametrize(
    "words",
    [
        b"MZ is not a program",
        b"BM 25",
        b"ID3 is a tag",
        b"GIF or not",
        b"regfoo",
        b"FWS news",
        b"PARENT;NAME\n",
        "PAR1;ÉTAT\n".encode(),
        b"PK",
    ],
)
def test_words_that_look_like_short_marks_are_no_candidates(words: bytes) -> None:
    """Two or three letters at the start of a text make no program and no picture."""
    assert media_types(words) == []


def test_a_pdf_is_found_behind_other_bytes_as_readers_find_it() -> None:
    """900 bytes before the header do not hide a PDF; a text about PDF is none."""
    document = b"x" * 900 + b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\nstartxref\n0\n%%EOF"
    assert media_types(document) == ["application/pdf"]
    assert media_types(b"The header is %PDF-1.4 and nothing else.") == []


def test_an_archive_is_found_at_the_end_of_a_picture() -> None:
    """A picture with an archive behind it is valid as both."""
    both = b"GIF89a" + bytes(40) + archive({"a.class": b"\xca\xfe"})
    assert set(media_types(both)) == {"image/gif", "application/zip"}


def test_an_archive_inside_an_old_word_file_is_not_a_second_type() -> None:
    """Word keeps a theme as a whole archive in a stream: only one at the very end counts."""
    content = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600) + archive({"theme": b"x"})
    assert directory_end(content + bytes(100)) is None
    assert directory_end(content) is not None


def test_a_program_is_recognised_at_an_offset() -> None:
    """What stands in a preamble or behind a picture is judged like a file of its own."""
    assert is_program(b"x" * 7 + PE, 7)
    assert not is_program(
        b"x" * 7 + b"MZ and so on, a long sentence that goes on and on and on.....", 7
    )


def test_the_table_has_no_duplicate_rows() -> None:
    """A row that stands twice would hide a mistake in one of them."""
    rows = [(row.magic, row.offset) for row in SIGNATURES]
    assert len(rows) == len(set(rows))
    assert len(rows) >= 80


def test_empty_content_has_no_candidate() -> None:
    """Nothing is nothing."""
    assert candidates(b"") == ()


def test_programs_are_the_most_dangerous_family() -> None:
    """The order of the families decides between candidates: unknown comes last."""
    assert next(iter(Family)) is Family.PROGRAM
    assert list(Family)[-1] is Family.UNKNOWN
