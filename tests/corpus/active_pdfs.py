"""PDF files with one page of text and one construct each that a copy may not have. All are inert.

Objects 1 to 5 are the catalogue, the pages, the page, its text and its font; a construct's own
objects begin at 6.
"""

from dataclasses import dataclass

from tests.corpus.pdfs import stream

TEXT = b"BT /F1 12 Tf 72 700 Td (Kreatinin 84 umol/l) Tj ET"
FIRST = 6
_FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"
_SCRIPT = b"<</S/JavaScript/JS(app.alert\\(1\\))>>"
_FILE = b"<</Type/Filespec/F(report.txt)/EF<</F 7 0 R>>>>"
_EMBEDDED = stream(b"attached", b"/Type/EmbeddedFile")
_FIELD = b"<</Type/Annot/Subtype/Widget/Rect[0 0 9 9]/FT/Tx/T(name)/V(Dupont)%s>>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Construct:
    """What stands in which place of a file, and the code under which it is taken out."""

    code: str
    objects: tuple[bytes, ...] = ()
    catalog: bytes = b""
    page: bytes = b""
    resources: bytes = b""
    trailer: bytes = b""
    text: bytes = TEXT

    @property
    def content(self) -> bytes:
        """The whole file."""
        return page_pdf(
            *self.objects,
            catalog=self.catalog,
            page=self.page,
            resources=self.resources,
            trailer=self.trailer,
            text=self.text,
        )


def page_pdf(
    *objects: bytes,
    catalog: bytes = b"",
    page: bytes = b"",
    resources: bytes = b"",
    trailer: bytes = b"",
    text: bytes = TEXT,
) -> bytes:
    """Return a file with one page of text, and a whole table of its objects (ISO 32000-2 7.5.4)."""
    bodies = [
        b"<</Type/Catalog/Pages 2 0 R%s>>" % catalog,
        b"<</Type/Pages/Kids[3 0 R]/Count 1/MediaBox[0 0 595 842]>>",
        b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/Resources<</Font<</F1 5 0 R>>%s>>%s>>"
        % (resources, page),
        stream(text),
        _FONT,
        *objects,
    ]
    written = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n"
    table = b"0000000000 65535 f \n"
    for number, body in enumerate(bodies, start=1):
        table += b"%010d 00000 n \n" % len(written)
        written += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    size = len(bodies) + 1
    return (
        written
        + b"xref\n0 %d\n%strailer\n<</Root 1 0 R/Size %d%s>>\nstartxref\n%d\n%%%%EOF\n"
        % (
            size,
            table,
            size,
            trailer,
            len(written),
        )
    )


def _clicked(code: str, action: bytes, *objects: bytes) -> Construct:
    """A link whose action is the construct."""
    link = b"/Annots[<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A %s>>]" % action
    return Construct(code=code, page=link, objects=objects)


def _remarked(code: str, annotation: bytes, *objects: bytes) -> Construct:
    """An annotation that is the construct."""
    remark = b"/Annots[<</Type/Annot/Rect[0 0 9 9]%s>>]" % annotation
    return Construct(code=code, page=remark, objects=objects)


def _form(code: str, form: bytes, *objects: bytes) -> Construct:
    """A form with one field, object 6."""
    return Construct(
        code=code,
        catalog=b"/AcroForm<</Fields[6 0 R]%s>>" % form,
        page=b"/Annots[6 0 R]",
        objects=objects or (_FIELD % b"",),
    )


