"""Drawings are written anew from what a list knows, and keep their shapes and words."""

import pytest

from formats.faults import FormatError
from sanitizers.active import pages as scanner
from sanitizers.disarming.interface import CannotDisarmError
from sanitizers.disarming.web.drawings import DISARMER
from sanitizers.limits import Limits
from sanitizers.sniffing import open_sample
from tests.corpus.active_pages import DRAWINGS, SHAPES, drawing

NOTHING = frozenset()
MARKERS = (b"alert", b"a.test", b"iframe", b"a.js")
cases = pytest.mark.parametrize("case", DRAWINGS.values(), ids=DRAWINGS)
WORDS = "<foreignObject><p xmlns='http://www.w3.org/1999/xhtml'>only here</p></foreignObject>"


@cases
def test_a_construct_is_taken_out_and_said(case):
    """The report of a copy names what it lost by its code."""
    assert case.code in {one.code for one in DISARMER.disarm(case.content, NOTHING).removed}


def copies():
    """Every case that has a copy, with it."""
    return [(case, DISARMER.disarm(case.content, NOTHING).content) for case in DRAWINGS.values()]


def test_the_walk_finds_it_in_the_original_and_nothing_in_the_copy():
    """Lists of their own look at both."""
    assert [] == [case for case, _ in copies() if not DISARMER.walk(case.content)]
    assert [] == [case for case, made in copies() if DISARMER.walk(made)]


def test_shapes_and_words_are_the_same():
    """Every path with its place, and every word."""
    assert [] == [
        case for case, made in copies() if DISARMER.measure(case.content) != DISARMER.measure(made)
    ]


def test_a_copy_of_a_copy_is_the_copy():
    """Writing a copy anew gives the same bytes."""
    assert [] == [case for case, made in copies() if made != DISARMER.disarm(made, NOTHING).content]


def test_no_marker_is_left():
    """Neither targets nor scripts are in any copy."""
    assert [] == [(case, marker) for case, made in copies() for marker in MARKERS if marker in made]


def test_the_scanner_of_active_content_finds_nothing():
    """The other reader of the house agrees."""
    assert [] == [
        case for case, made in copies() if list(scanner.look_at_svg(open_sample(made, Limits())))
    ]


def test_words_in_a_page_within_a_drawing_hold_it():
    """A drawing that loses its labels is not the same drawing."""
    with pytest.raises(CannotDisarmError, match="words"):
        DISARMER.disarm(drawing(WORDS), NOTHING)


def test_words_that_are_written_twice_are_kept_once():
    """Drawing programs write labels for browsers, and again for everybody else."""
    switch = f"<switch>{WORDS.replace('only here', '')}<text>label</text></switch>"

    assert b"label" in DISARMER.disarm(drawing(switch), NOTHING).content


def test_what_is_passive_stays():
    """Gradients, clips, links to the web, pictures of its own."""
    inside = (
        '<defs><linearGradient id="g"><stop offset="0" stop-color="red"/></linearGradient></defs>'
        '<path d="M0 0L1 1" fill="url(#g)" style="stroke:url(#g)"/>'
        '<a xlink:href="https://a.example/"><rect width="1" height="1"/></a>'
        '<image xlink:href="data:image/png;base64,AAAA" width="1" height="1"/>'
        '<use xlink:href="#g"/><style>.a{fill:red}</style>'
    )
    made = DISARMER.disarm(drawing(inside), NOTHING)

    assert () == made.removed
    for kept in ("url(#g)", "stroke:url(#g)", "https://a.example/", "AAAA", "#g", ".a{fill:red}"):
        assert kept.encode() in made.content


def test_the_vocabulary_of_a_drawing_program_goes_unsaid():
    """It draws nothing, and does nothing."""
    own = "<x:namedview xmlns:x='http://a.example/dtd'/><metadata><a/></metadata>"

    made = DISARMER.disarm(drawing(own), NOTHING)

    assert () == made.removed
    assert b"namedview" not in made.content


def test_a_drawing_without_namespace_gets_one():
    """Old programs left it out."""
    plain = f"<svg>{SHAPES}</svg>".encode()

    made = DISARMER.disarm(plain, NOTHING).content

    assert b'xmlns="http://www.w3.org/2000/svg"' in made
    assert DISARMER.measure(plain) == DISARMER.measure(made)


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<svg",
        b"<html/>",
        b"<svg xmlns='http://www.w3.org/2000/svg'><g><use xlink:href='#a'/></g></svg>",
        drawing("<g>" * 600 + "</g>" * 600),
        b"<!DOCTYPE svg [<!ENTITY a SYSTEM 'file:///etc/passwd'>]>" + drawing("&a;"),
    ],
)
def test_what_is_no_drawing_has_a_name(content):
    """Content that cannot be read is a fault of the format."""
    with pytest.raises(FormatError):
        DISARMER.disarm(content, NOTHING)


def test_a_changed_shape_or_word_is_measured_as_another():
    """A measure that never differs would prove nothing."""
    one = drawing("")

    assert DISARMER.measure(one) != DISARMER.measure(one.replace(b"L9 9", b"L9 8"))
    assert DISARMER.measure(one) != DISARMER.measure(one.replace(b"Befund", b"Befind"))
