"""Waves on the command line: set for a source, a service or a hospital's table, and shown."""

import pytest

from cli.source_table import told_by_table
from cli.sources import Described
from cli.waves import wave_lines
from custody.errors import UsageError
from custody.source import LAST_WAVE


@pytest.fixture
def two(commands, server, tmp_path):
    """Two registered shares, one of them with a map that gives the laboratory some paths."""
    other = tmp_path / "other"
    other.mkdir()
    (other / "letter.txt").write_text("Une lettre.\n")
    commands("source", "add", server, "--host", "pacs", "--service", "radiology")
    commands("source", "add", other, "--host", "files", "--service-map", "labo/*=laboratory")
    return {told["host"]: told["source"] for told in commands("source", "list", "--json").lines}


def waves(commands):
    """The wave of each registered source, by its host."""
    return {told["host"]: told["wave"] for told in commands("source", "list", "--json").lines}


def test_a_source_is_put_into_a_wave_by_its_id_or_its_service(commands, two):
    """What is in none comes last; a source that holds some of a service is of its wave whole."""
    seen = [waves(commands)]
    one = commands("source", "wave", "2", two["pacs"], "--json")
    seen.append(waves(commands))
    ended = commands("source", "wave", "1", "--service", "laboratory")
    seen.append(waves(commands))

    assert (0, 0, [2]) == (one.code, ended.code, [told["wave"] for told in one.lines])
    assert [
        {"pacs": LAST_WAVE, "files": LAST_WAVE},
        {"pacs": 2, "files": LAST_WAVE},
        {"pacs": 2, "files": 1},
    ] == seen


@pytest.mark.parametrize(
    "words", [("1",), ("1", "nothing"), ("1", "--service", "kitchen"), ("0", "--host", "pacs")]
)
def test_who_names_no_source_or_no_wave_changes_nothing(commands, two, words):
    """Each is a usage error that says what is missing."""
    assert 2 == commands("source", "wave", *words).code
    assert {"pacs": LAST_WAVE, "files": LAST_WAVE} == waves(commands)


def test_registering_again_keeps_the_wave(commands, two, server):
    """A new image at the same place is as urgent as the one before."""
    commands("source", "wave", "3", two["pacs"])
    commands("source", "add", server, "--host", "pacs")
    kept = waves(commands)["pacs"]
    commands("source", "add", server, "--host", "pacs", "--wave", "1")

    assert (3, 1) == (kept, waves(commands)["pacs"])


def test_the_main_job_takes_the_waves_in_order(commands, two):
    """It ends as ever, and nothing of it stands as under way."""
    commands("source", "wave", "1", two["files"])

    ended = commands("recover", "--json")
    found = commands("status", "--json").lines[-1]

    assert (0, 4, 4) == (ended.code, ended.lines[-1]["listed"], ended.lines[-1]["promoted"])
    assert [] == found["waves"]


def test_a_table_tells_the_waves_of_a_hospital(tmp_path):
    """A column of the CSV; an empty field is what the command line says."""
    table = tmp_path / "hospital.csv"
    table.write_text("path,wave\n/mnt/pacs,1\n/mnt/files,\n")

    found = told_by_table(table, Described(wave=7))

    assert [("/mnt/pacs", 1), ("/mnt/files", 7)] == [(place, told.wave) for place, told in found]


@pytest.mark.parametrize("wave", ["0", "100", "-1", "first", "1.5", "٣", "9" * 5000])
def test_a_wave_that_is_none_is_named_with_its_line(tmp_path, wave):
    """The line is told, and nothing is registered."""
    table = tmp_path / "hospital.csv"
    table.write_text(f"path,wave\n/mnt/pacs,{wave}\n")

    with pytest.raises(UsageError, match="a wave at line 2"):
        told_by_table(table, Described())


def told(wave, step="inspect", listed=1):
    """How far a wave is, as `status --json` prints it."""
    standing = {"step": step, "entries": 4, "done": 2, "shards_leased": 1}
    return {"run": "r", "wave": wave, "sources": 1, "listed": listed, **standing}


def test_status_tells_each_wave_of_a_run_under_way():
    """What is done, in hand, and waiting; nothing where nobody made waves."""
    lines = list(wave_lines([told(1, None), told(2), told(LAST_WAVE, None, listed=0)]))

    assert [
        "run r, wave 1: 1 of 1 source listed, all of it done",
        "run r, wave 2: 1 of 1 source listed, inspect 2 of 4 entries, 1 shard in hand",
        "run r, the rest: 0 of 1 source listed, waits for its turn",
    ] == lines
    assert [] == list(wave_lines([told(LAST_WAVE)]))
