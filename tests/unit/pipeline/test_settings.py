"""Settings come from defaults, a file and the environment, and nothing unknown passes."""

from pathlib import Path

import pytest

from custody.errors import ExitCode, SettingsError
from pipeline.settings import FILE_NAME, read_settings


def write(home: Path, text: str) -> None:
    """Write the settings file of a home."""
    (home / FILE_NAME).write_text(text)


def test_defaults_need_no_file(tmp_path):
    """A home without a file has the documented defaults."""
    settings = read_settings(tmp_path, {})

    assert (2, 2000, "yara-x", "strict") == (
        settings.run.workers,
        settings.run.shard_entries,
        settings.rules.engine,
        settings.policy.name,
    )


def test_the_home_comes_from_the_environment(tmp_path):
    """AUTOCLAVE_HOME names the home when the command line does not."""
    assert tmp_path == read_settings(None, {"AUTOCLAVE_HOME": str(tmp_path)}).home


def test_the_command_line_beats_the_environment(tmp_path):
    """--home wins over AUTOCLAVE_HOME."""
    assert tmp_path == read_settings(tmp_path, {"AUTOCLAVE_HOME": "/elsewhere"}).home


def test_the_environment_beats_the_file(tmp_path):
    """A variable overrides one key; the file's other keys stay."""
    write(tmp_path, "[run]\nworkers = 3\nshard_entries = 10\n")

    run = read_settings(tmp_path, {"AUTOCLAVE_RUN_WORKERS": "5"}).run

    assert (5, 10) == (run.workers, run.shard_entries)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("[run]\nworker = 3\n", "did you mean 'workers'?"),
        ("[rum]\nworkers = 3\n", "did you mean 'run'?"),
        ('[run]\nworkers = "3"\n', "a whole number"),
        ("[run]\nworkers = true\n", "a whole number"),
        ("[run]\nworkers = 0\n", "at least 1"),
        ("[policy]\nname = 1\n", "a text in quotes"),
        ("run = 1\n", "write it as [run]"),
        ("[run\n", "mend the file"),
    ],
)
def test_what_is_not_known_is_refused_with_a_hint(tmp_path, text, hint):
    """An unknown key, section or type is a usage error that says what to write."""
    write(tmp_path, text)

    with pytest.raises(SettingsError) as caught:
        read_settings(tmp_path, {})

    assert hint in str(caught.value)
    assert ExitCode.USAGE is caught.value.exit_code


@pytest.mark.parametrize(
    "variable", ["AUTOCLAVE_RUN_WORKER", "AUTOCLAVE_RUM_WORKERS", "AUTOCLAVE_WORKERS"]
)
def test_an_unknown_variable_is_refused(tmp_path, variable):
    """A mistyped variable stops the start instead of being ignored."""
    with pytest.raises(SettingsError):
        read_settings(tmp_path, {variable: "3"})


def test_a_variable_of_the_wrong_type_is_refused(tmp_path):
    """A number given as a word is named."""
    with pytest.raises(SettingsError, match=r"run\.workers is 'many'"):
        read_settings(tmp_path, {"AUTOCLAVE_RUN_WORKERS": "many"})


def test_variables_of_others_are_left_alone(tmp_path):
    """Variables without our prefix, and the two that only trials read, are no settings."""
    environment = {"PATH": "/bin", "AUTOCLAVE_CORPUS": "x", "AUTOCLAVE_RULES": "y"}

    assert tmp_path == read_settings(tmp_path, environment).home
