import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from cli.tables import (
    FATE_STYLES,
    VERDICT_STYLES,
    fate_table,
    name_text,
    shown_text,
    table,
    verdict_table,
)
from custody.fate import Fate
from custody.verdict import Verdict


def rendered(shown, width=60):
    """What a terminal of this width gets, colours included."""
    console = Console(
        file=io.StringIO(), width=width, force_terminal=True, color_system="truecolor"
    )
    console.print(shown)
    return console.file.getvalue()


def plain(shown, width=60):
    """The same without colours."""
    console = Console(file=io.StringIO(), width=width, no_color=True)
    console.print(shown)
    return console.file.getvalue()


@given(st.binary(max_size=60))
def test_no_name_reaches_the_terminal_unescaped(name):
    """A name's only trace on a terminal is printable text."""
    text = plain(name_text(name), width=1000).removesuffix("\n")

    assert text.isprintable()


@given(st.text(st.characters(codec=None, exclude_categories=()), max_size=60))
def test_no_text_reaches_the_terminal_unescaped(text):
    """Any text, surrogates and escapes included, is shown as printable text."""
    assert shown_text(text).plain.isprintable()


@pytest.mark.parametrize("name", [b"[red]x[/red]", b"[link=file:///etc]x[/link]", b"[/]"])
def test_a_name_is_no_markup(name):
    """Square brackets in a name are shown, not obeyed."""
    assert name.decode() in plain(name_text(name))
    assert name.decode() in plain(table(("path",), [(name.decode(),)]))


def test_escapes_of_a_terminal_are_shown():
    """A name that would clear the screen or turn text round is shown as what it is."""
    shown = rendered(name_text(b"\x1b[2J" + "\u202e".encode() + b"\n\xff"))

    assert "\\u001b[2J\\u202e\\u000a\\xff" in shown


def test_what_is_escaped_already_is_not_escaped_twice():
    """A path out of a report keeps its single backslashes."""
    assert "a\\u000ab" == shown_text("a\\u000ab").plain


def test_numbers_stand_on_the_right():
    """A column of counts is aligned and has its thousands apart."""
    lines = plain(table(("service", "entries"), [("radiologie", 7), ("biologie", 12_345)])).split(
        "\n"
    )

    assert lines[1].rstrip().endswith("      7")
    assert lines[2].rstrip().endswith(" 12,345")


def test_a_table_without_rows_shows_its_columns():
    """Nothing to show is shown as nothing, not as an error."""
    assert "service" in plain(table(("service", "entries"), []))


def test_every_fate_and_every_verdict_has_a_style():
    """A new fate or verdict cannot be forgotten here."""
    assert set(Fate) == set(FATE_STYLES)
    assert set(Verdict) == set(VERDICT_STYLES)


def test_the_table_of_fates_shows_all_and_their_sum():
    """All eight fates are there, zero or not, and the last line is their sum."""
    lines = plain(fate_table({"promoted": 1000, "held": 5})).strip().split("\n")

    assert 1 + len(Fate) + 1 == len(lines)
    assert ["listed", "1,005"] == lines[-1].split()
    assert ["set", "aside", "0"] == lines[4].split()


def test_the_table_of_verdicts_shows_what_occurred_worst_first():
    """Verdicts that did not occur are left out; the worst stands on top."""
    lines = plain(verdict_table({"clean": 10, "malicious": 2, "damaged": 0})).strip().split("\n")

    assert [["malicious", "2"], ["clean", "10"]] == [line.split() for line in lines[1:]]


def test_a_long_name_is_folded_not_cut():
    """A narrow terminal shows the whole name on several lines."""
    name = "a" * 150

    assert 150 == plain(table(("path",), [(name,)]), width=40).count("a") - "path".count("a")
