import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.narrative import link_reason, narrative_reasons, style_reasons


def codes(text):
    """The codes that are said of a narrative."""
    return [reason.code for reason in narrative_reasons(text, "text")]


@pytest.mark.parametrize(
    "text",
    [
        "<div><p>a</p><ul><li>b</li></ul></div>",
        '<div><a href="https://x.example/">a</a><a href="#b">b</a><a name="b"/></div>',
        '<div><img src="data:image/png;base64,AA==" alt="x"/><img src="img/x.png"/></div>',
        '<div><p style="color: red" class="x" id="y">a</p></div>',
        '<div><p style="background: url(#a) /* http://x */">a</p></div>',
        "<div><p style='background: url(\"data:image/png;base64,AA==\")'>a</p></div>",
        '<div><p style="background: url(img/x.png)">a</p></div>',
        '<div><table border="1"><tr><td colspan="2">a</td></tr></table></div>',
    ],
)
def test_what_a_reader_needs_passes(text):
    """Text, tables, lists, pictures and plain links have nothing against them."""
    assert [] == codes(text)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("<div><script>x</script></div>", "GEN-018"),
        ("<div><SCRIPT>x</SCRIPT></div>", "GEN-018"),
        ('<div xmlns:h="http://www.w3.org/1999/xhtml"><h:script/></div>', "GEN-018"),
        ('<div onmouseover="x()">a</div>', "GEN-018"),
        ("<div><form/></div>", "GEN-018"),
        ("<div><svg/></div>", "GEN-018"),
        ("<?xml-stylesheet href='x'?><div/>", "GEN-018"),
        ("<!DOCTYPE div><div/>", "GEN-018"),
        ('<div><a href="JavaScript:x()">a</a></div>', "GEN-019"),
        ('<div><a href=" java\tscript:x()">a</a></div>', "GEN-019"),
        ('<div><a href="data:text/html,x">a</a></div>', "GEN-019"),
        ('<div><img src="data:image/svg+xml,x"/></div>', "GEN-019"),
        ('<div><a href="file:///x">a</a></div>', "GEN-019"),
        ('<div><a href="ms-word:x">a</a></div>', "GEN-019"),
        ('<div><p style="width: expression(x())">a</p></div>', "GEN-018"),
        ('<div><p style="width: e/**/xp\\72 ession(x())">a</p></div>', "GEN-018"),
        ('<div><p style="-moz-binding: url(#x)">a</p></div>', "GEN-018"),
        ('<div><p style="background: url( file:///x )">a</p></div>', "GEN-019"),
        ("<div><p style='background: url(\"data:text/html,x\")'>a</p></div>", "GEN-019"),
        (r"<div><p style='background: url(\\\\x\\y)'>a</p></div>", "GEN-019"),
        (r"<div><p style='background: url(\\x\y)'>a</p></div>", "GEN-019"),
        ('<div><p style="background: u\\72l(//x.example/y)">a</p></div>', "GEN-024"),
        ("<div><p style='background: image-set(\"https://x/y\" 1x)'>a</p></div>", "GEN-024"),
        ('<div><p style="background: url(http://x/y">a</p></div>', "GEN-024"),
        ('<div><img src="https://x.example/y.png"/></div>', "GEN-024"),
        ('<div><img src=" ht\ttp://x.example/y.png"/></div>', "GEN-024"),
        ('<div><table background="//x.example/y"/></div>', "GEN-024"),
        ('<div><img srcset="http://x.example/y.png 2x"/></div>', "GEN-024"),
        ("<div><p>a</div>", "GEN-021"),
        ("<div>&nbsp;</div>", "GEN-021"),
        ("<div><blink>a</blink></div>", "GEN-022"),
        ('<div><a href="gopher:x">a</a></div>', "GEN-022"),
    ],
)
def test_what_runs_or_reaches_out_is_told(text, code):
    """Each way to run something or to reach into a machine has its reason."""
    assert code in codes(text)


@pytest.mark.parametrize(
    ("link", "bad"),
    [
        ("https://x.example/", False),
        ("mailto:a@x.example", False),
        ("urn:oid:1.2", False),
        ("javascript:x", True),
        ("\x01javascript:x", True),
        ("java\u200bscript:x", True),
        ("vbscript:x", True),
        ("\\\\srv\\share", True),
        ("file://srv/x", True),
    ],
)
def test_links_are_judged_as_a_browser_reads_them(link, bad):
    """Characters that a browser skips do not hide a scheme."""
    assert bad is (link_reason(link, "x") is not None)


@given(st.text(max_size=80))
def test_no_text_breaks_the_look(text):
    """Arbitrary text is well-formed or told."""
    assert isinstance(codes(text), list)
    assert isinstance(codes(f"<div>{text}</div>"), list)


@pytest.mark.parametrize("piece", ["url(", "/*", "\\", "url(x" + " " * 50, "expression"])
def test_a_hostile_style_costs_no_more_than_its_length(piece):
    """No style makes a search begin anew at each of its letters."""
    style = "url(x" + piece * (200_000 // len(piece)) + " " * 100_000 + "y"
    begun = time.process_time()
    list(style_reasons(style, "text"))

    assert time.process_time() - begun < 2
