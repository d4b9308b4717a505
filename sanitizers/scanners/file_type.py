"""The file_type scanner: says what content is, and whether that is something we understand.

A type that no scanner understands, a second reading of the same bytes, a program where a document
is expected: each is a finding with a plain reason. Silence of this scanner means that the content
is exactly one thing, and one that the other scanners know how to read.
"""

from collections.abc import Iterator

from custody.finding import Finding, FindingKind, Severity
from custody.outcome import Coverage, Outcome, Scanned
from formats.families import DICOM, EMPTY, PDF, PROHIBITED_FAMILIES, Family
from formats.shapes import PDF_HEADER_WITHIN
from sanitizers.interface import Opened
from sanitizers.sniffing import program_in_preamble
from sanitizers.understood import UNDERSTOOD

NAME = "file_type"
# White space, zeros and the mark of UTF-8: what transports leave in front of a file.
_HARMLESS_BEFORE = b" \t\r\n\x00\xef\xbb\xbf"
_TIFF_MARKS = (b"II*\x00", b"MM\x00*")


class FileType:
    """Reports on the type that the content was opened with."""

    name = NAME
    version = "9"

    def scan(self, opened: Opened) -> Outcome:
        """Return what the type alone says. Only the first and last bytes decide large content."""
        coverage = Coverage.WHOLE if opened.whole else Coverage.SAMPLED
        return Scanned(
            scanner=NAME, version=self.version, coverage=coverage, findings=tuple(_look(opened))
        )


def _look(opened: Opened) -> Iterator[Finding]:
    report = opened.report
    if report.media_type == EMPTY.media_type:
        yield _finding("empty", FindingKind.TYPE, Severity.INFO, "no content")
    if report.family in PROHIBITED_FAMILIES:
        yield _finding("prohibited-type", FindingKind.PROHIBITED, detail=report.media_type)
    elif report.family is Family.SEALED:
        yield _finding("password-protected", FindingKind.UNVERIFIABLE, detail=report.media_type)
    elif report.media_type not in UNDERSTOOD:
        yield _finding(
            "type-not-understood",
            FindingKind.UNVERIFIABLE,
            detail=f"no scanner looks inside {report.media_type}",
        )
    yield from _other_readings(opened)
    if _is_dicom(opened):
        yield from _preamble(opened.content)
    if report.deciphered:
        yield _finding("opens-without-password", FindingKind.TYPE, Severity.INFO)
    if report.media_type == PDF.media_type:
        yield from _before_pdf(opened.content)


def _other_readings(opened: Opened) -> Iterator[Finding]:
    report = opened.report
    others = [t for t in report.also_valid if not (t == "image/tiff" and _is_dicom(opened))]
    if others:
        yield _finding(
            "more-than-one-type",
            FindingKind.UNVERIFIABLE,
            detail=f"{report.media_type}, also {', '.join(others)}",
        )
    if report.hidden_script and report.family is Family.TEXT:
        yield _finding("script-tag-in-text", FindingKind.TYPE, Severity.INFO)
    elif report.hidden_script:
        yield _finding("script-in-picture", FindingKind.ACTIVE, detail="a script starts inside")
    if report.hidden_program:
        yield _finding("program-in-picture", FindingKind.ACTIVE, detail="a program starts inside")


def _before_pdf(content: bytes) -> Iterator[Finding]:
    """Judge what stands before the header: readers skip it, and another program may read it."""
    header = content.find(b"%PDF-", 0, PDF_HEADER_WITHIN + 5)
    if header > 0 and content[:header].strip(_HARMLESS_BEFORE):
        yield _finding(
            "bytes-before-document", FindingKind.UNVERIFIABLE, detail=f"{header} bytes of no use"
        )


def _is_dicom(opened: Opened) -> bool:
    return opened.media_type == DICOM.media_type or opened.content[128:132] == b"DICM"


def _preamble(content: bytes) -> Iterator[Finding]:
    """Judge what stands before DICM (PS3.10 section 7.1): it should be nothing at all."""
    if content[128:132] != b"DICM":
        yield _finding("dicom-without-preamble", FindingKind.TYPE, Severity.INFO)
        return
    preamble = content[:128]
    if not preamble.strip(b"\x00"):
        return
    if program_in_preamble(content):
        yield _finding("dicom-preamble-program", FindingKind.PROHIBITED, Severity.MALICIOUS)
    elif preamble.startswith(_TIFF_MARKS):
        yield _finding(
            "dicom-preamble-tiff", FindingKind.UNVERIFIABLE, detail="also readable as TIFF"
        )
    else:
        yield _finding("dicom-preamble-stray", FindingKind.ACTIVE, detail="bytes of no known use")


def _finding(
    rule: str, kind: FindingKind, severity: Severity = Severity.SUSPICIOUS, detail: str = ""
) -> Finding:
    return Finding(scanner=NAME, rule=rule, kind=kind, severity=severity, detail=detail)
