import io
import re
import struct
import xml.etree.ElementTree as ET
import zipfile
import zlib

import pytest

from cli.hospital.office import docm, docx, xlsx
from cli.hospital.pdf import pdf, pdf_with_script
from cli.hospital.png import HEIGHT, WIDTH, png
from cli.hospital.prose import imaging_report, letter, minutes, nursing_note
from cli.hospital.zipped import zipped

WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
TYPES = "{http://schemas.openxmlformats.org/package/2006/content-types}"
LINES = ["Première ligne & <suite>", "Épaule"]


def part(content, name):
    """One XML part of an Office document, parsed."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return ET.fromstring(archive.read(name))


@pytest.mark.parametrize("deflated", [True, False])
def test_an_archive_is_whole_and_always_the_same(deflated):
    """Members come back with their bytes, and two archives of the same members are equal."""
    members = {"a/b.txt": b"un" * 500, "c": b""}
    content = zipped(members, deflated=deflated)

    assert zipped(members, deflated=deflated) == content
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        assert archive.testzip() is None
        assert members == {name: archive.read(name) for name in archive.namelist()}


@pytest.mark.parametrize("build", [docx, docm])
def test_a_word_document_holds_its_paragraphs(build):
    """Each paragraph stands in the document with its exact text."""
    body = part(build(LINES), "word/document.xml")

    assert LINES == [text.text for text in body.iter(f"{WORD}t")]


def test_a_workbook_holds_its_cells():
    """Texts and numbers stand in the sheet, and the workbook names it."""
    content = xlsx("Budget & co", [("Chapitre", "Euros"), ("Énergie", 12)])
    sheet = part(content, "xl/worksheets/sheet1.xml")
    cells = [
        cell.findtext(f".//{SHEET}t") or cell.findtext(f"{SHEET}v")
        for cell in sheet[0].iter(f"{SHEET}c")
    ]

    assert ["Chapitre", "Euros", "Énergie", "12"] == cells
    assert "Budget & co" == part(content, "xl/workbook.xml")[0][0].get("name")


@pytest.mark.parametrize("content", [docx(LINES), docm(LINES), xlsx("T", [("a", 1)])])
def test_every_part_has_a_type_and_every_typed_part_exists(content):
    """An Office document's list of content types and its parts agree (ECMA-376 part 2 §10.1.2)."""
    types = part(content, "[Content_Types].xml")
    typed = {t.get("PartName", "")[1:] for t in types.iter(f"{TYPES}Override")}
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = set(archive.namelist())

    assert typed <= names
    assert all(name.endswith((".rels", ".xml")) for name in names - typed)


@pytest.mark.parametrize("content", [docx(LINES), docm(LINES), xlsx("T", [("a", 1)])])
def test_every_relationship_leads_to_a_part(content):
    """No relationship of an Office document dangles or leaves the package."""
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        names = archive.namelist()
        for name in (n for n in names if n.endswith(".rels")):
            folder = name.partition("_rels/")[0]
            targets = [link.get("Target", "") for link in ET.fromstring(archive.read(name))]
            assert targets
            assert all(folder + target in names for target in targets)


def test_only_the_macro_document_has_a_macro_part():
    """A macro part makes the difference, and it holds no program."""
    with zipfile.ZipFile(io.BytesIO(docm(LINES))) as archive:
        macros = archive.read("word/vbaProject.bin")
        types = archive.read("[Content_Types].xml")

    assert macros.startswith(b"\xd0\xcf\x11\xe0")
    assert not macros[60:].strip(b"\0")
    assert b"macroEnabled" in types
    assert b"vba" not in docx(LINES)


def objects(content):
    """A PDF's objects through its cross-reference table, by number."""
    start = int(content.rpartition(b"startxref\n")[2].partition(b"\n")[0])
    assert content[start:].startswith(b"xref\n0 ")
    offsets = [int(m) for m in re.findall(rb"(\d{10}) 00000 n ", content[start:])]
    return {
        order: content[offset : content.index(b"endobj", offset)]
        for order, offset in enumerate(offsets, start=1)
    }


@pytest.mark.parametrize("build", [pdf, pdf_with_script])
def test_a_pdf_is_well_formed_and_shows_its_lines(build):
    """The cross-reference table finds every object, lengths are exact, and the text is there."""
    content = build(LINES)
    found = objects(content)
    length = int(re.search(rb"/Length (\d+)", found[4])[1])
    stream = found[4].partition(b"stream\n")[2][:length]
    shown = [bytes.fromhex(m.decode()).decode("cp1252") for m in re.findall(rb"<(\w+)> Tj", stream)]

    assert content.startswith(b"%PDF-1.4\n")
    assert content.endswith(b"%%EOF\n")
    assert all(body.startswith(b"%d 0 obj\n" % order) for order, body in found.items())
    assert found[4].endswith(stream + b"\nendstream\n")
    assert LINES == shown
    assert b"/Size %d " % (len(found) + 1) in content


def test_only_one_of_the_two_pdfs_holds_a_script():
    """The script is named as such, starts on opening, and does nothing."""
    with_script = pdf_with_script(LINES)

    assert b"/OpenAction 6 0 R" in objects(with_script)[1]
    assert b"/JS (var demonstration = 1;)" in objects(with_script)[6]
    assert b"/JS" not in pdf(LINES)
    assert b"/OpenAction" not in pdf(LINES)


def test_a_long_line_is_wrapped():
    """No text runs off the page."""
    shown = re.findall(rb"<(\w+)> Tj", pdf(["mot " * 60]))

    assert len(shown) > 1
    assert max(len(line) // 2 for line in shown) <= 84


def test_a_picture_is_whole():
    """Every chunk of a picture has its check sum and the pixels have the size that it claims."""
    content, chunks, position = png(5), {}, 8
    while position < len(content):
        (length,) = struct.unpack(">I", content[position : position + 4])
        body = content[position + 4 : position + 8 + length]
        (check,) = struct.unpack(">I", content[position + 8 + length : position + 12 + length])
        assert zlib.crc32(body) == check
        chunks[body[:4]] = body[4:]
        position += 12 + length

    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    assert [b"IHDR", b"IDAT", b"IEND"] == list(chunks)
    assert (WIDTH, HEIGHT) == struct.unpack(">II", chunks[b"IHDR"][:8])
    assert (WIDTH + 1) * HEIGHT == len(zlib.decompress(chunks[b"IDAT"]))
    assert png(5) != png(6)


@pytest.mark.parametrize(
    "text",
    [
        "\n".join(letter(3)),
        "\n".join(imaging_report(3, "Scanner")),
        "\n".join(minutes(3)),
        nursing_note(3).decode(),
    ],
    ids=["letter", "report", "minutes", "note"],
)
def test_every_text_says_that_it_is_invented(text):
    """Nobody can take a text of the demonstration for a real one."""
    assert "aucune personne réelle" in text
    assert re.search("[éèê]", text)
