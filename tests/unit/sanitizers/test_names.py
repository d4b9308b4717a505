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
from sanitizers.sniffing import sniff

TEXT = TypeReport(media_type="text/plain", family=Family.TEXT)
PDF = TypeReport(media_type="application/pdf", family=Family.DOCUMENT)
PROGRAM = TypeReport(media_type="application/x-executable", family=Family.PROGRAM)
DOCX = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
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
        ("invoice\u202egpj.txt", "text-direction"),
        ("invoice\u2067gpj.txt", "text-direction"),
        ("a\nb.txt", "control-character"),
        ("a\x00b.txt", "nul-character"),
        ("run\u200b.exe", "unseen-character"),
        ("report\u2024pdf.exe", "lookalike-dot"),
        ("setup.\u0435x\u0435", "lookalike-extension"),
        ("setup.\uff45\uff58\uff45", "lookalike-extension"),
        ("report.pdf.{3050f4d8-98B5-11CF-BB82-00AA00BDCE0B}", "class-id-extension"),
        ("report.pdf" + " " * 40 + ".exe", "long-run-of-spaces"),
        ("a.txt:evil.exe", "program-in-stream"),
        ("a.txt:evil.exe:$DATA", "program-in-stream"),
        ("report.pdf" + "\u2003" * 40 + ".exe", "long-run-of-spaces"),
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
        ("a\u200fb.txt", "direction-mark"),
        ("Bilan\u00a02024.txt", "odd-space"),
        ("a\u2024b.txt", "lookalike-dot"),
        ("COM\u00b9.txt", "reserved-name"),
        ("nul .txt", "reserved-name"),
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


@pytest.mark.parametrize(
    ("name", "report", "rule"),
    [
        ("invoice\u202egpj.exe", TEXT, "text-direction"),
        ("report.pdf.exe", PROGRAM, "document-and-program"),
        ("x.pdf /x.pdf .cmd", TEXT, "program-behind-document"),
        ("in/x.pdf /x.pdf .exe", PROGRAM, "program-behind-document"),
    ],
)
def test_names_that_hide_a_program_are_malicious(name: str, report: TypeReport, rule: str) -> None:
    """Turned letters, double extensions and a folder called like its file are traps."""
    assert found(name, report)[rule][1] is Severity.MALICIOUS


@pytest.mark.parametrize("name", ["report.pdf/report.pdf", "x.pdf /y.pdf", "scans.jpg/run.sh"])
def test_a_folder_that_is_called_like_a_file_is_no_trap(name: str) -> None:
    """Only a program beside the folder that bears its name opens in its stead."""
    assert "program-behind-document" not in found(name, TEXT)


def test_a_shortcut_to_a_document_is_no_trap() -> None:
    """Windows calls its own shortcuts like the documents that they lead to."""
    shortcut = TypeReport(media_type="application/x-ms-shortcut", family=Family.LAUNCHER)
    assert found("report.pdf.lnk", shortcut)["document-and-program"][1] is Severity.SUSPICIOUS


@pytest.mark.parametrize(
    ("name", "media_type", "family"),
    [
        ("backup.txt", "text/x-shellscript", Family.SCRIPT),
        ("lib.zip", "application/java-archive", Family.PROGRAM),
        ("old.bak", "application/x-executable", Family.PROGRAM),
    ],
)
def test_honest_habits_are_prohibited_and_no_disguise(
    name: str, media_type: str, family: Family
) -> None:
    """Scripts kept as texts and libraries kept as archives never come back, and accuse nobody."""
    report = TypeReport(media_type=media_type, family=family)
    assert found(name, report)["program-named-as-document"] == (
        FindingKind.PROHIBITED,
        Severity.SUSPICIOUS,
    )


@pytest.mark.parametrize(
    ("name", "media_type", "family"),
    [
        ("scan.jpg", "application/zip", Family.ARCHIVE),
        ("scan.jpg", "text/html", Family.MARKUP),
        ("film.mp4", "application/pdf", Family.DOCUMENT),
        ("list.csv", "application/vnd.rar", Family.ARCHIVE),
        ("study.dcm", "application/x-iso9660-image", Family.DISK),
    ],
)
def test_what_only_a_hand_hides_under_a_name_is_held(
    name: str, media_type: str, family: Family
) -> None:
    """No habit makes an archive a picture, nor a page a film."""
    report = TypeReport(media_type=media_type, family=family)
    assert found(name, report)["hidden-under-name"][0] is FindingKind.UNVERIFIABLE


@pytest.mark.parametrize(
    ("name", "media_type", "family"),
    [
        ("letter.doc", "application/rtf", Family.DOCUMENT),
        ("letter.doc", "text/html", Family.MARKUP),
        ("table.xls", "text/csv", Family.TEXT),
        ("table.xls", "application/xml", Family.RECORD),
        ("photo.png", "image/jpeg", Family.IMAGE),
        ("letter.zip", DOCX, Family.DOCUMENT),
        ("letter.doc", DOCX, Family.DOCUMENT),
    ],
)
def test_habits_of_old_programs_are_noted(name: str, media_type: str, family: Family) -> None:
    """A document in another document's name asks nobody for anything."""
    report = TypeReport(media_type=media_type, family=family)
    assert found(name, report) == {"named-otherwise": (FindingKind.TYPE, Severity.INFO)}


