import random

import pytest

from custody.finding import FindingKind
from sanitizers.limits import Limits
from sanitizers.registry import look_forked
from tests.corpus.compounds import (
    WORD_97,
    WORD_97_PROTECTED,
    atom,
    compound,
    record,
    sheet,
    workbook,
)
from tests.corpus.images import bmp, dicom, element, gif, jpeg, png, tiff
from tests.corpus.looking import demands, look, notes, silence
from tests.corpus.packages import archive, docx, encrypted, odt, with_local_name
from tests.corpus.pdfs import pdf, stream

RANDOM = random.Random(5).randbytes(4096)
DOC = compound({"WordDocument": WORD_97, "Data": b"x" * 5000})
WHOLE = {
    "pdf": pdf(stream(b"q Q" * 50)),
    "docx": docx(),
    "odt": odt(),
    "doc": DOC,
    "xls": compound({"Workbook": workbook(sheet(0))}),
    "ppt": compound({"PowerPoint Document": atom(1000, container=True) + atom(7, b"x" * 600)}),
    "rtf": b"{\\rtf1 Bonjour}\r\n",
    "xml": b"<?xml version='1.0'?><a><b/></a>",
    "dcm": dicom(),
    "jpg": jpeg(),
    "png": png(),
    "gif": gif(),
    "bmp": bmp(),
    "tif": tiff(),
    "hl7": b"MSH|^~\\&|LAB\rPID|1\r",
    "txt": b"Bonjour",
    "json": b'{"a": 1}',
}


@pytest.mark.parametrize("name", WHOLE)
def test_whole_content_shows_no_damage(name: str) -> None:
    """What ordinary writers make is intact, and the scanner says that it looked."""
    inspection = look(WHOLE[name])
    assert demands(inspection, "integrity") == set()
    assert silence(inspection, "integrity") == ""


@pytest.mark.parametrize(
    "name", ["pdf", "docx", "odt", "rtf", "xml", "dcm", "jpg", "png", "gif", "bmp", "tif"]
)
def test_content_that_was_cut_is_damaged(name: str) -> None:
    """A missing end is found in every type that has one."""
    cut = WHOLE[name][: len(WHOLE[name]) - 8]
    assert demands(look(cut), "integrity") == {"cut"}


def test_an_old_document_that_was_cut_is_damaged() -> None:
    """Sectors that the table promises are missing."""
    assert "cut" in demands(look(DOC[:3000]), "integrity")


@pytest.mark.parametrize("name", ["pdf", "docx", "dcm", "jpg", "png", "gif", "rtf"])
def test_an_end_that_was_never_written_is_told_from_a_cut(name: str) -> None:
    """Zeros up to the last byte are the mark of a power failure."""
    whole = WHOLE[name]
    found = demands(look(whole[: len(whole) - 10] + bytes(8192)), "integrity")
    assert found & {"zero-filled-end", "zero-filled"}


def test_zeros_only_are_damage() -> None:
    """A file of zeros was never written, or was wiped."""
    assert demands(look(bytes(9000)), "integrity") == {"all-zero"}


def test_zeros_behind_a_message_are_damage() -> None:
    """A text that ends in zeros lost its last blocks."""
    assert demands(look(WHOLE["hl7"] + bytes(512)), "integrity") == {"zero-filled-end"}
    assert demands(look(WHOLE["hl7"] + bytes(2)), "integrity") == set()


def test_a_changed_byte_in_a_member_does_not_fit_its_checksum() -> None:
    """One bit is enough."""
    content = archive({"a": b"words " * 40}, stored=True)
    at = content.index(b"words")
    changed = content[:at] + b"Words" + content[at + 5 :]
    assert demands(look(changed), "integrity") == {"zip-member-crc"}


def test_a_stream_of_a_pdf_that_breaks_is_found() -> None:
    """Intermittent encryption destroys packed streams, and that is no accident."""
    content = WHOLE["pdf"]
    at = content.index(b"stream\n") + 9
    changed = content[:at] + bytes(byte ^ 0x5A for byte in content[at : at + 6]) + content[at + 6 :]
    assert demands(look(changed), "encryption") == {"overwritten-stream"}


