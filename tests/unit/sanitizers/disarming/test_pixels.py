"""Pages become pictures: nothing of a file is left but what it looks like, pixel by pixel."""

from io import BytesIO

import pikepdf
import pytest

from formats.faults import FormatError, LimitError
from sanitizers.disarming.interface import CannotDisarmError, Switch
from sanitizers.disarming.pdf import disarmer, rendering
from sanitizers.disarming.pdf.pixels import DISARMER, TEXT_LAYER
from sanitizers.disarming.pdf.rendering import draw, pixels_of
from sanitizers.disarming.words import paragraph_english
from tests.corpus.active_pdfs import CONSTRUCTS, HELD, NASTY, TEXT, page_pdf

PIXELS = frozenset({Switch.PIXELS})
SOME = ("open-action", "button-script", "attachment-mark", "external-stream", "xfa", "postscript")
CASES = {**{name: CONSTRUCTS[name].content for name in SOME}, "nasty": NASTY}
COLOURED = b"1 0 0 rg 0 0 100 100 re f " + TEXT
TWICE = page_pdf(text=COLOURED)
pytestmark = pytest.mark.skipif(rendering.pypdfium2 is None, reason="the extra is not installed")
cases = pytest.mark.parametrize("content", CASES.values(), ids=CASES)


def copied(content):
    """The copy's bytes."""
    return DISARMER.disarm(content, PIXELS).content


@cases
def test_nothing_is_left_but_pictures(content):
    """The walk finds neither what is active nor anything else."""
    assert () == DISARMER.walk(copied(content))
    assert "pdf.more-than-pictures" in DISARMER.walk(content)


@cases
def test_pages_sizes_and_pixels_are_equal(content):
    """The original is drawn by another process, and the pictures of the copy are those pixels."""
    measured = DISARMER.measure(content)

    assert measured == DISARMER.measure(copied(content))
    assert "1" == measured.values["pages"]


@cases
def test_a_copy_of_a_copy_is_the_copy(content):
    """What is a picture already is not drawn again."""
    once = DISARMER.disarm(content, PIXELS)
    twice = DISARMER.disarm(once.content, PIXELS)

    assert (once.content, ()) == (twice.content, twice.removed)


def test_the_report_says_that_the_text_is_lost():
    """Beside what was active in it."""
    removed = {each.code: each.times for each in DISARMER.disarm(NASTY, PIXELS).removed}
    told = paragraph_english({TEXT_LAYER: 2}, "ab" * 32)

    assert "2 pages with their text, links and fields, which are pictures now" in told
    assert "(pages, pixels)" in told
    assert 1 == removed[TEXT_LAYER]
    assert "pdf.open-action" in removed


def test_the_size_of_a_page_stays():
    """Turned pages stand as they are shown."""
    with pikepdf.Pdf.open(BytesIO(copied(page_pdf(page=b"/Rotate 90")))) as pdf:
        assert [0, 0, 842, 595] == [float(side) for side in pdf.pages[0].MediaBox]


def test_colours_and_grey_are_told_apart():
    """A page of letters is packed as grey."""
    kinds = [next(draw(content)).channels for content in (page_pdf(), TWICE)]

    assert [1, 3] == kinds


def test_another_colour_is_another_measure():
    """A measure that never differs would prove nothing."""
    other = page_pdf(text=COLOURED.replace(b"1 0 0", b"0 1 0"))

    assert DISARMER.measure(TWICE) != DISARMER.measure(other)


def test_values_of_fields_are_drawn():
    """A form that is filled in is not empty afterwards."""
    field = b"<</Type/Annot/Subtype/Widget/Rect[9 9 99 29]/FT/Tx/T(n)/V(Dupont)/DA(/F1 12 Tf)%s>>"
    catalog = b"/AcroForm<</Fields[6 0 R]/DR<</Font<</F1 5 0 R>>>>/DA(/F1 12 Tf)>>"
    look = (
        b"<</Type/XObject/Subtype/Form/BBox[0 0 90 20]/Length 20>>stream\n"
        b"0 0 1 rg 0 0 90 20 re f\nendstream"
    )
    filled = page_pdf(field % b"/AP<</N 7 0 R>>", look, catalog=catalog, page=b"/Annots[6 0 R]")

    assert DISARMER.measure(filled) != DISARMER.measure(page_pdf())
    assert DISARMER.measure(filled) == DISARMER.measure(copied(filled))


@pytest.mark.parametrize("name", HELD)
def test_what_is_held_as_a_document_is_held_as_pictures(name):
    """Signed, locked, or without pages of its own."""
    with pytest.raises(CannotDisarmError):
        DISARMER.disarm(HELD[name][0], PIXELS)


def test_more_than_pictures_is_seen():
    """A script beside the pictures of a copy, or other colours than their size."""
    with pikepdf.Pdf.open(BytesIO(copied(TWICE))) as pdf:
        pdf.Root.Lang = pikepdf.String("fr")
        changed = BytesIO()
        pdf.save(changed, object_stream_mode=pikepdf.ObjectStreamMode.disable)

    assert DISARMER.walk(changed.getvalue()) == ("pdf.more-than-pictures",)


def test_a_picture_that_is_too_short_is_malformed():
    """Its size is asked of its page."""
    with pikepdf.Pdf.open(BytesIO(copied(TWICE))) as pdf:
        image = pdf.pages[0].Resources.XObject.P
        del image.DecodeParms
        image.write(b"abc", filter=pikepdf.Name.FlateDecode)
        image.DecodeParms = pikepdf.Dictionary(Predictor=1)
        changed = BytesIO()
        pdf.save(changed, object_stream_mode=pikepdf.ObjectStreamMode.disable)

    with pytest.raises(FormatError):
        copied(changed.getvalue())


def test_a_large_page_is_drawn_coarser_and_a_huge_one_not_at_all():
    """A sheet of A0 has its 150 dots an inch; memory is bounded for every other."""
    assert (4967, 7022) == pixels_of(2383.94, 3370.39)
    columns, rows = pixels_of(8000, 8000)
    assert columns == rows
    assert columns * rows <= rendering.MOST_PIXELS
    with pytest.raises(LimitError):
        pixels_of(14400, 14400)
    with pytest.raises(LimitError):
        pixels_of(0, 10)


def test_without_the_extra_it_is_refused_by_name(monkeypatch):
    """What is missing is said, and the document is held."""
    monkeypatch.setattr(rendering, "pypdfium2", None)

    with pytest.raises(CannotDisarmError, match="pypdfium2 is not installed"):
        DISARMER.disarm(NASTY, PIXELS)


def test_the_plain_disarmer_keeps_the_text():
    """Pictures are made only where they are asked for."""
    assert TEXT_LAYER not in {e.code for e in disarmer.DISARMER.disarm(NASTY, frozenset()).removed}
