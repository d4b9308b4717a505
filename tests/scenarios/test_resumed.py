"""Runs that were cut short after listing go on with what they listed, and with nothing else."""

import pytest

from catalogue import sources
from pipeline.settings import read_settings
from pipeline.source_locks import recovering
from pipeline.wiring import open_runtime
from tests.corpus.commands import Commands
from tests.corpus.poison import BlindInspector
from tests.scenarios.model import check_history, events

pytestmark = pytest.mark.slow


@pytest.fixture
def commands(tmp_path, capsys):
    """The command line, in this process, over a fresh home."""
    return Commands(home=tmp_path / "home", capture=capsys)


@pytest.fixture
def cut_short(commands, inspecting):
    """Run a recovery that lists its sources and then cannot inspect anything."""

    def run(*words):
        with inspecting(BlindInspector):
            assert 5 == commands("recover", *words, "--json").code

    return run


def ended(run):
    """How a run ended, and how much it promoted."""
    return run.code, run.json["promoted"]


def test_sources_named_in_another_order_are_each_read_from_their_own_place(
    commands, cut_short, tmp_path
):
    """Two disks with the same paths keep their contents apart when a run goes on."""
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "letter.txt").write_text(f"Dear colleague, from disk {name}\n")
    one, two = tmp_path / "one", tmp_path / "two"
    commands("source", "add", one, "--host", "one", "--service", "one")
    commands("source", "add", two, "--host", "two", "--service", "two")
    ids = {s["service"]: s["source"] for s in commands("source", "list", "--json").lines}
    cut_short(ids["one"], ids["two"])

    run = commands("recover", ids["two"], ids["one"], "--json")

    assert (0, 2) == ended(run)
    assert [run.json["run"]] == [
        e["run"] for e in events(commands.home) if e["type"] == "autoclave.run.started"
    ]
    entries = commands("list", "--json").lines
    sizes = {e["host"]: commands("show", e["digest"], "--json").json["entries"] for e in entries}
    assert {"one": ["one"], "two": ["two"]} == {
        host: [entry["host"] for entry in found] for host, found in sizes.items()
    }
    assert 2 == len({entry["digest"] for entry in entries})
    assert [] == check_history(commands.home).faults


@pytest.mark.folders
@pytest.mark.timeout(60)
def test_damaged_names_end_the_run_instead_of_a_loop(commands, cut_short, letters):
    """Without names a shard is neither inspected nor held: exit 6; with them it goes on."""
    source = letters(5)
    cut_short(source)
    (names,) = [p for p in (commands.home / "names").rglob("*.paths*") if p.is_file()]
    genuine = names.read_bytes()
    names.chmod(0o600)
    names.write_bytes(genuine[:-1] + bytes([genuine[-1] ^ 1]))

    refused = commands("recover", source, "--json")

    lines = [line for line in refused.err.splitlines() if line.startswith("autoclave: ")]
    assert (6, 1) == (refused.code, len(lines))
    assert "are damaged -> put the names folder back" in lines[0]
    names.write_bytes(genuine)
    assert (0, 5) == ended(commands("recover", source, "--json"))
    assert 0 == commands("audit", "verify", "--deep").code


def test_other_globs_begin_a_new_run(commands, cut_short, letters):
    """A run that was begun with other globs is ended on the record, and a new one lists anew."""
    source = letters(3)
    cut_short(source)

    run = commands("recover", source, "--exclude", "*00000*", "--json")

    assert (0, 2, 1) == (*ended(run), run.json["fates"]["excluded"])
    kinds = [e["type"] for e in events(commands.home) if ".run." in e["type"]]
    assert [
        "autoclave.run.started",
        "autoclave.run.finished",
        "autoclave.run.started",
        "autoclave.run.finished",
    ] == kinds


def test_two_recoveries_of_one_source_at_once_do_not_disturb_each_other(commands, letters):
    """The second is turned away with exit 6 and nothing of it is recorded; later it may run."""
    source = letters(3)
    known = commands("source", "add", source, "--json").json["source"]
    before = list(events(commands.home))
    with open_runtime(read_settings(commands.home, {})) as runtime:
        with runtime.catalogue.read() as connection:
            registered = sources.get(connection, known)
        with recovering(runtime.home, runtime.catalogue, [registered]):
            refused = commands("recover", source, "--json")

    assert 6 == refused.code
    assert "another process works on source" in refused.err
    assert before == list(events(commands.home))
    assert (0, 3) == ended(commands("recover", source, "--json"))


def spoil(path):
    """Change the last byte of a file."""
    content = path.read_bytes()
    path.chmod(0o600)
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))


def held(commands):
    """What is held of the latest run, with its reason."""
    entries = commands("list", "--json", "--stage", "held").lines
    return {entry["path"]: (entry["verdict"], entry["reason"]) for entry in entries}


@pytest.mark.folders
def test_bytes_that_changed_in_the_vault_before_promotion_hold_their_entry_alone(commands, letters):
    """What is promoted is hashed first: the one that does not fit is held, the others enter."""
    source = letters(30)
    (source / "last.txt").write_text("Dear colleague, the last one.\n")
    commands("status")
    blocking = commands.home / "cleanzone" / "objects" / "sha256"
    blocking.write_text("in the way of every promotion")
    assert 6 == commands("recover", source, "--json").code
    blocking.unlink()
    (segment,) = [p for p in (commands.home / "quarantine").rglob("segments/*") if p.is_file()]
    spoil(segment)

    run = commands("recover", source, "--json")

    assert (3, 30, 0) == (*ended(run), run.json["unexplained"])
    ((verdict, reason),) = held(commands).values()
    assert ("indeterminate", "promotion failed 3 attempts") == (verdict, reason)
    assert [] == check_history(commands.home).faults
    assert 5 == commands("audit", "verify", "--deep").code


@pytest.mark.folders
def test_bytes_that_changed_in_the_clean_zone_hold_their_entry_alone(commands, letters):
    """A later run reads back what is there already: what was changed is not promoted again."""
    source = letters(30)
    assert (0, 30) == ended(commands("recover", source, "--json"))
    listed = {e["path"]: e["digest"] for e in commands("list", "--json").lines}
    (chosen,) = [
        p
        for p in (commands.home / "cleanzone").rglob("*")
        if p.name.startswith(listed["ward-000/letter-00007.txt"])
    ]
    spoil(chosen)

    run = commands("recover", source, "--json")

    assert (3, 29, 0) == (*ended(run), run.json["unexplained"])
    assert {"ward-000/letter-00007.txt": ("indeterminate", "promotion failed 3 attempts")} == held(
        commands
    )
    assert [] == check_history(commands.home).faults
    verified = commands("audit", "verify", "--deep")
    assert 5 == verified.code
    assert listed["ward-000/letter-00007.txt"] in verified.out
