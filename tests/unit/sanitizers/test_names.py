from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from custody.finding import FindingKind, Severity
from custody.outcome import NotScanned, Scanned
from formats.families import Family
from formats.remains import Remains
from sanitizers.interface import TypeReport
from sanitizers.names import SCANNER, names_findings, names_outcome

TEXT = TypeReport(media_type="text/plain", family=Family.TEXT)
PDF = TypeReport(media_type="application/pdf", family=Family.DOCUMENT)
PROGRAM = TypeReport(media_type="application/x-executable", family=Family.PROGRAM)
EMPTY = TypeReport(media_type="application/x-empty", family=Family.EMPTY)
UNKNOWN = TypeReport(media_type="application/octet-stream", family=Family.UNKNOWN)
RANDOM = TypeReport(
    media_type="application/octet-stream",
    family=Family.UNKNOWN,
    remains=Remains(random_like=True, random_head=True, random_start=True, whole_sectors=True),
)
HEAD = replace(RANDOM, remains=Remains(random_head=True, random_start=True))
ODD = replace(RANDOM, remains=Remains(random_like=True, random_head=True))
START = replace(RANDOM, remains=Remains(random_start=True))
PARTS = replace(RANDOM, remains=Remains(random_parts=True))
ZEROED = replace(RANDOM, remains=Remains(zero_head=True))


def found(name: str | bytes, report: TypeReport) -> dict[str, tuple[FindingKind, Severity]]:
    """Return the findings of a name by rule."""
    path = name if isinstance(name, bytes) else name.encode()
    return {f.rule: (f.kind, f.severity) for f in names_findings(path, report)}


@pytest.mark.parametrize(
    "name",
    ["report.pdf", "a/b/Rapport d'été.pdf", "v1.2.pdf", "noextension", "archive.tar.gz", ".hidden"],
)
def test_ordinary_names_say_nothing(name: str) -> None:
    """Accents, dots and missing extensions are ordinary."""
    assert found(name, PDF) == {}


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("invoice\u202egpj.exe", "text-direction"),
        ("a\nb.txt", "control-character"),
        ("a\x00b.txt", "control-character"),
        ("report.pdf" + " " * 40 + ".exe", "long-run-of-spaces"),
        ("a.txt:evil.exe", "alternate-stream"),
        ("report.pdf.exe", "document-and-program"),
        ("report.pdf .cmd", "document-and-program"),
        ("page.html.js", "document-and-program"),
        ("setup.exe", "program-extension"),
        ("run.ps1", "program-extension"),
        ("run.exe.", "program-extension"),
    ],
)
def test_names_that_deceive_are_suspicious(name: str, rule: str) -> None:
    """What a person would agree on at once asks for a person."""
    assert found(name, TEXT)[rule][1] is Severity.SUSPICIOUS


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("con.txt", "reserved-name"),
        ("AUX", "reserved-name"),
        ("a.txt.", "trailing-space-or-dot"),
        ("a.txt ", "trailing-space-or-dot"),
        ("a.txt:Zone.Identifier", "alternate-stream"),
        ("a\u200bb.txt", "unseen-character"),
        (b"\xe9t\xe9.txt", "not-utf-8"),
    ],
)
def test_names_that_are_merely_odd_are_noted(name: str | bytes, rule: str) -> None:
    """Old systems leave odd names behind."""
    assert found(name, TEXT) == {rule: (FindingKind.NAME, Severity.INFO)}


def test_a_program_named_as_a_document_is_malicious() -> None:
    """Nobody renames a program to a picture by mistake."""
    assert found("photo.jpg", PROGRAM) == {
        "program-named-as-document": (FindingKind.PROHIBITED, Severity.MALICIOUS)
    }


def test_programs_are_prohibited_by_name_whatever_their_content() -> None:
    """A text named .bat is a program to Windows."""
    assert found("start.bat", TEXT)["program-extension"][0] is FindingKind.PROHIBITED


def test_a_text_named_as_a_page_is_a_page_to_a_browser() -> None:
    """Plain words cannot be vouched for as a page; a script inside is active."""
    assert found("a.html", TEXT)["page-by-name"][0] is FindingKind.UNVERIFIABLE
    scripted = TypeReport(media_type="text/plain", family=Family.TEXT, hidden_script=True)
    assert found("a.html", scripted)["script-in-page"][0] is FindingKind.ACTIVE


@pytest.mark.parametrize("name", ["a.docx", "a.pdf", "a.jpg", "a.dcm", "a.xml"])
def test_an_empty_document_is_damaged(name: str) -> None:
    """A document has at least a header."""
    assert found(name, EMPTY) == {"empty-document": (FindingKind.DAMAGE, Severity.SUSPICIOUS)}


