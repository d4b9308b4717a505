import pytest
import typer

from cli import main as entry
from cli.main import main
from custody.errors import ExitCode, InterruptedRunError, LedgerError, UsageError


def ending_in(monkeypatch, error):
    """Have every command end in an error."""

    def fail(_arguments):
        raise error

    monkeypatch.setattr(entry, "_invoke", fail)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (UsageError("no such thing", next_step="look"), ExitCode.USAGE),
        (LedgerError("rolled back", next_step="look"), ExitCode.REFUSED),
        (InterruptedRunError("stopped", next_step="again"), ExitCode.INTERRUPTED),
    ],
)
def test_an_error_of_ours_is_one_line_and_its_code(monkeypatch, capsys, error, code):
    """Reason and next step stand on one line of stderr; stdout stays empty."""
    ending_in(monkeypatch, error)

    assert code == main(["status"])
    assert ("", f"autoclave: {error.reason} -> {error.next_step}\n") == tuple(capsys.readouterr())


@pytest.mark.parametrize("error", [KeyboardInterrupt(), typer.Abort()])
def test_an_interruption_is_safe_to_repeat(monkeypatch, capsys, error):
    """Ctrl-C ends in 7 and says so."""
    ending_in(monkeypatch, error)

    assert ExitCode.INTERRUPTED == main(["status"])
    assert "run the same command again" in capsys.readouterr().err


def test_a_defect_ends_in_one_line_without_its_text(monkeypatch, capsys):
    """The text of an unexpected error could hold a patient's name, so only its place is shown."""
    ending_in(monkeypatch, ValueError("/mnt/Dupont Marie.docx"))

    assert ExitCode.FAILED == main(["status"])
    told = capsys.readouterr().err
    assert "Dupont" not in told
    assert "internal failure: ValueError at test_main.py:" in told
    assert 1 == told.count("\n")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["recove"], "Did you mean 'recover'"),
        (["list", "--nope"], "see `autoclave list --help`"),
        (["people", "ad"], "see `autoclave people --help`"),
        (["release", "abc"], "see `autoclave release --help`"),
        ([], "see `autoclave --help`"),
        (["list", "--limit", "none"], "see `autoclave list --help`"),
    ],
)
def test_a_wrong_command_line_is_one_line_with_the_next_step(capsys, arguments, said):
    """Usage errors end in 2 and name the help that helps."""
    assert ExitCode.USAGE == main(arguments)
    printed = capsys.readouterr()
    assert "" == printed.out
    assert printed.err.startswith("autoclave: ")
    assert said in printed.err
    assert 1 == printed.err.count("\n")


def test_a_wrong_argument_cannot_act_on_the_terminal(capsys):
    """What a user pasted from a hostile name is escaped in the complaint too."""
    main(["list", "--stage", "\x1b[2J"])

    assert "\x1b" not in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [["--help"], ["-h"], ["recover", "--help"], ["--version"]])
def test_help_and_version_end_well(capsys, arguments):
    """Asking for help is no error, and its text is data on stdout."""
    assert ExitCode.DONE == main(arguments)
    printed = capsys.readouterr()
    assert printed.out
    assert "" == printed.err