def test_crafted_archives_are_doubted() -> None:
    """What two programs would read differently cannot be vouched for."""
    crafted = with_local_name(archive({"good.txt": b"x"}), b"good.txt", b"evil.exe")
    assert demands(look(crafted), "integrity") == {"zip-name-mismatch"}


def test_a_protected_archive_is_not_damaged() -> None:
    """A password is the word of `archives`, which tries the operator's list."""
    assert demands(look(encrypted(archive({"a": b"x" * 50}))), "integrity") == set()


def test_something_of_its_own_behind_a_picture_is_doubted() -> None:
    """Another file does not belong there."""
    appended = b"Rar!\x1a\x07\x00" + b"x" * 90
    assert demands(look(jpeg() + appended), "integrity") == {"trailing-data"}


def test_random_bytes_where_nothing_is_packed_are_doubted() -> None:
    """The text of an old document, and pixels as they are, hold no random window."""
    text = WORD_97 + b"Le patient va bien. " * 300
    document = compound({"WordDocument": text + RANDOM * 2 + text})
    assert demands(look(document), "encryption") == {"random-region"}
    pixels = element(0x7FE0, 0x10, b"OW", b"\x01\x02" * 4096 + RANDOM * 2)
    assert demands(look(dicom(element(8, 0x16, b"UI", b"1\x00") + pixels)), "encryption") == {
        "random-region"
    }


def test_what_is_packed_or_protected_may_look_random() -> None:
    """Pictures of a workbook, and everything behind a password, are random by right."""
    picture = workbook(record(0xEB, RANDOM), record(0x3C, RANDOM))
    protected = workbook(record(0x2F, bytes(6)), record(0xFC, RANDOM), record(0x3C, RANDOM))
    plain = workbook(record(0xFC, RANDOM), record(0x4FC, RANDOM))
    assert demands(look(compound({"Workbook": picture})), "encryption") == set()
    assert demands(look(compound({"Workbook": protected})), "encryption") == set()
    text = compound({"WordDocument": WORD_97_PROTECTED + RANDOM * 3})
    assert demands(look(text), "encryption") == set()
    assert demands(look(compound({"Workbook": plain})), "encryption") == {"random-region"}


def test_zeros_at_the_end_of_an_old_document_are_damage() -> None:
    """Its last sectors were never written."""
    zeros = compound({"WordDocument": WORD_97 + b"x" * 9000}) + bytes(8192)
    assert demands(look(zeros), "integrity") == {"zero-filled-end"}


@pytest.mark.parametrize("content", [DOC, jpeg(), png(), gif(), bmp(), tiff(), WHOLE["pdf"]])
def test_noise_behind_the_end_is_a_key_that_was_appended(content: bytes) -> None:
    """Bytes after the last one that the format knows belong to nobody."""
    assert demands(look(content + RANDOM[:512]), "encryption") == {"random-trailer"}
    assert demands(look(content + RANDOM), "encryption") == {"random-trailer"}


def test_harmless_bytes_behind_a_picture_are_noted() -> None:
    """Cameras append remarks and thumbnails."""
    inspection = look(jpeg() + b"a remark of the camera")
    assert (demands(inspection, "integrity"), notes(inspection, "integrity")) == (
        set(),
        {"trailing-bytes"},
    )
    assert notes(look(jpeg() + bytes(40)), "integrity") == set()


def test_what_is_over_a_limit_is_not_scanned() -> None:
    """Too large, and too much inside, are reasons and never silence."""
    small = Limits(most_content_bytes=10)
    assert silence(look_forked(b"words " * 9, small), "integrity") == "larger than 10 bytes"
    narrow = Limits(most_expanded_bytes=100)
    assert "limit" in silence(look_forked(docx(), narrow), "integrity")


def test_a_study_that_only_breaks_a_rule_is_no_damage() -> None:
    """A study with a tag twice is whole: it is held under that name, and not as damaged."""
    name = element(0x10, 0x10, b"PN", b"DOE^JO")
    inspection = look(dicom(name + name))
    assert demands(inspection, "integrity") == {"dicom-repeated-tag"}
    (finding,) = (f for f in inspection.findings if f.rule == "dicom-repeated-tag")
    assert finding.kind is FindingKind.UNVERIFIABLE
