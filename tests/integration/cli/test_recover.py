"""The main job from the command line: its JSON, its exit codes, its sources, its resumption."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from custody.fate import Fate

KEYS = {
    "run",
    "listed",
    "fates",
    "outcomes",
    "promoted",
    "held",
    "unexplained",
    "derived",
    "records",
    "bytes",
    "seconds",
    "ledger",
}


def test_stdout_is_one_json_object_that_adds_up(commands, server):
    """`recover --json` prints the documented keys, and the equation holds."""
    ended = commands("recover", server, "--json")
    told = ended.json

    assert 0 == ended.code
    assert set() == KEYS - set(told)
    assert {fate.value for fate in Fate} == set(told["fates"])
    assert (3, 3, 0) == (told["listed"], sum(told["fates"].values()), told["unexplained"])
    assert (told["fates"]["promoted"], told["fates"]["held"]) == (told["promoted"], told["held"])
    assert {"members", "disarmed", "split"} == set(told["derived"])
    assert {"size", "root"} == set(told["ledger"])


def test_the_first_line_names_the_home(commands, server):
    """Whoever runs it at night sees at once where it goes."""
    ended = commands("recover", server)

    assert f"home: {commands.home}" == ended.err.splitlines()[0]
    assert "listed 3 = promoted 3" in ended.out


def test_the_same_folder_is_the_same_source(commands, server):
    """A second run over a folder registers nothing anew and promotes nothing twice."""
    first = commands("recover", server, "--host", "srv-a", "--json").json
    second = commands("recover", server, "--host", "srv-a", "--json").json
    sources = commands("source", "list", "--json").lines

    assert first["fates"] == second["fates"]
    assert [("default", "unknown", "srv-a", "unknown")] == [
        (s["case"], s["site"], s["host"], s["service"]) for s in sources
    ]


def test_a_folder_whose_name_is_no_utf8_is_a_source_like_any_other(commands, server):
    """Old servers name folders in Latin-1; patterns and words have to be text, and say so."""
    place = os.fsdecode(os.fsencode(server) + b"-caf\xe9")
    server.rename(place)

    ended = commands("recover", place, "--host", "srv1", "--json")
    refused = commands("recover", place, "--exclude", os.fsdecode(b"caf\xe9*"))

    assert (0, 3) == (ended.code, ended.json["promoted"])
    assert 2 == refused.code
    assert "--exclude" in refused.err


def test_registered_sources_are_taken_without_being_named(commands, server):
    """`recover` alone works on what is registered, and an id names one source."""
    added = commands("source", "add", server, "--service", "biologie", "--json").json

    assert 3 == commands("recover", "--json").json["listed"]
    assert 3 == commands("recover", added["source"], "--json").json["listed"]
    assert {"biologie"} == {e["service"] for e in commands("list", "--json").lines}


def test_nothing_registered_is_a_usage_error(commands):
    """Without a source there is nothing to do, and the next step is named."""
    ended = commands("recover")

    assert 2 == ended.code
    assert "autoclave recover PATH" in ended.err
    assert "" == ended.out


def test_a_path_that_is_not_there_is_a_usage_error(commands, tmp_path):
    """A mistyped mount point is not an empty source."""
    ended = commands("recover", tmp_path / "nowhere")

    assert 2 == ended.code
    assert "neither a registered source nor a folder" in ended.err


def test_an_empty_source_is_exit_4(commands, tmp_path):
    """An unmounted folder never looks like success."""
    (tmp_path / "empty").mkdir()

    assert 4 == commands("recover", tmp_path / "empty").code


def test_another_disk_at_the_same_place_is_exit_4_until_it_is_registered(commands, server):
    """An image that was swapped is refused; registering it again takes it."""
    assert 0 == commands("recover", server).code
    server.rename(server.with_name("old"))
    server.mkdir()
    (server / "other.txt").write_text("other\n")

    refused = commands("recover", server)

    assert 4 == refused.code
    assert "source add" in refused.err
    assert 0 == commands("source", "add", server).code
    assert 1 == commands("recover", server, "--json").json["listed"]


@pytest.mark.parametrize("part", [".", "..", "quarantine"])
def test_the_home_is_no_source(commands, part):
    """A source that holds the home, or lies in it, would be taken in again and again."""
    commands("init")
    ended = commands("recover", commands.home / part)

    assert 2 == ended.code
    assert "--home" in ended.err
    assert [] == commands("source", "list", "--json").lines


def test_without_a_sandbox_nothing_is_promoted(commands, server):
    """What was read in an unlocked process is held, and the operator is told before it starts."""
    ended = commands("recover", server, "--unsafe-no-sandbox", "--json")

    assert (3, 3, 0) == (ended.code, ended.json["held"], ended.json["promoted"])
    assert "UNSAFE" in ended.err.splitlines()[1]


def test_globs_leave_out_and_are_counted(commands, server):
    """What the operator leaves out stands in the equation as excluded."""
    told = commands("recover", server, "--only", "b/*", "--exclude", "*two*", "--json").json

    assert (3, 1, 2) == (told["listed"], told["promoted"], told["fates"]["excluded"])


def test_a_dry_run_changes_nothing(commands, server):
    """It counts like the run does, registers nothing and takes nothing in."""
    told = commands("recover", server, "--dry-run", "--exclude", "note*", "--json").json

    assert (3, 1, 30) == (told["listed"], told["excluded"], told["bytes"])
    assert told["enough"] is True
    assert told["seconds"]["low"] <= told["seconds"]["high"]
    assert [] == commands("source", "list", "--json").lines
    assert [] == [p for p in (commands.home / "quarantine").rglob("*") if p.is_file()]


def test_a_dry_run_of_an_empty_source_is_exit_4(commands, tmp_path):
    """What the run would refuse, the dry run refuses too."""
    (tmp_path / "empty").mkdir()

    assert 4 == commands("recover", tmp_path / "empty", "--dry-run").code


def test_a_whole_hospital_comes_from_a_table(commands, server, tmp_path):
    """A CSV file registers a source a row, each with its own words."""
    table = tmp_path / "hospital.csv"
    table.write_text(
        "path,site,host,service,snapshot_time\n"
        f"{server},nord,srv-a,biologie,2026-03-14T06:00\n"
        f"{server / 'b'},sud,srv-b,,\n"
    )
    ended = commands("source", "add", "--csv", table, "--service", "autre", "--json")

    assert [
        ("nord", "srv-a", "biologie", "2026-03-14T06:00:00+00:00"),
        ("sud", "srv-b", "autre", None),
    ] == [(s["site"], s["host"], s["service"], s["snapshot"]) for s in ended.lines]


def test_a_table_with_an_unknown_column_is_refused(commands, server, tmp_path):
    """A mistyped column is not silently ignored."""
    table = tmp_path / "hospital.csv"
    table.write_text(f"path,hots\n{server},srv-a\n")

    ended = commands("source", "add", "--csv", table)

    assert 2 == ended.code
    assert "hots" in ended.err


def test_services_are_told_apart_by_their_paths(commands, server):
    """One server may hold several services."""
    commands("source", "add", server, "--service", "divers", "--service-map", "b/*=biologie")
    commands("recover")

    assert {"note.txt": "divers", "b/one.csv": "biologie", "b/two.csv": "biologie"} == {
        e["path"]: e["service"] for e in commands("list", "--json").lines
    }


def test_a_stopped_run_ends_with_7_and_goes_on_later(commands, tmp_path):
    """SIGTERM in the middle loses nothing: the same command ends what was begun."""
    root = tmp_path / "many"
    root.mkdir()
    for n in range(1500):
        (root / f"{n:04}.txt").write_text(f"Compte rendu {n}\n" * 20)
    command = [sys.executable, "-m", "cli.main", "recover", str(root), "--json"]
    environment = {**os.environ, "AUTOCLAVE_RUN_SHARD_ENTRIES": "50"}
    command += ["--home", str(commands.home)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=environment) as process:
        _wait_for_blobs(commands.home / "quarantine")
        process.send_signal(signal.SIGTERM)
        out, _ = process.communicate(timeout=60)

    assert (7, b"") == (process.returncode, out)
    again = commands("recover", root, "--json")
    assert 0 == again.code
    assert (1500, 1500, 0) == tuple(again.json[k] for k in ("listed", "promoted", "unexplained"))


def _wait_for_blobs(vault):
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        if vault.exists() and any(p.is_file() for p in vault.rglob("*")):
            return
        time.sleep(0.02)
    raise AssertionError("the run never began to take anything in")


def test_output_that_nobody_reads_ends_quietly(recovered):
    """`autoclave list | head -1` is no failure and prints no trace."""
    done = subprocess.run(
        ["bash", "-c", f"{sys.executable} -m cli.main --home {recovered} list --json | head -1"],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )

    assert 1 == done.stdout.count("\n")
    assert [f"home: {recovered}"] == done.stderr.splitlines()


def test_a_full_disk_behind_stdout_is_said(recovered):
    """A listing that could not be written whole is a failure with its reason, not a short list."""
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            [sys.executable, "-m", "cli.main", "--home", recovered, "list", "--json"],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )

    assert 6 == done.returncode
    assert "the output cannot be written: No space left on device" in done.stderr.splitlines()[-1]
