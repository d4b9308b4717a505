"""Presentations of one slide with what runs on a click, and charts over workbooks."""

from tests.corpus.compounds import compound
from tests.corpus.office_parts import NAMES, OFFICE, Package, picture, row, workbook

_SLIDE = "ppt/slides/slide1.xml"
_KIND = f"{OFFICE}presentationml."
WORDS = (
    '<p:sp><p:nvSpPr><p:cNvPr id="2" name="t"/><p:cNvSpPr/><p:nvPr/></p:nvSpPr><p:spPr/><p:txBody>'
    "<a:bodyPr/><a:p><a:r>{}<a:t>Le patient va bien</a:t></a:r></a:p></p:txBody></p:sp>"
)
_OBJECT = (
    '<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="7" name="o"/><p:cNvGraphicFramePr/><p:nvPr/>'
    "</p:nvGraphicFramePr><p:xfrm/><a:graphic><a:graphicData><mc:AlternateContent>"
    '<mc:Choice Requires="v"><p:oleObj r:id="o" progId="Package"><p:embed/></p:oleObj></mc:Choice>'
    '<mc:Fallback><p:oleObj r:id="o" progId="Package"><p:embed/><p:pic><p:nvPicPr>'
    '<p:cNvPr id="0" name=""/><p:cNvPicPr/><p:nvPr/></p:nvPicPr><p:blipFill><a:blip r:embed="i"/>'
    "</p:blipFill><p:spPr/></p:pic></p:oleObj></mc:Fallback></mc:AlternateContent></a:graphicData>"
    "</a:graphic></p:graphicFrame>"
)


def slides(shapes: str, more: str = "") -> Package:
    """Return a presentation of one slide."""
    package = Package(
        "ppt/presentation.xml",
        f"{_KIND}presentation.main+xml",
        f'<p:presentation {NAMES}><p:sldIdLst><p:sldId id="256" r:id="slide1"/></p:sldIdLst>'
        "</p:presentation>",
    )
    slide = (
        f"<p:sld {NAMES}><p:cSld><p:spTree><p:nvGrpSpPr><p:cNvPr id='1' name=''/>"
        f"<p:cNvGrpSpPr/><p:nvPr/></p:nvGrpSpPr><p:grpSpPr/>{shapes}</p:spTree>{more}</p:cSld></p:sld>"
    )
    return package.linked("slide", f"{_KIND}slide+xml", _SLIDE, slide)


def clicked(action: str, target: str = "") -> bytes:
    """Return a slide whose words do something on a click."""
    click = f'<a:rPr><a:hlinkClick r:id="{"h" if target else ""}" action="{action}"/></a:rPr>'
    package = slides(WORDS.format(click))
    if target:
        package.link(_SLIDE, "h", "hyperlink", target, outside=True)
    return package.built()


def with_object() -> bytes:
    """Return a slide with an object that shows a picture."""
    return (
        slides(WORDS.format("") + _OBJECT)
        .part("ppt/embeddings/a.bin", f"{OFFICE}oleObject", compound({"Other": b"x" * 900}))
        .link(_SLIDE, "o", "oleObject", "../embeddings/a.bin")
        .part("ppt/media/image1.png", "image/png", picture())
        .link(_SLIDE, "i", "image", "../media/image1.png")
        .built()
    )


def with_control() -> bytes:
    """Return a slide with a control."""
    return (
        slides(WORDS.format(""), '<p:controls><p:control r:id="c" name="b"/></p:controls>')
        .part("ppt/activeX/activeX1.xml", "application/vnd.ms-office.activeX+xml", "<ocx/>")
        .link(_SLIDE, "c", "control", "../activeX/activeX1.xml")
        .built()
    )


def with_film_elsewhere() -> bytes:
    """Return a slide whose film is fetched."""
    film = WORDS.format("").replace("<p:nvPr/>", '<p:nvPr><a:videoFile r:link="f"/></p:nvPr>')
    return slides(film).link(_SLIDE, "f", "video", "https://evil/a.mp4", outside=True).built()


def numbers(*, macros: bool) -> bytes:
    """Return the workbook behind a chart."""
    book = workbook({"Sheet1": row(("", "7"), ("", "8"))}, macros=macros)
    if macros:
        kind = "application/vnd.ms-office.vbaProject"
        book.linked("vbaProject", kind, "xl/vbaProject.bin", b"Sub Auto_Open")
    return book.built()


def with_chart(behind: bytes) -> bytes:
    """Return a slide with a chart, and what stands behind it."""
    chart = (
        f"<c:chartSpace {NAMES}><c:chart><c:plotArea><c:ser><c:val><c:numRef><c:f>Sheet1!$A$1</c:f>"
        '<c:numCache><c:pt idx="0"><c:v>7</c:v></c:pt></c:numCache></c:numRef></c:val></c:ser>'
        '</c:plotArea></c:chart><c:externalData r:id="b"/></c:chartSpace>'
    )
    frame = (
        '<p:graphicFrame><p:nvGraphicFramePr><p:cNvPr id="7" name="c"/><p:cNvGraphicFramePr/>'
        '<p:nvPr/></p:nvGraphicFramePr><p:xfrm/><a:graphic><a:graphicData uri="http://schemas.openxml'
        'formats.org/drawingml/2006/chart"><c:chart r:id="c"/></a:graphicData></a:graphic>'
        "</p:graphicFrame>"
    )
    return (
        slides(WORDS.format("") + frame)
        .part("ppt/charts/chart1.xml", f"{OFFICE}drawingml.chart+xml", chart)
        .link(_SLIDE, "c", "chart", "../charts/chart1.xml")
        .part("ppt/embeddings/Book1.xlsx", f"{OFFICE}spreadsheetml.sheet", behind)
        .link("ppt/charts/chart1.xml", "b", "package", "../embeddings/Book1.xlsx")
        .built()
    )


CLICKS = {
    "a macro": ("ppaction://macro?name=Run", "", "ooxml.macros"),
    "a program": ("ppaction://program", "file:///c:/cmd.exe", "ooxml.link"),
    "an object": ("ppaction://ole?verb=0", "", "ooxml.program-link"),
}
SLIDE_CASES: dict[str, tuple[bytes, str]] = {
    **{name: (clicked(action, to), code) for name, (action, to, code) in CLICKS.items()},
    "an object with a picture": (with_object(), "ooxml.object"),
    "a control": (with_control(), "ooxml.control"),
    "a fetched film": (with_film_elsewhere(), "ooxml.external-target"),
    "106 a chart over a workbook": (with_chart(numbers(macros=True)), "ooxml.macros"),
    "106a a chart over no workbook": (with_chart(b"MZ" * 40), "ooxml.embedded-document"),
}
