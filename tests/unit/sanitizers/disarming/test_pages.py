"""Pages are written anew from what a list knows, and keep their text."""

import pytest

from formats.faults import FormatError
from sanitizers.active import html as scanner
from sanitizers.disarming.interface import CannotDisarmError
from sanitizers.disarming.web.pages import DISARMER
from sanitizers.limits import Limits
from sanitizers.sniffing import open_sample
from tests.corpus.active_pages import PAGES, TEXT, page

NOTHING = frozenset()
MARKERS = ("alert", "a.test", "c:/", "expression", "system")
cases = pytest.mark.parametrize("case", PAGES.values(), ids=PAGES)


def copy(content):
    """The copy as text."""
    return DISARMER.disarm(content, NOTHING).content.decode()


@cases
def test_a_construct_is_taken_out_and_said(case):
    """The report of a copy names what it lost by its code."""
    assert case.code in {one.code for one in DISARMER.disarm(case.content, NOTHING).removed}


@cases
def test_the_walk_finds_it_in_the_original_and_nothing_in_the_copy(case):
    """Another parser with lists of its own looks at both."""
    assert DISARMER.walk(case.content)
    assert () == DISARMER.walk(DISARMER.disarm(case.content, NOTHING).content)


@cases
def test_the_text_that_is_shown_is_the_same(case):
    """What stood in scripts was never shown; all else is there."""
    made = DISARMER.disarm(case.content, NOTHING).content

    assert DISARMER.measure(case.content) == DISARMER.measure(made)


@cases
def test_a_copy_of_a_copy_is_the_copy(case):
    """Writing a copy anew gives the same bytes."""
    made = DISARMER.disarm(case.content, NOTHING).content

    assert made == DISARMER.disarm(made, NOTHING).content


@cases
def test_no_marker_is_left_in_markup(case):
    """Markers are gone, but where they were text that everybody saw."""
    made = copy(case.content)
    if case is not PAGES["split-script"]:
        assert [] == [marker for marker in MARKERS if marker in made]


@cases
def test_the_scanner_of_active_content_finds_nothing(case):
    """The other reader of the house agrees."""
    made = DISARMER.disarm(case.content, NOTHING).content

    assert [] == list(scanner.look_at_page(open_sample(made, Limits())))


def test_what_is_passive_stays_as_it_was_written():
    """Tags, classes, links to the web, pictures beside the page and of its own."""
    body = (
        '<a href="https://a.example/b?c=d&amp;e">a</a><a href="#b">b</a>'
        '<a href="mailto:a@b.example">c</a>'
        '<img src="b.png" alt="x"><img src="data:image/png;base64,AAAA">'
        '<table border="1"><tr><td colspan="2" style="color:red">d</td></tr></table>'
        '<input type="checkbox" checked="">'
    )
    made = DISARMER.disarm(page(body), NOTHING)

    assert () == made.removed
    assert body in made.content.decode()
    assert "<h1>Bericht</h1>" in made.content.decode()


def test_a_sheet_of_word_stays_without_its_remarks():
    """Word hides its sheets from browsers of the last century."""
    sheet = "<style><!-- /* Font */ @font-face {font-family:Arial;} p {margin:0} --></style>"

    made = copy(page("", sheet))

    assert "@font-face {font-family:Arial;} p {margin:0}" in made
    assert "<!--" not in made


@pytest.mark.parametrize("element", ["xmp", "noembed", "noscript", "noframes", "textarea"])
def test_text_of_odd_elements_is_kept(element):
    """Whatever the element meant, its words are in the copy."""
    assert "words" in copy(page(f"<{element}>words</{element}>"))


def test_text_that_looks_like_markup_stays_text():
    """Escapes stay escapes, and a handler in prose is not one."""
    made = copy(page("&lt;script&gt; a &amp;lt; onset = 1 &quot;"))

    assert "&lt;script&gt; a &amp;lt; onset &#61; 1" in made


def test_old_western_letters_become_utf8():
    """The copy says its alphabet itself."""
    head = "<meta charset='windows-1252'>"
    content = page("<p>Fi\u00e8vre</p>", head).decode().encode("windows-1252")

    made = DISARMER.disarm(content, NOTHING)

    assert "Fi\u00e8vre" in made.content.decode()
    assert "windows-1252" not in made.content.decode()


def test_a_page_in_an_alphabet_that_is_not_read_is_held():
    """A guess would change every letter."""
    content = page("<p>\u0416\u0416</p>", "<meta charset=koi8-r>").decode().encode("koi8-r")

    with pytest.raises(CannotDisarmError, match="koi8-r"):
        DISARMER.disarm(content, NOTHING)


@pytest.mark.parametrize(
    "content",
    [
        bytes(9),
        b"<p",
        b"<p title='a",
        b"<!-- a",
        b"<script>alert(1)",
        b"\x1b$B<p>",
        b"<p " + b"a " * 2000,
    ],
)
def test_what_cannot_be_cut_into_tags_has_a_name(content):
    """A browser would invent an end; nobody knows which."""
    with pytest.raises(FormatError):
        DISARMER.disarm(content, NOTHING)


def test_a_changed_text_or_picture_is_measured_as_another():
    """A measure that never differs would prove nothing."""
    one = page("<img src='data:image/png;base64,AAAA'>")

    assert DISARMER.measure(one) != DISARMER.measure(one.replace(b"84", b"48"))
    assert DISARMER.measure(one) != DISARMER.measure(one.replace(b"AAAA", b"AAAB"))
    assert TEXT.encode() in one


def test_a_long_page_of_odd_tags_costs_no_more_than_its_length():
    """No search begins anew at every letter."""
    content = b"<" * 200_000 + b"<a <b>" * 20_000

    assert DISARMER.disarm(content, NOTHING).content


def test_spaces_in_a_target_stay():
    """Files beside a page have names with spaces; around a target they mean nothing."""
    made = copy(page('<a href=" Labor Befund 1.html ">a</a><img src="Bild 1.png">'))

    assert '<a href="Labor Befund 1.html">' in made
    assert '<img src="Bild 1.png">' in made


@pytest.mark.parametrize("word", ["java script:alert(1)", "java&#1;script:x", " \t javascript:x"])
def test_no_space_or_control_hides_a_scheme(word):
    """What a careless reader would join is judged joined."""
    made = DISARMER.disarm(page(f'<a href="{word}">a</a>'), NOTHING)

    assert ["html.link"] == [removed.code for removed in made.removed]
    assert () == DISARMER.walk(made.content)


def test_text_behind_a_remark_that_ends_oddly_is_shown():
    """Browsers end a remark at an exclamation mark too, and at once where it is none."""
    made = DISARMER.disarm(page("<!-- a --!><p>one</p><!--><p>two</p><!---><p>three</p>"), NOTHING)

    assert all(word in made.content for word in (b"one", b"two", b"three"))
    assert DISARMER.measure(page("<p>one</p><p>two</p><p>three</p>")) == DISARMER.measure(
        made.content
    )