def test_zeros_where_a_document_begins_are_damage() -> None:
    """A document that begins with zeros was never written; a raw volume may begin so."""
    assert set(found("a.pdf", ZEROED)) == {"header-zeroed"}
    assert found("a.pdf", ZEROED)["header-zeroed"][0] is FindingKind.DAMAGE
    assert found("volume.raw", ZEROED) == {}


@pytest.mark.parametrize("name", ["a.txt", "placeholder", ".keep", "a.csv"])
def test_an_empty_text_is_nothing(name: str) -> None:
    """Texts and placeholders may be empty."""
    assert found(name, EMPTY) == {}


@pytest.mark.parametrize(
    ("name", "report", "rule"),
    [
        ("report.docx.lockbit", RANDOM, "renamed-and-random"),
        ("scan.dcm.id[A1-22].[x@y.org].abc", RANDOM, "renamed-and-random"),
        ("report.docx", RANDOM, "header-destroyed"),
        ("photo.jpg", HEAD, "header-destroyed"),
        ("list.csv", HEAD, "header-destroyed"),
        ("scan.png", START, "header-destroyed"),
        ("report.docx.lockbit", HEAD, "header-destroyed"),
        ("patients.db", HEAD, "header-destroyed"),
        ("patients.db", ODD, "header-destroyed"),
        ("patients.sqlite", RANDOM, "header-destroyed"),
        ("patients.db.x9k", RANDOM, "renamed-and-random"),
        ("letter.txt", PARTS, "noise-in-text"),
        ("result.hl7.id-77", PARTS, "noise-in-text"),
    ],
)
def test_a_document_whose_bytes_are_random_was_encrypted(
    name: str, report: TypeReport, rule: str
) -> None:
    """The name bears witness that a document stood there."""
    assert found(name, report)[rule] == (FindingKind.ENCRYPTION, Severity.SUSPICIOUS)


@pytest.mark.parametrize(
    ("name", "report"),
    [
        ("container.bin", RANDOM),
        ("volume", RANDOM),
        ("report.docx.gpg", RANDOM),
        ("data.db", RANDOM),
        ("dump.bak", RANDOM),
        ("report.docx.lockbit", UNKNOWN),
        ("report.docx", UNKNOWN),
        ("archive.zip.002", RANDOM),
        ("archive.7z.part3", RANDOM),
        ("disk.docx", ZEROED),
        ("volume.bin", PARTS),
    ],
)
def test_random_bytes_alone_are_no_ransomware(name: str, report: TypeReport) -> None:
    """Containers, sealed files and databases may be random by right."""
    assert all(kind is not FindingKind.ENCRYPTION for kind, _ in found(name, report).values())


@given(st.binary(max_size=255))
def test_any_bytes_may_be_a_name(path: bytes) -> None:
    """Names from hostile disks raise nothing, and details stay short."""
    assert all(len(f.detail) <= 64 for f in names_findings(path, RANDOM))


def test_a_name_that_nobody_judged_is_not_a_clean_one():
    """Silence about a name is an outcome of its own; no finding means that somebody looked."""
    silent, clean = names_outcome(None), names_outcome(())

    assert NotScanned(scanner=SCANNER, reason="the name was not judged") == silent
    assert (Scanned, SCANNER, ()) == (type(clean), clean.scanner, clean.findings)


@pytest.mark.parametrize("name", ["scan.dcm", "a/Bericht.DOCX", "x.pdf ", "img.jpeg", "old.zip"])
def test_words_where_a_document_stood_are_damage(name: str) -> None:
    """What overwrote a study or a letter is not that study: it is lost, and not clean."""
    assert {"document-is-text": (FindingKind.DAMAGE, Severity.SUSPICIOUS)} == {
        rule: said for rule, said in found(name, TEXT).items() if rule == "document-is-text"
    }


@pytest.mark.parametrize(
    "name", ["export.xls", "a.doc", "a.txt", "lab.csv", "notes", "a.db", "m.eml"]
)
def test_names_that_may_stand_for_words_say_nothing(name: str) -> None:
    """Programs of hospitals export tables as `.xls` that are plain text."""
    assert "document-is-text" not in found(name, TEXT)


@pytest.mark.parametrize("name", ["q.dqy", "q.odc", "server.rdp", "addin.xlam"])
def test_what_an_office_program_obeys_is_a_program(name: str) -> None:
    """Queries, connections and add-ins act when they are opened, whatever their bytes are."""
    assert "program-extension" in found(name, TEXT)