CONSTRUCTS: dict[str, Construct] = {
    "open-action": Construct(code="pdf.open-action", catalog=b"/OpenAction" + _SCRIPT),
    "open-action-elsewhere": Construct(
        code="pdf.open-action", catalog=b"/OpenAction 6 0 R", objects=(_SCRIPT,)
    ),
    "closing": Construct(code="pdf.additional-actions", catalog=b"/AA<</WC%s>>" % _SCRIPT),
    "page-actions": Construct(code="pdf.additional-actions", page=b"/AA<</O%s>>" % _SCRIPT),
    "field-actions": _form("pdf.additional-actions", b"", _FIELD % (b"/AA<</K%s>>" % _SCRIPT)),
    "named-script": Construct(
        code="pdf.javascript", catalog=b"/Names<</JavaScript<</Names[(a)%s]>>>>" % _SCRIPT
    ),
    "script": _clicked("pdf.javascript", _SCRIPT),
    "escaped-script": _clicked("pdf.javascript", b"<</#53/Java#53cript/J#53(app.alert\\(1\\))>>"),
    "long-script": _clicked(
        "pdf.javascript", b"<</S/JavaScript/JS 6 0 R>>", stream(b"app.alert(1)")
    ),
    "button-script": _form("pdf.javascript", b"", _FIELD % (b"/A" + _SCRIPT)),
    "launch": _clicked("pdf.launch", b"<</S/Launch/Win<</F(cmd.exe)/P(/c calc)>>>>"),
    "submit": _clicked("pdf.submit-form", b"<</S/SubmitForm/F<</FS/URL/F(http://a.test)>>>>"),
    "import": _clicked("pdf.import-data", b"<</S/ImportData/F(a.fdf)>>"),
    "remote": _clicked("pdf.go-to-remote", b"<</S/GoToR/F(\\\\\\\\a.test\\\\b.pdf)/D[0/Fit]>>"),
    "inside": _clicked("pdf.go-to-embedded", b"<</S/GoToE/D(a)/T<</R/C/N(a.pdf)>>>>"),
    "thread": _clicked("pdf.thread", b"<</S/Thread/F(a.pdf)/D 0>>"),
    "rendition": _clicked("pdf.media-action", b"<</S/Rendition/OP 0/JS(app.alert\\(1\\))>>"),
    "movie-action": _clicked("pdf.media-action", b"<</S/Movie/T(a)>>"),
    "sound-action": _clicked("pdf.media-action", b"<</S/Sound/Sound 6 0 R>>", stream(b"aaaa")),
    "rich-media-action": _clicked(
        "pdf.media-action", b"<</S/RichMediaExecute/TA 3 0 R/CMD<</C(play)>>>>"
    ),
    "view-action": _clicked("pdf.media-action", b"<</S/GoTo3DView/TA 3 0 R/V 0>>"),
    "hide": _clicked("pdf.other-action", b"<</S/Hide/T(name)>>"),
    "print": _clicked("pdf.other-action", b"<</S/Named/N/Print>>"),
    "chain": _clicked(
        "pdf.other-entry", b"<</S/GoTo/D[3 0 R/Fit]/Next[%s %s]>>" % (_SCRIPT, _SCRIPT)
    ),
    "chain-elsewhere": _clicked(
        "pdf.other-entry",
        b"<</S/URI/URI(https://a.test)/Next 6 0 R>>",
        b"<</S/Launch/F(a.exe)/Next 6 0 R>>",
    ),
    "script-as-structure": Construct(
        code="pdf.javascript",
        catalog=b"/Outlines<</First 6 0 R/Last 6 0 R/Count 1>>",
        objects=(
            b"<</Title(a)/SE<</Type/StructElem/P 1 0 R/S/JavaScript/JS(app.alert\\(1\\))>>>>",
        ),
    ),
    "launch-as-next-structure": Construct(
        code="pdf.launch",
        catalog=b"/Outlines<</Mine 6 0 R>>",
        objects=(
            b"<</S/GoTo/P 1 0 R/Type/StructElem/Next[<</Type/StructElem/S/Launch/F(cmd.exe)>>]>>",
        ),
    ),
    "menu-item-elsewhere": Construct(
        code="pdf.other-action",
        catalog=b"/Outlines<</Mine 6 0 R>>",
        objects=(b"<</S/Named/N/File#3eOpen>>",),
    ),
    "hide-elsewhere": Construct(
        code="pdf.other-action",
        catalog=b"/Outlines<</Mine 6 0 R>>",
        objects=(b"<</Type/StructElem/S/Hide/T(name)>>",),
    ),
    "script-link": _clicked("pdf.link", b"<</S/URI/URI(javascript:alert\\(1\\))>>"),
    "file-link": _clicked("pdf.link", b"<</S/URI/URI(file:///c:/a.exe)>>"),
    "share-link": _clicked("pdf.link", b"<</S/URI/URI(\\\\\\\\a.test\\\\b)>>"),
    "split-link": _clicked("pdf.link", b"<</S/URI/URI(http://a\\njavascript:b)>>"),
    "old-link": _remarked("pdf.link", b"/Subtype/Link/PA<</S/URI/URI(smb://a.test)>>"),
    "outline-launch": Construct(
        code="pdf.launch",
        catalog=b"/Outlines 6 0 R",
        objects=(
            b"<</First 7 0 R/Last 7 0 R/Count 1>>",
            b"<</Title(a)/Parent 6 0 R/A<</S/Launch/F(a.exe)>>>>",
        ),
    ),
    "attachments": Construct(
        code="pdf.attachment",
        catalog=b"/Names<</EmbeddedFiles<</Names[(a) 6 0 R]>>>>",
        objects=(_FILE, _EMBEDDED),
    ),
    "associated": Construct(
        code="pdf.attachment", catalog=b"/AF[6 0 R]", objects=(_FILE, _EMBEDDED)
    ),
    "page-associated": Construct(
        code="pdf.attachment", page=b"/AF[6 0 R]", objects=(_FILE, _EMBEDDED)
    ),
    "portfolio": Construct(code="pdf.attachment", catalog=b"/Collection<</View/D>>"),
    "file-in-page": Construct(
        code="pdf.other-entry", page=b"/Mine 7 0 R", objects=(_FILE, _EMBEDDED)
    ),
    "file-in-outline": Construct(
        code="pdf.file-reference",
        catalog=b"/Outlines<</Mine 6 0 R>>",
        objects=(_FILE, _EMBEDDED),
    ),
    "xfa": _form("pdf.xfa", b"/XFA[(config) 7 0 R]", _FIELD % b"", stream(b"<config/>")),
    "attachment-mark": _remarked(
        "pdf.attachment", b"/Subtype/FileAttachment/FS 6 0 R", _FILE, _EMBEDDED
    ),
    "rich-media": _remarked(
        "pdf.media", b"/Subtype/RichMedia/RichMediaContent<</Assets 6 0 R>>", b"<<>>"
    ),
    "screen": _remarked("pdf.media", b"/Subtype/Screen/T(a)"),
    "movie": _remarked("pdf.media", b"/Subtype/Movie/Movie<</F(a.avi)>>"),
    "three-d": _remarked("pdf.media", b"/Subtype/3D/3DD 6 0 R", stream(b"u3d", b"/Type/3D")),
    "sound": _remarked("pdf.media", b"/Subtype/Sound/Sound 6 0 R", stream(b"aaaa")),
    "unknown-annotation": _remarked("pdf.other-annotation", b"/Subtype/Hologram"),
    "popup-of-attachment": Construct(
        code="pdf.attachment",
        page=b"/Annots[6 0 R<</Type/Annot/Subtype/Popup/Rect[0 0 9 9]/Parent 6 0 R>>]",
        objects=(b"<</Type/Annot/Subtype/FileAttachment/Rect[0 0 9 9]/FS 7 0 R>>", b"<</F(a)>>"),
    ),
    "external-stream": Construct(
        code="pdf.external-stream",
        resources=b"/XObject<</X 6 0 R>>",
        objects=(
            stream(b"0 0 9 9 re f", b"/Subtype/Form/BBox[0 0 9 9]/F(a.bin)/FFilter/LZWDecode"),
        ),
    ),
    "reference": Construct(
        code="pdf.external-stream",
        resources=b"/XObject<</X 6 0 R>>",
        objects=(stream(b"f", b"/Subtype/Form/BBox[0 0 9 9]/Ref<</F(a.pdf)/Page 0>>"),),
    ),
    "opi": Construct(
        code="pdf.external-stream",
        resources=b"/XObject<</X 6 0 R>>",
        objects=(stream(b"f", b"/Subtype/Form/BBox[0 0 9 9]/OPI<</1.3<</F(a.tif)>>>>"),),
    ),
    "profile-elsewhere": Construct(
        code="pdf.external-stream",
        catalog=b"/OutputIntents[<</S/GTS_PDFX/DestOutputProfileRef<</URLs[(http://a)]>>>>]",
    ),
    "postscript": Construct(
        code="pdf.postscript",
        resources=b"/XObject<</X 6 0 R>>",
        objects=(stream(b"showpage", b"/Type/XObject/Subtype/PS"),),
    ),
    "private": Construct(
        code="pdf.private-data",
        page=b"/PieceInfo<</App<</Private 6 0 R>>>>",
        objects=(stream(b"x"),),
    ),
    "private-form": Construct(
        code="pdf.private-data",
        resources=b"/XObject<</X 6 0 R>>",
        objects=(stream(b"f", b"/Subtype/Form/BBox[0 0 9 9]/PieceInfo<</App<<>>>>"),),
    ),
    "rights": Construct(
        code="pdf.usage-rights",
        catalog=b"/Perms<</UR3 6 0 R>>",
        objects=(b"<</Type/Sig/ByteRange[0 1 2 3]/Contents<00>>>",),
    ),
    "web-capture": Construct(code="pdf.other-entry", catalog=b"/SpiderInfo<</V 1.0>>"),
    "needs": Construct(code="pdf.other-entry", catalog=b"/Requirements[<</S/EnableJavaScripts>>]"),
    "base": Construct(code="pdf.other-entry", catalog=b"/URI<</Base(file:///c:/)>>"),
    "hybrid": Construct(
        code="pdf.other-entry",
        trailer=b"/AdditionalStreams[/application#2Fvnd.oasis.opendocument.text 6 0 R]",
        objects=(stream(b"PK"),),
    ),
    "hidden-page": Construct(
        code="pdf.hidden-page",
        catalog=b"/Names<</Templates<</Names[(a) 6 0 R]>>>>",
        objects=(b"<</Type/Template/Contents 4 0 R>>",),
    ),
    "signature-demand": _form(
        "pdf.signature-demand",
        b"",
        b"<</Type/Annot/Subtype/Widget/Rect[0 0 9 9]/FT/Sig/T(s)/SV<</Cert<</URL(http://a)>>>>>>",
    ),
}
# Everything at once, as far as one file can have it.
NASTY = page_pdf(
    _SCRIPT,
    _EMBEDDED,
    b"<</Type/Filespec/F(a.txt)/EF<</F 7 0 R>>>>",
    _FIELD % (b"/AA<</K%s>>" % _SCRIPT),
    stream(b"<xdp/>"),
    catalog=b"/OpenAction 6 0 R/AA<</WC 6 0 R>>/Names<</JavaScript<</Names[(a) 6 0 R]>>"
    b"/EmbeddedFiles<</Names[(a) 8 0 R]>>>>/AcroForm<</Fields[9 0 R]/XFA 10 0 R>>",
    page=b"/AA<</O<</S/Launch/F(a.exe)>>>>/Annots[9 0 R"
    b"<</Subtype/RichMedia/Rect[0 0 9 9]/RichMediaContent<<>>>>"
    b"<</Subtype/Link/Rect[0 0 9 9]/A<</S/URI/URI(https://a.test/)/Next 6 0 R>>>>]",
)
# What no copy can do without, and why.
HELD: dict[str, tuple[bytes, str]] = {
    "signed": (
        _form(
            "",
            b"/SigFlags 3",
            b"<</Type/Annot/Subtype/Widget/Rect[0 0 9 9]/FT/Sig/T(s)/V 7 0 R>>",
            b"<</Type/Sig/Filter/Adobe.PPKLite/ByteRange[0 1 2 3]/Contents<00>>>",
        ).content,
        "signed",
    ),
    "only-xfa": (
        _form("", b"/XFA 7 0 R", _FIELD % b"", stream(b"<xdp/>")).content.replace(
            b"/AcroForm", b"/NeedsRendering true/AcroForm"
        ),
        "XFA",
    ),
}
