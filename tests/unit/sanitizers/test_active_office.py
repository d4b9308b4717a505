import pytest

from tests.corpus.compounds import (
    WORD_2,
    WORD_95,
    WORD_95_MACROS,
    WORD_95_TEMPLATE,
    WORD_97,
    WORD_97_PROTECTED,
    atom,
    compound,
    record,
    sheet,
    workbook,
)
from tests.corpus.looking import demands, look, notes, silence
from tests.corpus.packages import (
    WORD_MACRO_MAIN,
    archive,
    content_types,
    docx,
    odt,
    relationships,
    xlsx,
)

FIELD = '<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r>{}</w:p>'
PE = b"MZ" + bytes(58) + b"\x40\x00\x00\x00" + b"PE\x00\x00" + bytes(200)

# The type that OpenOffice 1 and 2 gave to each module.
_OLD_MODULE = (
    b'<!DOCTYPE script:module PUBLIC "-//OpenOffice.org//DTD OfficeDocument 1.0//EN" "module.dtd">'
    b"<module/>"
)


def instruction(*pieces: str) -> str:
    """Return a field whose instruction is split over runs."""
    runs = "".join(f"<w:r><w:instrText>{piece}</w:instrText></w:r>" for piece in pieces)
    return FIELD.format(runs)


def active(content: bytes) -> set[str]:
    """Return the demands of the active_content scanner."""
    return demands(look(content), "active_content")


@pytest.mark.parametrize(
    "content",
    [
        docx(),
        docx(("hyperlink", "https://example.org", True), ("image", "media/a.png", False)),
        docx(body=instruction(" PAGE ")),
        docx(body=instruction(" MERGEFIELD Name ")),
        xlsx(),
        odt(),
        compound({"WordDocument": WORD_97, "1Table": b"x" * 100}),
        compound({"WordDocument": WORD_97, "ObjectPool/": b""}),
        compound({"Workbook": workbook(sheet(0), sheet(2))}),
        compound({"PowerPoint Document": atom(1000, atom(4000, b"ab"), container=True)}),
    ],
)
def test_ordinary_documents_are_passive(content: bytes) -> None:
    """Text, links that a person clicks, fields and pictures ask for nothing."""
    inspection = look(content)
    assert demands(inspection, "active_content") == set()
    assert silence(inspection, "active_content") == ""


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (docx(("vbaProject", "vbaProject.bin", False)), "ooxml-macros"),
        (docx(word__vbaProject_DOT_bin=b"x" * 20), "ooxml-macros"),
        (docx(("oleObject", "embeddings/oleObject1.bin", False)), "ooxml-object"),
        (docx(word__embeddings__a_DOT_bin=compound({"Other": b"x"})), "ooxml-object"),
        (docx(word__embeddings__a_DOT_bin=archive({"a": b"x"})), "ooxml-object"),
        (docx(word__media__a_DOT_png=PE), "ooxml-program"),
        (docx(("control", "activeX/activeX1.xml", False)), "ooxml-control"),
        (docx(("aFChunk", "a.html", False)), "ooxml-foreign-part"),
        (docx(("attachedTemplate", "https://evil/a.dotm", True)), "ooxml-external-target"),
        (docx(("attachedTemplate", "file://host/a.dotm", True)), "ooxml-external-target"),
        (docx(("image", "https://evil/a.png", True)), "ooxml-external-target"),
        (docx(("frame", "https://evil/", True)), "ooxml-foreign-part"),
        (docx(body=instruction(" DDEAUTO c:\\cmd.exe ")), "ooxml-dde"),
        (docx(body=instruction(" D", "DE", "AUTO cmd ")), "ooxml-dde"),
        (docx(body=instruction(" QUOTE 68 68 69 ")), "ooxml-dde"),
        (docx(body='<w:fldSimple w:instr="DDE cmd"/>'), "ooxml-dde"),
        (docx(body=instruction(' INCLUDETEXT "https://evil" ')), "ooxml-external-target"),
        (docx(body=instruction(' INCLUDEPICTURE \\d "https://evil" ')), "ooxml-external-target"),
        (docx(("hyperlink", "ms-msdt:/id x", True)), "ooxml-program-link"),
        (docx(("hyperlink", " Search-MS:query=x", True)), "ooxml-program-link"),
        (xlsx(("connections", "connections.xml", False)), "ooxml-data-connection"),
        (docx(("extensibility", "customUI/customUI.xml", False)), "ooxml-custom-ui"),
        (xlsx(("xlMacrosheet", "macrosheets/sheet1.xml", False)), "ooxml-excel4-macros"),
        (docx(xl__a_DOT_xml=b"<ddeLink ddeService='cmd'/>"), "ooxml-dde"),
        (docx(body=instruction(' LINK Excel.Sheet "https://evil" a ')), "ooxml-external-target"),
        (docx(xl__a_DOT_xml=b"<c><f>WEBSERVICE(A1)</f></c>"), "ooxml-fetching-formula"),
        (docx(xl__a_DOT_xml=b"<c><f>1+_xlfn.IMAGE(A1)</f></c>"), "ooxml-fetching-formula"),
        (docx(xl__a_DOT_xml=b"<c><f>_xlfn._xlws.PY(0,1)</f></c>"), "ooxml-fetching-formula"),
        (docx(xl__a_DOT_xml=b"<c><f>STOCKHISTORY(A1)</f></c>"), "ooxml-fetching-formula"),
        (docx(xl__a_DOT_xml=b"<c><f>SQL.REQUEST(A1)</f></c>"), "ooxml-fetching-formula"),
        (
            docx(
                body="<w:fldSimple x:instr='PAGE' w:instr='INCLUDEPICTURE \"https://evil\"' "
                "xmlns:x='urn:x'/>"
            ),
            "ooxml-external-target",
        ),
        (
            docx(customXml__item1_DOT_xml=b"<a>schemas.microsoft.com/office/2006/xmlPackage</a>"),
            "ooxml-foreign-part",
        ),
    ],
)
def test_what_runs_or_fetches_in_a_package_is_active(content: bytes, rule: str) -> None:
    """Code, controls, objects, remote parts and data links each have a rule."""
    assert rule in active(content)


