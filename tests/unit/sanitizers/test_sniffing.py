import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from custody.box import Lane
from formats.families import Family
from sanitizers.limits import Limits
from sanitizers.sniffing import open_sample, program_in_preamble, sniff
from tests.corpus.compounds import WORD_97, compound, sheet, workbook
from tests.corpus.images import bmp, dicom, gif, jpeg, png, tiff
from tests.corpus.packages import archive, docx, odt, xlsx
from tests.corpus.pdfs import pdf

PE = b"MZ" + bytes(58) + b"\x40\x00\x00\x00" + b"PE\x00\x00" + bytes(200)
RANDOM = random.Random(3).randbytes(20_000)


@pytest.mark.parametrize(
    ("content", "media_type", "lane"),
    [
        (b"", "application/x-empty", Lane.RESIDENT),
        (b"Bonjour", "text/plain", Lane.RESIDENT),
        (b"MSH|^~\\&|LAB\r", "application/hl7-v2", Lane.RESIDENT),
        (b"<?xml version='1.0'?><a/>", "application/xml", Lane.FORKED),
        (pdf(), "application/pdf", Lane.FORKED),
        (
            docx(),
            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
            Lane.FORKED,
        ),
        (xlsx(), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", Lane.FORKED),
        (odt(), "application/vnd.oasis.opendocument.text", Lane.FORKED),
        (archive({"a": b""}), "application/zip", Lane.FORKED),
        (archive({"META-INF/MANIFEST.MF": b""}), "application/java-archive", Lane.FORKED),
        (compound({"WordDocument": WORD_97}), "application/msword", Lane.RESIDENT),
        (compound({"Workbook": workbook(sheet(0))}), "application/vnd.ms-excel", Lane.RESIDENT),
        (b"{\\rtf1 a}", "application/rtf", Lane.RESIDENT),
        (png(), "image/png", Lane.FORKED),
        (jpeg(), "image/jpeg", Lane.RESIDENT),
        (gif(), "image/gif", Lane.RESIDENT),
        (bmp(), "image/bmp", Lane.RESIDENT),
        (tiff(), "image/tiff", Lane.FORKED),
        (dicom(), "application/dicom", Lane.RESIDENT),
        (dicom()[132:], "application/dicom", Lane.RESIDENT),
        (dicom(syntax=b"1.2.840.10008.1.2.1.99"), "application/dicom", Lane.FORKED),
        (PE, "application/vnd.microsoft.portable-executable", Lane.RESIDENT),
        (bytes(5000), "application/octet-stream", Lane.RESIDENT),
        (RANDOM, "application/octet-stream", Lane.FORKED),
    ],
)
def test_each_content_has_its_type_and_its_lane(
    content: bytes, media_type: str, lane: Lane
) -> None:
    """Only what a native parser has to look into leaves the resident lane."""
    report = sniff(content)
    assert (report.media_type, report.lane) == (media_type, lane)


def test_the_most_dangerous_reading_is_the_primary_one() -> None:
    """An archive behind a picture makes the picture an archive; the picture stays named."""
    report = sniff(gif() + archive({"a": b"x"}))
    assert (report.media_type, report.also_valid) == ("application/zip", ("image/gif",))


def test_a_program_in_front_of_dicom_makes_it_a_program() -> None:
    """The preamble is read by the operating system, the rest by the viewer."""
    content = dicom(preamble=PE[:128])
    report = sniff(content)
    assert report.family is Family.PROGRAM
    assert "application/dicom" in report.also_valid
    assert program_in_preamble(content)


def test_a_tiff_preamble_leaves_dicom_dicom() -> None:
    """A dual header is named beside the type."""
    report = sniff(dicom(preamble=b"II*\x00".ljust(128, b"\x00")))
    assert (report.media_type, report.also_valid) == ("application/dicom", ("image/tiff",))


def test_random_and_zero_content_is_described() -> None:
    """What has no type is described by its bytes, for those who judge names."""
    assert sniff(RANDOM).random_like
    assert sniff(bytes(600)).all_zero
    head_only = sniff(RANDOM[:4096] + b"\x01\x02words of no known kind " * 400)
    assert head_only.remains is not None
    assert (head_only.random_like, head_only.remains.random_head) == (False, True)


def test_an_archive_with_a_destroyed_head_is_noticed() -> None:
    """The directory at the end still tells the type; the head tells what happened."""
    content = archive({"a": RANDOM}, stored=True)
    report = sniff(RANDOM[:4096] + content[4096:])
    assert report.remains is not None
    assert (report.media_type, report.remains.random_head) == ("application/zip", True)


def test_a_server_script_inside_a_picture_is_noticed() -> None:
    """The picture is still a picture, and something else besides."""
    assert sniff(jpeg() + b"<?php system($x); ?>").hidden_script
    assert sniff(gif() + b"<script>x</script>").hidden_script
    assert not sniff(jpeg()).hidden_script
    assert not sniff(gif() + b"<%@ by chance").hidden_script


def test_utf16_hides_no_script() -> None:
    """Features are looked for in the words, not in the bytes."""
    text = 'Set s = CreateObject("WScript.Shell")'.encode("utf-16")
    assert sniff(text).media_type == "text/vbscript"


def test_a_sample_is_opened_up_to_the_limit() -> None:
    """What is larger is known to be incomplete."""
    limits = Limits(most_content_bytes=10)
    assert open_sample(memoryview(b"0123456789"), limits).whole
    opened = open_sample(memoryview(b"0123456789a"), limits)
    assert (opened.whole, opened.size, len(opened.content)) == (False, 11, 10)


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.sampled_from([b"", b"PK\x03\x04", b"MZ", b"%PDF-1", b"<", b"{"]))
def test_any_bytes_have_a_type(content: bytes, start: bytes) -> None:
    """Nothing raises, and every report names a type."""
    assert sniff(start + content).media_type