@pytest.mark.parametrize(
    ("name", "media_type", "family"),
    [
        ("scan.dcm", "application/json", Family.RECORD),
        ("letter.docx", "application/xml", Family.RECORD),
        ("photo.jpg", "application/hl7-v2", Family.RECORD),
        ("report.pdf", "text/html", Family.MARKUP),
    ],
)
def test_records_and_pages_where_a_document_stood_are_damage(
    name: str, media_type: str, family: Family
) -> None:
    """Words with a structure are no more the document that the name promises than plain ones."""
    report = TypeReport(media_type=media_type, family=family)
    assert found(name, report) == {"document-is-text": (FindingKind.DAMAGE, Severity.SUSPICIOUS)}


def test_macros_under_a_name_without_macros_are_active() -> None:
    """Office would refuse to open it; whoever renamed it wanted it to pass."""
    macros = TypeReport(
        media_type="application/vnd.ms-word.document.macroenabled.12", family=Family.DOCUMENT
    )
    assert found("letter.docx", macros)["macros-named-as-none"][0] is FindingKind.ACTIVE
    assert found("letter.docm", macros) == {}


def test_programs_are_prohibited_by_name_whatever_their_content() -> None:
    """A text named .bat is a program to Windows."""
    assert found("start.bat", TEXT)["program-extension"][0] is FindingKind.PROHIBITED


def test_a_text_named_as_a_page_is_a_page_to_a_browser() -> None:
    """Plain words cannot be vouched for as a page; a script inside is active."""
    assert found("a.html", TEXT)["page-by-name"][0] is FindingKind.UNVERIFIABLE
    scripted = TypeReport(media_type="text/plain", family=Family.TEXT, hidden_script=True)
    assert found("a.html", scripted)["script-in-page"][0] is FindingKind.ACTIVE


@pytest.mark.parametrize(
    ("content", "held"),
    [
        (b"Bonjour,\n\nvotre rendez-vous est le 3 mai.\n", False),
        (b"{% block text %}Bonjour {{ name }}{% endblock %}\n", False),
        (b'{"state": "open"}', False),
        ("d\u00e9j\u00e0 vu".encode("utf-16"), False),
        (b"a < b and b <a", True),
        (b"words +ADw-script+AD4- and more", True),
        (b"words \x1b$B and more", True),
        ("words <b>".encode("utf-16"), True),
    ],
)
def test_words_without_any_element_are_no_page_to_a_browser(content: bytes, *, held: bool) -> None:
    """Whatever alphabet a browser takes them to be in."""
    assert ("page-by-name" in found("a.html", sniff(content))) is held


def test_a_text_that_is_called_statements_and_begins_with_none_is_held() -> None:
    """Whoever loads it runs what stands further down; a dump is none of these, packed or not."""
    json = TypeReport(media_type="application/json", family=Family.RECORD, encoding="utf-8")
    for report in (replace(TEXT, encoding="utf-8"), json):
        assert found("a.sql", report)["statements-by-name"][0] is FindingKind.UNVERIFIABLE
        assert found("a.txt", report) == {}
    sql = TypeReport(media_type="application/sql", family=Family.DATABASE, encoding="utf-8")
    packed = TypeReport(media_type="application/gzip", family=Family.ARCHIVE)
    assert found("a.sql", sql) == found("a.sql", packed) == {}


@pytest.mark.parametrize("name", ["a.docx", "a.pdf", "a.jpg", "a.dcm", "a.xml"])
def test_an_empty_document_is_damaged(name: str) -> None:
    """A document has at least a header."""
    assert found(name, EMPTY) == {"empty-document": (FindingKind.DAMAGE, Severity.SUSPICIOUS)}


def test_zeros_where_a_document_begins_are_damage() -> None:
    """A document that begins with zeros was never written; a raw volume may begin so."""
    assert set(found("a.pdf", ZEROED)) == {"header-zeroed"}
    assert found("a.pdf", ZEROED)["header-zeroed"][0] is FindingKind.DAMAGE
    assert found("volume.raw", ZEROED) == {}
    packed = replace(RANDOM, remains=Remains(zero_head=True, random_cells=True))
    assert set(found("a.gz", packed)) == {"header-zeroed"}


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
        ("activity.dbf", RANDOM, "header-destroyed"),
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
        ("dump.bak", ODD),
        ("report.docx.lockbit", UNKNOWN),
        ("report.docx", UNKNOWN),
        ("archive.zip.002", RANDOM),
        ("archive.7z.part3", RANDOM),
        ("disk.docx", ZEROED),
        ("volume.bin", PARTS),
        ("org.xml.dom.jmod", replace(PARTS, media_type="application/zip", family=Family.ARCHIVE)),
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