def test_an_embedded_workbook_is_looked_into() -> None:
    """The numbers behind a chart are noted; a macro inside them is active."""
    passive = look(docx(word__embeddings__a_DOT_xlsx=xlsx()))
    assert demands(passive, "active_content") == set()
    assert notes(passive, "active_content") == {"ooxml-embedded-document"}
    inner = docx(word__vbaProject_DOT_bin=b"x")
    assert "ooxml-macros" in active(docx(word__embeddings__a_DOT_docx=inner))


def test_documents_inside_documents_end_at_the_depth_limit() -> None:
    """Seven documents inside one another are not judged."""
    content = docx()
    for _ in range(8):
        content = docx(word__embeddings__a_DOT_docx=content)
    assert "limit" in silence(look(content), "active_content")


def test_a_template_on_the_authors_drive_is_noted() -> None:
    """Nothing is fetched from the drive of a machine that is gone."""
    inspection = look(docx(("attachedTemplate", "file:///C:\\Users\\a\\Normal.dotm", True)))
    assert demands(inspection, "active_content") == set()
    assert notes(inspection, "active_content") == {"ooxml-local-target"}


def test_the_content_types_say_that_a_document_may_hold_macros() -> None:
    """A document with the type of macros is not a plain one, whatever its name."""
    inspection = look(docx(main=WORD_MACRO_MAIN))
    assert inspection.media_type == "application/vnd.ms-word.document.macroenabled.12"


@pytest.mark.parametrize("claim", ["text/plain.main+xml", "image/png.main+xml", "x.main+xml"])
def test_a_package_cannot_declare_itself_something_passive(claim: str) -> None:
    """A document that calls itself a text is still looked into as a document."""
    inspection = look(docx(main=claim, word__vbaProject_DOT_bin=b"x" * 20))
    assert inspection.media_type.startswith("application/vnd.ms-word.")
    assert "ooxml-macros" in demands(inspection, "active_content")


def test_many_notes_do_not_push_out_what_is_active() -> None:
    """The bound on findings cuts off notes first."""
    links = [("attachedTemplate", f"file:///C:\\{n}.dotm", True) for n in range(150)]
    members = {f"word__{n}__rels_DOT_rels": relationships(*links[:1]) for n in range(150)}
    content = docx(word__zz_DOT_xml=b"<ddeLink/>", **members)
    assert "ooxml-dde" in active(content)


@pytest.mark.parametrize(
    "content",
    [
        docx(word__a_DOT_xml=b"<!DOCTYPE a><a/>"),
        docx(word__a_DOT_xml=b"<a>"),
        docx(_rels__b_DOT_rels=b"no xml"),
        archive({"[Content_Types].xml": content_types("x")[:-9], "word/a.xml": b"<a/>"}),
    ],
)
def test_a_part_that_cannot_be_read_leaves_the_document_unjudged(content: bytes) -> None:
    """Half a document is never passive."""
    assert silence(look(content), "active_content") != ""


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (compound({"WordDocument": WORD_97, "Macros/VBA/dir": b"x"}), "ole2-macros"),
        (compound({"Workbook": workbook(), "_VBA_PROJECT_CUR/VBA/dir": b"x"}), "ole2-macros"),
        (compound({"Workbook": workbook(sheet(1))}), "ole2-excel4-macros"),
        (compound({"Workbook": workbook(sheet(6))}), "ole2-macros"),
        (compound({"Workbook": workbook(), "MBD0001ABCD/Workbook": b"x"}), "ole2-object"),
        (compound({"WordDocument": WORD_97, "ObjectPool/_12/\x01Ole": b"x"}), "ole2-object"),
        (compound({"WordDocument": WORD_97 + b"\x13 DDEAUTO cmd"}), "ole2-dde"),
        (
            compound({"Workbook": workbook(record(0x1AE, b"\x00\x00\x05\x00\x00cmd\x03a"))}),
            "ole2-dde",
        ),
        (compound({"PowerPoint Document": atom(0x1011, b"x")}), "ole2-object"),
        (
            compound(
                {
                    "PowerPoint Document": atom(
                        0x3FF, atom(0x400, b"\0\0\0\0\1\0\0\0\2\0\0\0"), container=True
                    )
                }
            ),
            "ole2-macros",
        ),
    ],
)
def test_what_runs_in_an_old_document_is_active(content: bytes, rule: str) -> None:
    """Macros of both generations, objects and DDE each have a rule."""
    assert rule in active(content)


