"""Presentations: clicks, objects, controls, films, and the workbooks behind charts."""

import pytest

from sanitizers.disarming.interface import Switch
from sanitizers.disarming.office.documents import DISARMER
from sanitizers.disarming.zipped import unpack
from tests.corpus.looking import demands, look, silence
from tests.corpus.presentations import (
    SLIDE_CASES,
    WORDS,
    clicked,
    numbers,
    slides,
    with_chart,
    with_object,
)

NO_SWITCHES: frozenset[Switch] = frozenset()
cases = pytest.mark.parametrize("name", SLIDE_CASES)


def copied(content: bytes) -> bytes:
    """Return the copy of a presentation."""
    return DISARMER.disarm(content, NO_SWITCHES).content


@cases
def test_what_is_removed_is_reported_and_gone(name: str) -> None:
    """Each construct is named, and neither the deny-list nor the scanner finds it in the copy."""
    content, code = SLIDE_CASES[name]
    made = DISARMER.disarm(content, NO_SWITCHES)
    inspection = look(made.content)

    assert code in {removed.code for removed in made.removed}
    assert DISARMER.walk(content) != ()
    assert () == DISARMER.walk(made.content)
    assert set() == demands(inspection, "active_content")
    assert silence(inspection, "active_content") == ""


@cases
def test_a_copy_keeps_what_is_measured(name: str) -> None:
    """Words, slides and pictures stay, and a copy of the copy is the same."""
    content, _ = SLIDE_CASES[name]
    once = copied(content)

    assert DISARMER.measure(content) == DISARMER.measure(once)
    assert DISARMER.measure(once).values["slides"] == "1"
    assert once == copied(once)


def test_the_picture_of_an_object_stays_in_its_place() -> None:
    """What a person sees of an object is its picture, under the object's number."""
    slide = unpack(copied(with_object()))["ppt/slides/slide1.xml"].decode()

    assert "oleObj" not in slide
    assert "AlternateContent" not in slide
    assert '<p:pic><p:nvPicPr><p:cNvPr id="7"' in slide


def test_the_numbers_behind_a_chart_stay_without_their_macros() -> None:
    """The workbook behind a chart is a document of its own, disarmed by the same rules."""
    members = unpack(copied(with_chart(numbers(macros=True))))
    behind = unpack(members["ppt/embeddings/Book1.xlsx"])

    assert "xl/vbaProject.bin" not in behind
    assert b"<v>7</v>" in behind["xl/worksheets/sheet1.xml"]


def test_a_chart_without_its_workbook_draws_what_it_drew() -> None:
    """The points that a chart has kept are there when what stood behind it is not."""
    chart = unpack(copied(with_chart(b"MZ" * 40)))["ppt/charts/chart1.xml"].decode()

    assert "externalData" not in chart
    assert "<c:v>7</c:v>" in chart


@pytest.mark.parametrize("action", ["ppaction://hlinkshowjump?jump=nextslide", "ppaction://media"])
def test_clicks_inside_a_presentation_stay(action: str) -> None:
    """Who turns a page starts nothing."""
    made = DISARMER.disarm(clicked(action), NO_SWITCHES)

    assert made.removed == ()
    assert action.encode() in unpack(made.content)["ppt/slides/slide1.xml"]


def test_documents_inside_documents_end() -> None:
    """A chart over a presentation with a chart, and so on: at some depth nothing is copied."""
    content = numbers(macros=False)
    for _ in range(9):
        content = with_chart(content)
    made = DISARMER.disarm(content, NO_SWITCHES)

    assert {"ooxml.embedded-document"} == {removed.code for removed in made.removed}
    assert () == DISARMER.walk(made.content)


def test_a_slide_without_anything_active_loses_nothing() -> None:
    """Nothing is reported where nothing is removed."""
    assert () == DISARMER.disarm(slides(WORDS.format("")).built(), NO_SWITCHES).removed
