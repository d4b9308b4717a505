"""How progress is shown: a bar on a terminal, lines elsewhere, and never on stdout."""

import io
import sys
import threading

import pytest

from cli import watching
from cli.watching import Bar, Lines, Moment, display


class Terminal(io.StringIO):
    """A stderr that says it is a terminal."""

    def isatty(self):
        """Say so."""
        return True


def test_a_terminal_gets_a_bar(monkeypatch, capsys):
    """The line of the moment is drawn, and stdout stays empty."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with display() as shown:
        shown.update(Moment(step="inspect", done=1, total=4), "inspect: 1 of 4")

    assert isinstance(shown, Bar)
    assert "inspect: 1 of 4" in terminal.getvalue()
    assert "" == capsys.readouterr().out


def test_an_unknown_total_is_drawn_too(monkeypatch):
    """While sources are listed the bar has no end."""
    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    with display() as shown:
        shown.update(Moment(step="list", done=7, total=None), "list: [7] so far")

    assert "list: [7] so far" in terminal.getvalue()


def test_a_pipe_gets_lines(capsys):
    """Without a terminal each moment is one line on stderr."""
    with display() as shown:
        shown.update(Moment(step="inspect", done=1, total=4), "inspect: 1 of 4")

    assert isinstance(shown, Lines)
    assert ("", "inspect: 1 of 4\n") == tuple(capsys.readouterr())


def test_watching_begins_with_the_run_and_ends_with_the_block(monkeypatch, capsys):
    """What is asked while the run goes is shown; afterwards nothing is asked any more."""
    monkeypatch.setattr(watching.Lines, "seconds", 0.001)
    asked = threading.Event()

    def ask(run):
        asked.set()
        assert "run-1" == run
        return {}

    with watching.watching(ask, lambda _run: 1) as begin:
        begin("run-1")
        assert asked.wait(10)

    assert capsys.readouterr().err.startswith("list: 0 entries so far, end unknown\n")
    assert [] == [t for t in threading.enumerate() if t.name == "watcher"]


def test_a_run_that_fails_ends_its_watcher(monkeypatch):
    """An error in the block leaves no thread behind and is not swallowed."""
    monkeypatch.setattr(watching.Lines, "seconds", 0.001)

    def work():
        with watching.watching(lambda _run: {}, lambda _run: 1) as begin:
            begin("run-1")
            raise ValueError("stop")

    with pytest.raises(ValueError, match="stop"):
        work()
    assert [] == [t for t in threading.enumerate() if t.name == "watcher"]
