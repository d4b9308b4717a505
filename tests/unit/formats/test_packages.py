import pytest

from formats.faults import FormatError
from formats.packages import kind_of_package
from tests.corpus.packages import archive, content_types, docx, odt, xlsx

OOXML = "application/vnd.openxmlformats-officedocument."


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (docx(), OOXML + "wordprocessingml.document"),
        (xlsx(), OOXML + "spreadsheetml.sheet"),
        (docx(word__vbaProject_DOT_bin=b"x"), "application/vnd.ms-word.document.macroenabled.12"),
        (odt(), "application/vnd.oasis.opendocument.text"),
        (archive({"META-INF/MANIFEST.MF": b""}), "application/java-archive"),
        (
            archive({"AndroidManifest.xml": b"", "META-INF/MANIFEST.MF": b""}),
            "application/vnd.android.package-archive",
        ),
        (archive({"a.txt": b""}), "application/zip"),
        (archive({"[Content_Types].xml": content_types("x"), "a": b""}), "application/zip"),
        (archive({"mimetype": b"application/epub+zip"}, stored=True), "application/epub+zip"),
        (archive({"mimetype": b"nonsense" * 40}, stored=True), "application/zip"),
    ],
)
def test_the_directory_says_what_a_package_is(content: bytes, media_type: str) -> None:
    """Names and the stored declaration decide, not the order of members or the file's name."""
    assert kind_of_package(content).media_type == media_type


def test_a_package_that_is_two_documents_is_just_an_archive() -> None:
    """What one program would open as text and another as workbook, no reader sees whole."""
    parts = {"mimetype": b"application/vnd.oasis.opendocument.text", "word/a.xml": b"<a/>"}
    both = archive({**parts, "[Content_Types].xml": b"<a/>"}, stored=True)
    assert kind_of_package(both).media_type == "application/zip"


def test_a_document_that_is_also_a_program_is_a_program() -> None:
    """A manifest of Java inside a text document makes it run."""
    content = docx(**{"META-INF__MANIFEST_DOT_MF": b""})
    assert kind_of_package(content).media_type == "application/java-archive"


def test_a_foreign_first_member_does_not_hide_a_document() -> None:
    """A text document stays one when another member stands before its parts."""
    parts = {"junk": b"x", "[Content_Types].xml": content_types("x"), "word/document.xml": b"<a/>"}
    assert kind_of_package(archive(parts)).media_type == OOXML + "wordprocessingml.document"


def test_a_package_that_was_cut_has_no_kind() -> None:
    """Without a directory nothing is said."""
    with pytest.raises(FormatError):
        kind_of_package(docx()[:-40])
