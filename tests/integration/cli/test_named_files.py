"""What a person names: a pipe never blocks, and nothing is written into a source."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import cli

ROOT = Path(cli.__file__).parents[1]

HEADER = "path,case,site,host,service,snapshot_time"


@pytest.fixture
def pipe(tmp_path):
    """A pipe that nobody writes to: who opens it waits for ever."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


@pytest.mark.parametrize(
    "words",
    [
        ("policy", "check"),
        ("audit", "check"),
        ("people", "add", "claire", "--role", "analyst", "--public-key"),
        ("source", "add", "--csv"),
    ],
    ids=" ".join,
)
def test_a_pipe_is_refused(commands, pipe, words):
    """Each command that reads a small file says that this is none."""
    refused = commands(*words, pipe)

    assert refused.code in {2, 5}
    assert "is no regular file" in refused.err


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "names no source"),
        (HEADER, "names no source"),
        (f"{HEADER}\n{{}}\n,,,,,\n", "has no path at line 3"),
        (f"{HEADER}\n{{}},a,b,c,d,,f\n", "has too many fields at line 2"),
        (f"{HEADER}\n{{}},a,b,c,d,soon\n", "has a time at line 2"),
        ('path\n"open', "is no CSV after line 1"),
        ("path,color\n", "has unknown columns: color"),
    ],
)
def test_a_wrong_table_of_sources_is_named_with_its_line(commands, server, tmp_path, text, said):
    """Nothing of it is registered, and the message names the file and the line."""
    table = tmp_path / "hospital.csv"
    table.write_text(text.format(server))

    refused = commands("source", "add", "--csv", table)

    assert 2 == refused.code
    assert f"hospital.csv {said}" in refused.err
    assert [] == commands("source", "list", "--json").lines


def test_a_table_that_is_no_text_or_not_there_is_named(commands, tmp_path):
    """Latin-1 is not guessed at, and a missing file is said to be missing."""
    table = tmp_path / "hospital.csv"
    table.write_bytes(b"path\n/srv/\xe9\n")

    assert "hospital.csv is no UTF-8" in commands("source", "add", "--csv", table).err
    missing = commands("source", "add", "--csv", tmp_path / "none.csv")
    assert 2 == missing.code
    assert "none.csv cannot be read: No such file" in missing.err


@pytest.mark.parametrize("words", [("audit", "export"), ("keys", "backup")], ids=" ".join)
def test_neither_evidence_nor_keys_are_written_into_a_source_or_the_home(commands, server, words):
    """The next run would take them for hospital data, or they would be lost with the home."""
    assert 0 == commands("source", "add", server).code

    into_source = commands(*words, server / "out")
    into_home = commands(*words, commands.home / "out")

    assert [2, 2] == [into_source.code, into_home.code]
    assert "does not lie in a source" in into_source.err
    assert "does not lie in the home" in into_home.err
    assert not (server / "out").exists()


def test_an_empty_place_is_not_registered(commands, tmp_path):
    """The identity of a mount point without its image would keep the right image out later."""
    (tmp_path / "mnt").mkdir()

    refused = commands("source", "add", tmp_path / "mnt")

    assert 4 == refused.code
    assert "the source is empty" in refused.err
    assert [] == commands("source", "list", "--json").lines


def test_a_home_below_a_file_cannot_be_written(commands, server):
    """It is no question of settings: the message names the place and asks for another."""
    refused = type(commands)(server / "note.txt" / "home", commands.capture)("recover", server)

    assert 6 == refused.code
    assert "cannot be written" in refused.err


@pytest.mark.parametrize(
    ("words", "code"), [(("list", "--json"), 0), (("list",), 0), (("audit", "verify"), 5)]
)
def test_who_stops_reading_does_not_change_how_a_command_ends(on_recovered, words, code):
    """A closed pipe behind stdout and stderr hides no code, neither a good nor a bad one."""
    tile = next((on_recovered.home / "audit" / "objects").rglob("*/000.p/*"))
    tile.chmod(0o600)
    tile.write_bytes(tile.read_bytes()[:-1])
    reading, writing = os.pipe()
    os.close(reading)
    command = [sys.executable, "-m", "cli.main", *words, "--home", str(on_recovered.home)]

    ended = subprocess.run(command, stdout=writing, stderr=writing, cwd=ROOT, check=False)

    os.close(writing)
    assert code == ended.returncode


def test_an_empty_home_is_not_the_current_folder(commands, monkeypatch, tmp_path):
    """`--home ""`, as an unset variable gives it, makes no home where one happens to stand."""
    monkeypatch.chdir(tmp_path)

    refused = type(commands)("", commands.capture)("status")

    assert 2 == refused.code
    assert "--home names no folder" in refused.err
    assert [] == list(tmp_path.iterdir())
