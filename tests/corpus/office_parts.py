"""Office documents part by part, as programs write them: texts, workbooks, presentations.

Everything that could run is inert: macros are letters, programs are named and absent.
"""

from tests.corpus.images import png
from tests.corpus.packages import archive

TYPES = "http://schemas.openxmlformats.org/package/2006/content-types"
PACKAGE = "http://schemas.openxmlformats.org/package/2006/relationships"
LINKS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MICROSOFT = "http://schemas.microsoft.com/office/2006/relationships"
OFFICE = "application/vnd.openxmlformats-officedocument."
NAMES = (
    'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main" '
    f'xmlns:r="{LINKS}" xmlns:v="urn:schemas-microsoft-com:vml" '
    'xmlns:o="urn:schemas-microsoft-com:office:office" '
    'xmlns:x="urn:schemas-microsoft-com:office:excel" '
    'xmlns:a="http://schemas.openxmlformats.org/drawingml/2006/main" '
    'xmlns:c="http://schemas.openxmlformats.org/drawingml/2006/chart" '
    'xmlns:p="http://schemas.openxmlformats.org/presentationml/2006/main" '
    'xmlns:xdr="http://schemas.openxmlformats.org/drawingml/2006/spreadsheetDrawing" '
    'xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006" '
    'xmlns:s="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
)
SHEET = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


class Package:
    """A package that is put together part by part."""

    def __init__(self, main: str, main_type: str, content: bytes | str) -> None:
        self._parts: dict[str, bytes] = {}
        self._types: dict[str, str] = {}
        self._links: dict[str, list[str]] = {}
        self.main = main
        self.part(main, main_type, content)
        self.link("", "rMain", f"{LINKS}/officeDocument", main)

    def part(self, name: str, kind: str, content: bytes | str) -> "Package":
        """Add a part, or replace it."""
        self._parts[name] = content.encode() if isinstance(content, str) else content
        self._types[name] = kind
        return self

    def link(
        self, source: str, name: str, kind: str, target: str, *, outside: bool = False
    ) -> "Package":
        """Add a relationship; a kind of one word is one of Office's own."""
        full = kind if "/" in kind else f"{LINKS}/{kind}"
        mode = ' TargetMode="External"' if outside else ""
        self._links.setdefault(source, []).append(
            f'<Relationship Id="{name}" Type="{full}" Target="{target}"{mode}/>'
        )
        return self

    def linked(self, name: str, kind: str, part: str, content: bytes | str) -> "Package":
        """Add a part to which the main part has a link of the part's own name."""
        link = part.rpartition("/")[2].partition(".")[0]
        self.part(part, kind, content)
        return self.link(self.main, link, name, f"/{part}")

    def built(self) -> bytes:
        """Return the archive."""
        overrides = "".join(
            f'<Override PartName="/{name}" ContentType="{kind}"/>'
            for name, kind in self._types.items()
        )
        listing = (
            f'<?xml version="1.0"?><Types xmlns="{TYPES}"><Default Extension="rels" '
            'ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f"{overrides}</Types>"
        ).encode()
        links = {
            _listing(source): f'<Relationships xmlns="{PACKAGE}">{"".join(all_)}</Relationships>'
            for source, all_ in self._links.items()
        }
        members = {name: text.encode() for name, text in links.items()}
        return archive({"[Content_Types].xml": listing, **members, **self._parts})


def _listing(source: str) -> str:
    folder, _, name = source.rpartition("/")
    return f"{folder}/_rels/{name}.rels" if folder else f"_rels/{name}.rels"


def text(body: str, *, macros: bool = False) -> Package:
    """Return a text document with a body."""
    kind = (
        "application/vnd.ms-word.document.macroEnabled"
        if macros
        else (OFFICE + "wordprocessingml.document")
    )
    content = f"<w:document {NAMES}><w:body>{body}</w:body></w:document>"
    return Package("word/document.xml", f"{kind}.main+xml", content)


def paragraph(words: str) -> str:
    """Return a paragraph of one run."""
    return f"<w:p><w:r><w:t>{words}</w:t></w:r></w:p>"


def complex_field(code: str, result: str = "", *, more: str = "") -> str:
    """Return a paragraph with a field; `more` stands between its code and its separator."""
    mark = '<w:r><w:fldChar w:fldCharType="{}"/></w:r>'.format
    shown = f"{mark('separate')}<w:r><w:t>{result}</w:t></w:r>" if result else ""
    return (
        f"<w:p>{mark('begin')}<w:r><w:instrText>{code}</w:instrText></w:r>{more}"
        f"{shown}{mark('end')}</w:p>"
    )


def workbook(sheets: dict[str, str], more: str = "", *, macros: bool = False) -> Package:
    """Return a workbook of sheets, given by name and the content of their sheetData."""
    kind = (
        "application/vnd.ms-excel.sheet.macroEnabled"
        if macros
        else (OFFICE + "spreadsheetml.sheet")
    )
    listed = "".join(
        f'<sheet name="{name}" sheetId="{number}" r:id="sheet{number}"/>'
        for number, name in enumerate(sheets, 1)
    )
    book = (
        f'<workbook xmlns="{SHEET}" xmlns:r="{LINKS}"><bookViews><workbookView activeTab="0"/>'
        f"</bookViews><sheets>{listed}</sheets>{more}</workbook>"
    )
    package = Package("xl/workbook.xml", f"{kind}.main+xml", book)
    for number, content in enumerate(sheets.values(), 1):
        package.linked(
            "worksheet",
            OFFICE + "spreadsheetml.worksheet+xml",
            f"xl/worksheets/sheet{number}.xml",
            sheet(content),
        )
    return package


def sheet(cells: str, more: str = "") -> str:
    """Return a sheet."""
    return (
        f'<worksheet xmlns="{SHEET}" xmlns:r="{LINKS}" xmlns:mc="http://schemas.openxmlformats.org'
        f'/markup-compatibility/2006"><sheetData>{cells}</sheetData>{more}</worksheet>'
    )


def row(*cells: tuple[str, str], number: int = 1) -> str:
    """Return a row of (formula, value) cells."""
    written = "".join(
        f'<c r="{chr(65 + at)}{number}">'
        + (f"<f>{formula}</f>" if formula else "")
        + f"<v>{value}</v></c>"
        for at, (formula, value) in enumerate(cells)
    )
    return f'<row r="{number}">{written}</row>'


def picture() -> bytes:
    """Return a small picture."""
    return png()
