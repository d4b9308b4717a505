from hypothesis import given
from hypothesis import strategies as st
from rich.text import Text

from cli.output import emit, emit_all, say, show


def test_json_is_one_line_a_value(capsys):
    """Data goes to stdout, a line each, and nothing else does."""
    emit({"a": 1})
    emit_all([{"b": "é"}, None])

    assert ('{"a":1}\n{"b":"\\u00e9"}\nnull\n', "") == tuple(capsys.readouterr())


def test_words_about_the_work_go_to_stderr(capsys):
    """Progress and hints never mix with data."""
    say("first", "second")

    assert ("", "first\nsecond\n") == tuple(capsys.readouterr())


def test_what_is_shown_is_no_markup(capsys):
    """Brackets in a text stay brackets, emoji codes stay codes, and long lines stay whole."""
    text = "[bold red]x[/] :skull: " + "long " * 100
    show(text, Text("[/]"))

    assert (f"{text}\n[/]\n", "") == tuple(capsys.readouterr())


@given(st.text(max_size=50))
def test_nothing_hidden_reaches_stderr(text):
    """No control character of a text gets to the terminal."""
    import contextlib
    import io

    caught = io.StringIO()
    with contextlib.redirect_stderr(caught):
        say(text)

    assert caught.getvalue().removesuffix("\n").isprintable()