def test_a_link_to_another_workbook_is_no_program() -> None:
    """An encoded path has marks between its folders; a program's name has not."""
    body = b"\x01\x00\x09\x00\x00\x01C\x03a\x03b.xls"
    assert active(compound({"Workbook": workbook(record(0x1AE, body))})) == set()


@pytest.mark.parametrize(
    "content",
    [
        compound({"WordDocument": WORD_97_PROTECTED}),
        compound({"Workbook": workbook(record(0x2F, b"\x00" * 6))}),
        compound({"PowerPoint Document": atom(0x2F14, b"x")}),
    ],
)
def test_a_protected_document_needs_a_password(content: bytes) -> None:
    """It is named as such, not as damage."""
    assert active(content) == {"password-protected"}


@pytest.mark.parametrize("stream", [WORD_95_TEMPLATE, WORD_95_MACROS])
def test_a_word_95_document_with_macros_is_active(stream: bytes) -> None:
    """WordBasic lives in templates, and the block of the document names it."""
    assert active(compound({"WordDocument": stream})) == {"ole2-macros"}


def test_a_word_95_document_without_macros_is_passive() -> None:
    """All tables of commands and macros are empty; a block that is cut could hide them."""
    assert active(compound({"WordDocument": WORD_95})) == set()
    cut = look(compound({"WordDocument": WORD_95[:200]}))
    assert "block is cut" in silence(cut, "active_content")


def test_what_is_older_than_word_6_is_not_judged() -> None:
    """Its blocks are built in another way."""
    old = WORD_2[:2].replace(b"\x9b", b"\xdc") + WORD_2[2:]
    assert "macros cannot be excluded" in silence(
        look(compound({"WordDocument": old})), "active_content"
    )


@pytest.mark.parametrize(
    ("content", "rule"),
    [
        (odt(Basic__Standard__a_DOT_xml=b"<module/>"), "odf-macros"),
        (odt(Basic__Standard__a_DOT_xml=_OLD_MODULE), "odf-macros"),
        (odt(b"<a><event-listener/></a>"), "odf-event-listener"),
        (odt(b"<a><dde-source/></a>"), "odf-dde"),
        (odt(b"<a><plugin/></a>"), "odf-plugin"),
        (odt(b"<image xmlns:x='urn:l' x:href='https://evil/a.png'/>"), "odf-external-target"),
        (odt(b"<fill-image xmlns:x='urn:l' x:href='smb://evil/a.png'/>"), "odf-external-target"),
        (odt(b"<table-source xmlns:x='urn:l' x:href='//evil/a.ods'/>"), "odf-external-target"),
        (odt(b"<template xmlns:x='urn:l' x:href='https://evil/a.ott'/>"), "odf-external-target"),
        (odt(b"<b xmlns:f='urn:f' f:image-data='https://evil/a'/>"), "odf-external-target"),
        (odt(b"<c xmlns:t='urn:t' t:formula='of:=DDE(1)'/>"), "odf-dde"),
        (odt(b"<c xmlns:t='urn:t' t:formula='of:=WEBSERVICE(1)'/>"), "odf-external-target"),
        (odt(b"<a><script:event-listener/></a>"), "odf-event-listener"),
        (odt(b"<a xmlns:x='urn:l' x:href='vnd.sun.star.script:a'/>"), "odf-macros"),
        (odt(Object1=compound({"Other": b"x"})), "odf-object"),
        (odt(Pictures__a_DOT_png=PE), "odf-program"),
    ],
)
def test_what_runs_or_fetches_in_an_opendocument_is_active(content: bytes, rule: str) -> None:
    """Macros, listeners, objects and remote parts each have a rule."""
    assert rule in active(content)


def test_a_protected_opendocument_needs_a_password() -> None:
    """The manifest says which parts are encrypted."""
    manifest = b"<manifest><file-entry><encryption-data/></file-entry></manifest>"
    content = archive(
        {"mimetype": b"application/vnd.oasis.opendocument.text", "META-INF/manifest.xml": manifest},
        stored=True,
    )
    assert active(content) == {"password-protected"}
