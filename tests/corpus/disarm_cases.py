"""Every construct that a disarmed copy may not have, of every format: one table. All are inert.

A key is the format and the construct, with the number of the published list of cases (97-112)
where it has one.
"""

from dataclasses import dataclass

from formats.packages import OOXML_PREFIX
from tests.corpus.active_images import IMAGES
from tests.corpus.active_pages import DRAWINGS, PAGES
from tests.corpus.active_pdfs import CONSTRUCTS, NASTY, page_pdf
from tests.corpus.calendars import calendar, sound, starting
from tests.corpus.office_cases import HELLO, TEXTS, WORKBOOKS
from tests.corpus.office_parts import complex_field, paragraph, text
from tests.corpus.open_documents import OPEN_CASES
from tests.corpus.presentations import (
    clicked,
    numbers,
    with_chart,
    with_control,
    with_film_elsewhere,
    with_object,
)

PDF = "application/pdf"
TEXT = OOXML_PREFIX + "wordprocessingml.document"
WORKBOOK = OOXML_PREFIX + "spreadsheetml.sheet"
SLIDES = OOXML_PREFIX + "presentationml.presentation"
OPEN_TEXT = "application/vnd.oasis.opendocument.text"
# Letters of the constructs themselves, which no copy holds once it is laid open.
MARKERS = (
    *(b"app.alert", b"cmd.exe", b"a.exe", b"cmd|", b"DDEAUTO", b"INCLUDETEXT"),
    *(b"javascript:", b"onclick", b"onload=", b"//evil", b"Sub AutoOpen", b"Sub Auto_Open"),
    *(b"vbaProject", b"activeX1", b"OLEObject", b"<script", b"file:///c:/tools"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DisarmCase:
    """A document with one construct or many, and the codes that its report must have."""

    media_type: str
    content: bytes
    codes: frozenset[str]


def _case(media_type: str, content: bytes, *codes: str) -> DisarmCase:
    return DisarmCase(media_type=media_type, content=content, codes=frozenset(codes))


_SLIDES = {
    "a macro on a click": (clicked("ppaction://macro?name=Run"), "ooxml.macros"),
    "a program on a click": (
        clicked("ppaction://program", "file:///c:/cmd.exe"),
        "ooxml.link",
    ),
    "an object": (with_object(), "ooxml.object"),
    "a control": (with_control(), "ooxml.control"),
    "a film elsewhere": (with_film_elsewhere(), "ooxml.external-target"),
    "106 macros behind a chart": (with_chart(numbers(macros=True)), "ooxml.macros"),
}
DISARM_CASES: dict[str, DisarmCase] = {
    "pdf: 97 everything at once": _case(
        PDF,
        NASTY,
        *("pdf.open-action", "pdf.additional-actions", "pdf.javascript", "pdf.attachment"),
        *("pdf.xfa", "pdf.media"),
    ),
    **{f"pdf: {name}": _case(PDF, case.content, case.code) for name, case in CONSTRUCTS.items()},
    **{f"text: {name}": _case(TEXT, case.content, *case.codes) for name, case in TEXTS.items()},
    **{
        f"workbook: {name}": _case(WORKBOOK, case.content, *case.codes)
        for name, case in WORKBOOKS.items()
    },
    **{f"slides: {name}": _case(SLIDES, *case) for name, case in _SLIDES.items()},
    **{
        f"opendocument: {name}": _case(OPEN_TEXT, case.content, case.code)
        for name, case in OPEN_CASES.items()
    },
    **{f"page: {name}": _case("text/html", c.content, c.code) for name, c in PAGES.items()},
    **{
        f"drawing: {name}": _case("image/svg+xml", case.content, case.code)
        for name, case in DRAWINGS.items()
    },
    **{
        f"{media_type}: {name}": _case(media_type, case.content, case.code)
        for media_type, cases in IMAGES.items()
        for name, case in cases.items()
    },
    "calendar: a program": _case(
        "text/calendar", calendar(starting(), sound()), "calendar.program"
    ),
}
# 112: the length of a document changes nothing of what is taken out.
LARGE = text(
    complex_field(" DDEAUTO cmd x ", "Le patient va bien")
    + "".join(paragraph(" ".join(map(str, range(n, n + 200)))) for n in range(0, 2_500_000, 200))
).built()
SMALL = text(complex_field(" DDEAUTO cmd x ", "Le patient va bien") + HELLO).built()
# 98: nothing happens without a click.
LINKED = page_pdf(
    page=b"/Annots[<</Type/Annot/Subtype/Link/Rect[0 0 9 9]/A<</S/URI/URI(https://chu.example/)>>>>]"
)
# 99: an outline that never ends.
CYCLIC = page_pdf(
    b"<</First 7 0 R/Last 7 0 R/Count 1>>",
    b"<</Title(a)/Parent 6 0 R/Next 7 0 R/First 7 0 R/A<</S/Launch/F(a.exe)>>>>",
    catalog=b"/Outlines 6 0 R",
)
