import pickle

import pytest

from custody.finding import FindingKind, Severity
from custody.outcome import Coverage, Scanned
from sanitizers.limits import Limits
from sanitizers.scanners.file_type import FileType
from sanitizers.sniffing import open_sample
from tests.corpus.compounds import compound
from tests.corpus.images import dicom, gif, jpeg
from tests.corpus.looking import demands, look, notes
from tests.corpus.packages import archive, docx
from tests.corpus.pdfs import pdf, stream

PE = b"MZ" + bytes(58) + b"\x40\x00\x00\x00" + b"PE\x00\x00" + bytes(200)


@pytest.mark.parametrize(
    "content", [b"Bonjour", docx(), pdf(), jpeg(), dicom(), b"MSH|^~\\&|LAB\r", b"a;b\n1;2\n"]
)
def test_understood_content_gives_no_reason(content: bytes) -> None:
    """One known type, and nothing else: the scanner is silent."""
    assert demands(look(content), "file_type") == set()


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (PE, "prohibited-type"),
        (b"#!/bin/sh\n", "prohibited-type"),
        (b"L\x00\x00\x00\x01\x14\x02\x00" + bytes(90), "prohibited-type"),
        (archive({"META-INF/MANIFEST.MF": b""}), "prohibited-type"),
        (b"LZIP\x01", "type-not-understood"),
        (b"\x00\x01\x00\x00Standard Jet DB\x00" + bytes(90), "type-not-understood"),
        (b"\x01\x02\x03\x04", "type-not-understood"),
        (b"%!PS-Adobe-3.0\n", "type-not-understood"),
        # Tables by columns, whole and with their end gone, and objects of Python.
        (b"PAR1" + b"\x15\x04" * 90 + b"\x10\0\0\0PAR1", "type-not-understood"),
        (b"PAR1" + bytes(range(256)), "type-not-understood"),
        (b"ARROW1\0\0" + b"\xff" * 4 + bytes(90) + b"ARROW1", "type-not-understood"),
        (b"FEA1" + bytes(90) + b"FEA1", "type-not-understood"),
        (pickle.dumps({"a": list(range(90))}), "type-not-understood"),
        (compound({"EncryptedPackage": b"x" * 900}), "password-protected"),
        (b"-----BEGIN PGP MESSAGE-----\n", "password-protected"),
        (gif() + archive({"a": b""}), "more-than-one-type"),
        (jpeg() + b"<?php x", "script-in-picture"),
        (dicom(preamble=b"stray".ljust(128, b"\x00")), "dicom-preamble-stray"),
        (dicom(preamble=b"II*\x00".ljust(128, b"\x00")), "dicom-preamble-tiff"),
        (dicom(preamble=PE[:128]), "dicom-preamble-program"),
        (dicom(preamble=b"#!/bin/sh\n".ljust(128, b"\x00")), "dicom-preamble-program"),
    ],
)
def test_what_cannot_be_vouched_for_is_a_reason(content: bytes, rule: str) -> None:
    """Programs, unknown types, second readings and filled preambles each have a rule."""
    assert rule in demands(look(content), "file_type")


def test_an_archive_in_a_report_is_active_or_a_second_type() -> None:
    """A file that says what it is goes from a copy; in any other stream nobody takes it out."""
    attached = pdf(stream(archive({"a": b"x"}), b"/Type /EmbeddedFile", packed=False))
    assert demands(look(attached), "file_type") == set()
    assert "pdf-embedded-file" in demands(look(attached), "active_content")
    hidden = pdf(stream(archive({"a": b"x"}), packed=False))
    assert demands(look(hidden), "file_type") == {"more-than-one-type"}


def test_a_program_in_a_preamble_is_malicious() -> None:
    """Nobody writes a program in front of a picture by mistake."""
    outcome = FileType().scan(open_sample(dicom(preamble=PE[:128])))
    assert isinstance(outcome, Scanned)
    (found,) = [f for f in outcome.findings if f.rule == "dicom-preamble-program"]
    assert (found.severity, found.kind) == (Severity.MALICIOUS, FindingKind.PROHIBITED)


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (b"", "empty"),
        (dicom()[132:], "dicom-without-preamble"),
        (b"words, then <script>", "script-tag-in-text"),
    ],
)
def test_what_is_merely_odd_is_noted(content: bytes, rule: str) -> None:
    """A note asks nobody for anything."""
    inspection = look(content)
    assert notes(inspection, "file_type") == {rule}
    assert demands(inspection, "file_type") == set()


def test_content_over_the_limit_is_only_sampled() -> None:
    """The first bytes decide, and the coverage says so."""
    outcome = FileType().scan(open_sample(b"words " * 10, Limits(most_content_bytes=20)))
    assert isinstance(outcome, Scanned)
    assert outcome.coverage is Coverage.SAMPLED
