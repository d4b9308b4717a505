"""Pages of ours as PDF files: every word of the page, on sheets, the same bytes each time."""

import shutil
import subprocess
from io import BytesIO

import pikepdf
import pytest

from cleanzone.printing.fonts import Font, width
from cleanzone.printing.layout import FOOT, HEIGHT, MARGIN, WIDTH, sheets_of
from cleanzone.printing.lines import lines_of, natural_width
from cleanzone.printing.page_text import Run, read_page
from cleanzone.printing.pdf import print_page

LONG = "0123456789abcdef" * 12
ROWS = "".join(
    f"<tr><th>row {n}</th><td>l'œuvre n° {n} &lt;b&gt;</td><td><code>{LONG}</code></td></tr>"
    for n in range(60)
)
PAGE = f"""<!doctype html><html lang="fr"><head><meta charset="utf-8"><title>no</title>
<style>p {{ color: red; }}</style></head><body>
<h1>Certificat (1) \\ essai</h1><p class="alarm">À contresigner</p><h2>Perdu</h2>
<p>Łódź: <code>a</code>,
b</p><table>{ROWS}</table></body></html>"""


def printed(page=PAGE):
    """The page as a file."""
    return print_page(page, title="Certificat", language="fr")


def words_of(page):
    """The words that stand on paper, sheet after sheet."""
    return " ".join(
        piece.text for s in sheets_of(read_page(page)) for t in s.texts for piece in t.line
    )


def test_the_same_page_is_the_same_file_and_another_is_another():
    """Nothing of the machine or of the moment is in it."""
    assert printed() == printed()
    assert printed() != printed(PAGE.replace("Perdu", "Perdus"))
    assert b"Date" not in printed()


def test_another_reader_finds_no_fault_and_nothing_active():
    """The library qpdf reads it without a warning: sheets, a language, a title, and no more."""
    with pikepdf.open(BytesIO(printed())) as file:
        assert [] == file.check_pdf_syntax()
        assert len(sheets_of(read_page(PAGE))) == len(file.pages) > 2
        assert "fr" == str(file.Root.Lang)
        assert "Certificat" == str(file.docinfo.Title)
        assert {"/Type", "/Pages", "/Lang", "/ViewerPreferences"} == set(file.Root.keys())
        keys = {"/Type", "/Parent", "/MediaBox", "/Resources", "/Contents"}
        assert [keys] * len(file.pages) == [set(page.obj.keys()) for page in file.pages]


def test_every_word_stands_on_paper_and_a_value_is_no_markup():
    """Also letters that the fonts lack, by their numbers, and what looked like a tag."""
    words = words_of(PAGE)

    assert "Certificat (1) \\ essai" in words
    assert r"\u0141ód\u017a:" in words
    for n in range(60):
        assert f"row {n} l'œuvre n° {n} <b>" in words
    assert 60 == words.replace(" ", "").count(LONG)
    assert "color" not in words


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="poppler is not there")
def test_a_reader_of_its_own_finds_the_words_where_we_put_them(tmp_path):
    """Poppler, with the metrics that come with it, reads the text, and none beyond the margin."""
    (tmp_path / "page.pdf").write_bytes(printed())
    told = subprocess.run(
        ["pdftotext", "-bbox", "page.pdf", "-"], cwd=tmp_path, capture_output=True, check=True
    ).stdout.decode()
    words = [line for line in told.splitlines() if "<word" in line]
    ends = [float(line.split('xMax="')[1].split('"')[0]) for line in words]

    assert any(">Certificat<" in line for line in words)
    assert any(">contresigner<" in line for line in words)
    assert WIDTH - MARGIN >= max(ends)


def test_nothing_stands_beyond_the_sheet():
    """Every line ends within the margins, and above the foot."""
    for sheet in sheets_of(read_page(PAGE)):
        for text in sheet.texts:
            last = text.line[-1]
            assert text.x + last.x + width(last.text, last.font, text.size) <= WIDTH - MARGIN + 0.01
            assert FOOT - text.size <= text.y <= HEIGHT - MARGIN


@pytest.mark.parametrize("most", [5.0, 20.0, 61.3, 400.0])
def test_lines_hold_all_of_the_text_in_order(most):
    """Nothing is lost where lines are broken but the spaces there."""
    runs = [Run(text="one two, ", font=Font.SANS), Run(text="threefour five", font=Font.MONO)]
    lines = lines_of(runs, 9.0, most)
    text = "".join(piece.text for line in lines for piece in line)

    assert "onetwo,threefourfive" == text.replace(" ", "")
    if natural_width(runs, 9.0) <= most:
        assert ["one two, threefour five"] == ["".join(p.text for p in line) for line in lines]


@pytest.mark.parametrize(
    "words", ["Date limite des données", "copie désarmée, ou acceptée", "a b c"]
)
@pytest.mark.parametrize("size", [9.0, 9.5, 11.5])
def test_words_that_just_fit_stand_on_one_line(words, size):
    """A column that is as wide as its widest cell wants it breaks no line in it."""
    runs = [Run(text=words, font=Font.SANS)]

    assert 1 == len(lines_of(runs, size, natural_width(runs, size)))


@pytest.mark.parametrize("page", ["<p><img src=x></p>", "<p>open</h1>", "<script>x</script>"])
def test_a_page_that_is_not_understood_is_refused(page):
    """What cannot be printed is not left out silently."""
    with pytest.raises(ValueError, match=r"the page (has|closes)"):
        print_page(page, title="x", language="en")
