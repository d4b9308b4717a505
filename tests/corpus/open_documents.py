"""OpenDocument packages, ordinary ones and ones that run, fetch or lead out; all of it inert."""

from dataclasses import dataclass

from tests.corpus.images import png
from tests.corpus.packages import archive

_NAMES = " ".join(
    f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{path}:1.0"'
    for name, path in {
        "office": "office",
        "text": "text",
        "table": "table",
        "draw": "drawing",
        "script": "script",
        "presentation": "presentation",
        "config": "config",
        "meta": "meta",
        "form": "form",
    }.items()
)
_HEAD = f'{_NAMES} xmlns:xlink="http://www.w3.org/1999/xlink" office:version="1.3"'
_MANIFEST = "urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"
HELLO = "<text:p>Le patient va bien</text:p>"


def document(
    body: str,
    kind: str = "text",
    *,
    before: str = "",
    listed: str = "",
    members: dict[str, bytes | str] | None = None,
) -> bytes:
    """Return a document; `before` stands before its body, `listed` in its manifest."""
    content = (
        f"<office:document-content {_HEAD}>{before}<office:body><office:{kind}>{body}"
        f"</office:{kind}></office:body></office:document-content>"
    )
    parts: dict[str, bytes | str] = {
        "content.xml": content,
        "styles.xml": f"<office:document-styles {_HEAD}/>",
        **(members or {}),
    }
    entries = "".join(
        f'<manifest:file-entry manifest:full-path="{name}" manifest:media-type="text/xml"/>'
        for name in parts
    )
    declared = f"application/vnd.oasis.opendocument.{kind}"
    parts["META-INF/manifest.xml"] = (
        f'<manifest:manifest xmlns:manifest="{_MANIFEST}" manifest:version="1.3">'
        f'<manifest:file-entry manifest:full-path="/" manifest:media-type="{declared}"/>'
        f"{entries}{listed}</manifest:manifest>"
    )
    plain = {name: p.encode() if isinstance(p, str) else p for name, p in parts.items()}
    return archive({"mimetype": declared.encode(), **plain}, stored=True)


def table(cells: str, *, name: str = "Feuille") -> str:
    """Return a table of one row."""
    return (
        f'<table:table table:name="{name}"><table:table-row>{cells}</table:table-row></table:table>'
    )


