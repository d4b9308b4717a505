"""Drawings of Visio: packages like those of Word, with formulas that may call programs."""

import pytest

from custody.outcome import NotScanned
from sanitizers.understood import UNDERSTOOD
from tests.corpus.looking import demands, look
from tests.corpus.packages import archive, content_types, relationships

MAIN = "application/vnd.ms-visio.drawing.main+xml"
MACROS = "application/vnd.ms-visio.drawing.macroEnabled.main+xml"


def drawing(formula: str = "Width*0.5", *, main: str = MAIN, **members: bytes) -> bytes:
    """Return a drawing of one shape with one formula."""
    cell = f"<Cell N='EventDblClick' V='0' F='{formula}'/>"
    parts = {
        "[Content_Types].xml": content_types(main, "visio/document.xml"),
        "_rels/.rels": relationships(("document", "visio/document.xml", False)),
        "visio/document.xml": b"<VisioDocument/>",
        "visio/pages/page1.xml": f"<PageContents><Shape>{cell}</Shape></PageContents>".encode(),
    }
    return archive(parts | {k.replace("__", "/"): v for k, v in members.items()})


def test_a_drawing_is_read_whole() -> None:
    """Its type is one that is understood, and nothing is held against it."""
    seen = look(drawing())
    assert seen.media_type == "application/vnd.ms-visio.drawing"
    assert seen.media_type in UNDERSTOOD
    assert not [o for o in seen.outcomes if isinstance(o, NotScanned)]
    assert not [o for o in seen.outcomes if getattr(o, "findings", ())]


@pytest.mark.parametrize(
    "formula",
    ["RUNADDON(&quot;x&quot;)", "CALLTHIS(&quot;M.x&quot;,)", "OPENFILE (&quot;a&quot;)"],
)
def test_a_formula_that_calls_a_program_is_active(formula: str) -> None:
    """A shape may have it as what happens on a double click, or when it is changed."""
    assert demands(look(drawing(formula)), "active_content") == {"ooxml-drawing-call"}


def test_a_drawing_with_code_says_so() -> None:
    """Its content types name it, and its part is found."""
    seen = look(drawing(main=MACROS, visio__vbaProject=b""))
    assert seen.media_type == "application/vnd.ms-visio.drawing.macroenabled.12"
    with_code = archive(
        {
            "[Content_Types].xml": content_types(MAIN, "visio/document.xml", bin="x/vbaProject"),
            "visio/document.xml": b"<VisioDocument/>",
            "visio/vbaProject.bin": b"x" * 40,
        }
    )
    assert "ooxml-macros" in demands(look(with_code), "active_content")
