"""Small Word and Excel documents (ECMA-376), with and without a macro part."""

from collections.abc import Sequence
from html import escape

from cli.hospital.zipped import zipped

Row = Sequence[str | int]

HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
OPC = "http://schemas.openxmlformats.org/package/2006"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
WORD = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OOXML = "application/vnd.openxmlformats-officedocument"
VBA = "http://schemas.microsoft.com/office/2006/relationships/vbaProject"

DOCX_TYPE = f"{OOXML}.wordprocessingml.document.main+xml"
DOCM_TYPE = "application/vnd.ms-word.document.macroEnabled.main+xml"
XLSX_TYPE = f"{OOXML}.spreadsheetml.sheet.main+xml"
SHEET_TYPE = f"{OOXML}.spreadsheetml.worksheet+xml"
VBA_TYPE = "application/vnd.ms-office.vbaProject"

# The magic of a compound file and then nothing that any program could run.
INERT_MACROS = (
    b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    + b"Autoclave demonstration: no macro is here.".ljust(504, b"\0")
)


def docx(paragraphs: Sequence[str]) -> bytes:
    """Return a Word document of plain paragraphs."""
    return zipped(
        {
            "[Content_Types].xml": _types({"/word/document.xml": DOCX_TYPE}),
            "_rels/.rels": _relationships({f"{OFFICE}/officeDocument": "word/document.xml"}),
            "word/document.xml": _document(paragraphs),
        }
    )


def docm(paragraphs: Sequence[str]) -> bytes:
    """Return a Word document with a macro part that holds nothing that runs."""
    types = {"/word/document.xml": DOCM_TYPE, "/word/vbaProject.bin": VBA_TYPE}
    return zipped(
        {
            "[Content_Types].xml": _types(types),
            "_rels/.rels": _relationships({f"{OFFICE}/officeDocument": "word/document.xml"}),
            "word/document.xml": _document(paragraphs),
            "word/_rels/document.xml.rels": _relationships({VBA: "vbaProject.bin"}),
            "word/vbaProject.bin": INERT_MACROS,
        }
    )


def xlsx(title: str, rows: Sequence[Row]) -> bytes:
    """Return an Excel workbook of one sheet; numbers stay numbers."""
    types = {"/xl/workbook.xml": XLSX_TYPE, "/xl/worksheets/sheet1.xml": SHEET_TYPE}
    sheet = f'<sheet name="{escape(title)}" sheetId="1" r:id="rId1"/>'
    workbook = (
        f'{HEAD}<workbook xmlns="{SHEET}" xmlns:r="{OFFICE}"><sheets>{sheet}</sheets></workbook>'
    )
    return zipped(
        {
            "[Content_Types].xml": _types(types),
            "_rels/.rels": _relationships({f"{OFFICE}/officeDocument": "xl/workbook.xml"}),
            "xl/workbook.xml": workbook.encode(),
            "xl/_rels/workbook.xml.rels": _relationships(
                {f"{OFFICE}/worksheet": "worksheets/sheet1.xml"}
            ),
            "xl/worksheets/sheet1.xml": _worksheet(rows),
        }
    )


def _types(parts: dict[str, str]) -> bytes:
    overrides = "".join(
        f'<Override PartName="{part}" ContentType="{kind}"/>' for part, kind in parts.items()
    )
    return (
        f'{HEAD}<Types xmlns="{OPC}/content-types">'
        '<Default Extension="rels" '
        'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Default Extension="xml" ContentType="application/xml"/>{overrides}</Types>'
    ).encode()


def _relationships(targets: dict[str, str]) -> bytes:
    links = "".join(
        f'<Relationship Id="rId{order}" Type="{kind}" Target="{target}"/>'
        for order, (kind, target) in enumerate(targets.items(), start=1)
    )
    return f'{HEAD}<Relationships xmlns="{OPC}/relationships">{links}</Relationships>'.encode()


def _document(paragraphs: Sequence[str]) -> bytes:
    body = "".join(
        f'<w:p><w:r><w:t xml:space="preserve">{escape(text)}</w:t></w:r></w:p>'
        for text in paragraphs
    )
    return f'{HEAD}<w:document xmlns:w="{WORD}"><w:body>{body}</w:body></w:document>'.encode()


def _worksheet(rows: Sequence[Row]) -> bytes:
    lines = "".join(
        f'<row r="{order}">{"".join(_cell(value) for value in row)}</row>'
        for order, row in enumerate(rows, start=1)
    )
    return f'{HEAD}<worksheet xmlns="{SHEET}"><sheetData>{lines}</sheetData></worksheet>'.encode()


def _cell(value: str | int) -> str:
    if isinstance(value, int):
        return f"<c><v>{value}</v></c>"
    return f'<c t="inlineStr"><is><t>{escape(value)}</t></is></c>'