def cell(formula: str, value: str) -> str:
    """Return a cell with a formula."""
    return (
        f'<table:table-cell table:formula="{formula}" office:value-type="float" '
        f'office:value="{value}"><text:p>{value}</text:p></table:table-cell>'
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenCase:
    """A document, a code that has to be reported, and words that have to stay."""

    content: bytes
    code: str
    words: str = "Le patient va bien"


_SHEET = "spreadsheet"
OPEN_CASES: dict[str, OpenCase] = {
    "110 a Basic macro": OpenCase(
        content=document(
            HELLO,
            before='<office:scripts><office:script script:language="ooo:Basic"/></office:scripts>',
            members={
                "Basic/Standard/Module1.xml": "<a>Sub Main</a>",
                "Basic/script-lb.xml": "<a/>",
            },
        ),
        code="odf.macros",
    ),
    "a Python macro": OpenCase(
        content=document(HELLO, members={"Scripts/python/a.py": b"def a(): pass"}),
        code="odf.macros",
    ),
    "a macro for wrong values": OpenCase(
        content=document(
            '<table:content-validation><table:error-macro table:execute="true"/>'
            f"</table:content-validation>{HELLO}"
        ),
        code="odf.macros",
    ),
    "an event": OpenCase(
        content=document(
            '<text:p><text:a xlink:href="#a"><office:event-listeners><script:event-listener '
            'xlink:href="vnd.sun.star.script:a"/></office:event-listeners>Le patient va bien'
            "</text:a></text:p>"
        ),
        code="odf.event-listener",
    ),
    "an object": OpenCase(
        content=document(
            HELLO + '<draw:frame><draw:object-ole xlink:href="./ObjectOLE 1"/>'
            '<draw:image xlink:href="./ObjectReplacements/a.png"/></draw:frame>',
            members={"ObjectOLE 1": b"\xd0\xcf\x11\xe0" * 8, "ObjectReplacements/a.png": png()},
        ),
        code="odf.object",
    ),
    "a fetched picture": OpenCase(
        content=document(
            HELLO + '<draw:frame><draw:image xlink:href="https://evil/a.png"/></draw:frame>'
        ),
        code="odf.external-target",
    ),
    "a fetched section": OpenCase(
        content=document(
            '<text:section text:name="a"><text:section-source xlink:href="file:///a.odt"/>'
            f"{HELLO}</text:section>"
        ),
        code="odf.external-target",
    ),
    "a DDE connection": OpenCase(
        content=document(
            '<text:dde-connection-decls><text:dde-connection-decl office:dde-application="cmd"/>'
            "</text:dde-connection-decls><text:p>Le <text:dde-connection>patient"
            "</text:dde-connection> va bien</text:p>"
        ),
        code="odf.dde",
        words="Le patient va bien",
    ),
    "a button": OpenCase(
        content=document(
            "<text:p>Le <text:execute-macro>patient</text:execute-macro> va bien</text:p>"
        ),
        code="odf.macros",
    ),
    "a link to a file": OpenCase(
        content=document(
            '<text:p><text:a xlink:href="../a.odt">Le patient va bien</text:a></text:p>'
        ),
        code="odf.link",
    ),
    "a template elsewhere": OpenCase(
        content=document(
            HELLO,
            members={
                "meta.xml": f"<office:document-meta {_HEAD}><office:meta><meta:template "
                'xlink:href="https://evil/a.ott"/></office:meta></office:document-meta>'
            },
        ),
        code="odf.external-target",
    ),
    "a formula that fetches": OpenCase(
        content=document(table(cell("of:=WEBSERVICE(&quot;https://evil&quot;)", "7")), _SHEET),
        code="odf.formula",
        words="7",
    ),
    "a formula over DDE": OpenCase(
        content=document(table(cell("of:=DDE(&quot;cmd&quot;;&quot;a&quot;)", "7")), _SHEET),
        code="odf.formula",
        words="7",
    ),
    "a table of another file": OpenCase(
        content=document(
            table(cell("of:=1+6", "7"))
            + table('<table:table-source xlink:href="file:///a.ods"/>', name="'file:///a.ods'#$A"),
            _SHEET,
        ),
        code="odf.external-target",
        words="of:=1+6",
    ),
    "a pivot over a database": OpenCase(
        content=document(
            table(cell("of:=1+6", "7"))
            + "<table:data-pilot-tables><table:data-pilot-table><table:database-source-sql/>"
            "</table:data-pilot-table></table:data-pilot-tables>",
            _SHEET,
        ),
        code="odf.data-connection",
        words="of:=1+6",
    ),
    "a plug-in": OpenCase(
        content=document(
            f'<draw:page><draw:plugin xlink:href="https://evil"/>{HELLO}</draw:page>',
            "presentation",
        ),
        code="odf.plugin",
    ),
    "menus of its own": OpenCase(
        content=document(HELLO, members={"Configurations2/accelerator/current.xml": "<a/>"}),
        code="odf.custom-ui",
    ),
    "settings of a printer": OpenCase(
        content=document(
            HELLO,
            members={
                "settings.xml": f"<office:document-settings {_HEAD}><config:config-item "
                'config:name="PrinterSetup">x</config:config-item></office:document-settings>'
            },
        ),
        code="odf.printer-settings",
    ),
    "a part of no known kind": OpenCase(
        content=document(HELLO, members={"a.dat": b"\x01\x02\x03"}), code="odf.foreign-part"
    ),
}
