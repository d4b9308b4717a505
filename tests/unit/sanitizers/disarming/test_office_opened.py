"""Independent readers open every copy, and read in it what stood in the original."""

import io
import warnings

import docx
import openpyxl
import pptx
import pytest
from pptx.shapes.picture import Picture

from sanitizers.disarming.interface import Switch
from sanitizers.disarming.office.documents import DISARMER
from tests.corpus.office_cases import TEXTS, WORKBOOKS
from tests.corpus.presentations import SLIDE_CASES

NO_SWITCHES: frozenset[Switch] = frozenset()


def copied(content: bytes) -> io.BytesIO:
    """Return the copy of a document."""
    return io.BytesIO(DISARMER.disarm(content, NO_SWITCHES).content)


@pytest.mark.parametrize("name", TEXTS)
def test_python_docx_reads_the_words_of_every_copy(name: str) -> None:
    """The paragraphs are there, links and buttons with their words."""
    paragraphs = docx.Document(copied(TEXTS[name].content)).paragraphs

    assert "Le patient va bien" in "".join(p.text for p in paragraphs) or "simple" in name


@pytest.mark.parametrize("name", WORKBOOKS)
def test_openpyxl_reads_the_cells_of_every_copy(name: str) -> None:
    """Each cell has the value that it had; sheets of macros are gone."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # it misses styles, which a workbook may do without
        book = openpyxl.load_workbook(copied(WORKBOOKS[name].content), data_only=True)

    assert ["Feuille"] == book.sheetnames
    assert book["Feuille"]["A1"].value in {1, 7}


@pytest.mark.parametrize("name", SLIDE_CASES)
def test_python_pptx_reads_the_shapes_of_every_copy(name: str) -> None:
    """The words are there, and a picture where an object was."""
    (slide,) = pptx.Presentation(copied(SLIDE_CASES[name][0])).slides
    shapes = list(slide.shapes)

    words = [shape.text_frame.text for shape in shapes if shape.has_text_frame]
    assert "Le patient va bien" in words
    assert ("picture" in name) == any(isinstance(shape, Picture) for shape in shapes)
