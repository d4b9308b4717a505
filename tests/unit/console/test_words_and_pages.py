"""The words are complete in both languages, and values on pages never act."""

import re
from pathlib import Path

import pytest
from jinja2 import UndefinedError

import console
from console.rendering import number, query, render_page, size, visible
from console.words import WORDS

PAGES = Path(console.__file__).parent / "pages"
CODE = Path(console.__file__).parent / "routes"
DONE = ("rejected", "released", "waived", "signed")


def words_of_pages():
    """Every word that a template or a route asks for by its key."""
    texts = [page.read_text() for page in PAGES.glob("*.html")]
    found = {word for text in texts for word in re.findall(r"\bt\.([a-z_]+)", text)}
    routes = "".join(file.read_text() for file in [*CODE.glob("*.py"), CODE.parent / "guard.py"])
    found |= set(re.findall(r'WORDS\[visit\.language\]\["([a-z_]+)"\]', routes))
    found |= {f"done_{done}" for done in DONE} | {"reject", "release", "waive"}
    return found | {"rule", "media_type", "host", "service", "path", "reject_says", "release_says"}


def test_both_languages_have_the_same_words():
    """What is missing in one language would be an error on a page of it."""
    assert WORDS["en"].keys() == WORDS["fr"].keys()


def test_no_word_is_hidden_by_a_method():
    """A template that asks for `t.clear` would get the method of that name, and show it."""
    assert [] == [key for key in WORDS["en"] if hasattr(dict, key)]


@pytest.mark.parametrize("language", sorted(WORDS))
def test_every_word_is_there_and_used(language):
    """Templates ask for no word that is missing, and none is left over."""
    assert words_of_pages() == set(WORDS[language])


def test_the_french_is_french():
    """No sentence was left in the other language; single words may be the same in both."""
    alike = [text for key, text in WORDS["en"].items() if text and text == WORDS["fr"][key]]

    assert [] == [text for text in alike if " " in text]


@pytest.mark.parametrize("page", sorted(PAGES.glob("*.html")), ids=lambda p: p.name)
def test_no_page_has_a_script_a_style_or_an_address_elsewhere(page):
    """What the policy of the headers forbids is not tried."""
    text = page.read_text()

    assert [] == re.findall(r"<script|<style|\sstyle=|\son\w+=|https?:|\|\s*safe|autoescape", text)


def test_every_field_has_its_label():
    """Who cannot see the page hears what a field is for (WCAG 2.2, 1.3.1)."""
    for page in PAGES.glob("*.html"):
        text = page.read_text()
        fields = re.findall(r'<(?:input|select) id="([^"]+)"', text)
        unnamed = re.findall(r'<(?:input(?! id=| type="hidden")|select(?! id=))', text)

        assert [] == [field for field in fields if f'for="{field}"' not in text]
        assert [] == unnamed


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("plain", "plain"),
        ("été", "été"),
        ("a\u202eb", "a\\u202eb"),
        ("a\x1b[31m", "a\\u001b[31m"),
        ("\udcff", "\\udcff"),
        ("\u2800", "\\u2800"),
        (3, 3),
    ],
)
def test_hidden_characters_become_visible(value, shown):
    """They are shown by their number; numbers stay numbers."""
    assert shown == visible(value)


def test_a_value_that_nobody_gave_is_an_error():
    """A page is never shown with a hole in it."""
    with pytest.raises(UndefinedError):
        render_page("refused.html", t={}, language="en", person=None)


def test_counts_sizes_and_addresses():
    """They read alike in both languages, and an address escapes what it holds."""
    assert "1\u202f234\u202f567" == number(1_234_567)
    assert ["-", "0 B", "1.5 KiB", "2.0 MiB"] == [size(n) for n in (None, 0, 1536, 2 << 20)]
    assert "?path=%3Ca%3E%26b&after=3" == query(path="<a>&b", rule="", after=3)
    assert "" == query(rule="")
