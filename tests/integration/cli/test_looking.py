"""Looking at a home: status, list, show, holds, and no name that acts on a terminal."""

import os

import pytest

from cli.hospital import Condition, shares
from custody.names import from_base64
from custody.verdict import Verdict

LIST_KEYS = {
    "digest",
    "size",
    "site",
    "host",
    "service",
    "snapshot",
    "path",
    "path_b64",
    "stage",
    "verdict",
    "media_type",
    "findings",
    "not_scanned",
    "derived_from",
    "superseded_by",
}
PLANTED = next(s for s in shares() if s.service == "dossiers-patients").planted


def test_list_names_every_entry_by_its_exact_bytes(reading):
    """Every planted name is listed once, as the bytes that it has on the disk."""
    entries = reading("list", "--json").lines

    assert {item.path for item in PLANTED} == {from_base64(e["path_b64"]) for e in entries}
    assert len(PLANTED) == len(entries)
    assert all(set() == LIST_KEYS - set(e) for e in entries)


def test_what_is_not_proven_clean_is_not_promoted(reading):
    """No entry whose condition asks for a person or is lost stands promoted."""
    conditions = {item.path: item.condition for item in PLANTED}
    doubtful = {
        Condition.ENCRYPTED,
        Condition.DAMAGED,
        Condition.MALICIOUS,
        Condition.RANSOM_NOTE,
        Condition.PROHIBITED,
        Condition.ACTIVE,
        Condition.HOSTILE_NAME,
    }
    promoted = reading("list", "--stage", "promoted", "--json").lines

    assert promoted
    assert [] == [e["path"] for e in promoted if conditions[from_base64(e["path_b64"])] in doubtful]


def test_filters_narrow_and_add_up(reading):
    """The entries by verdict are together all that have one."""
    everything = reading("list", "--json").lines
    by_verdict = [
        entry
        for verdict in Verdict
        for entry in reading("list", "--verdict", verdict.value, "--json").lines
    ]

    assert sorted(e["path_b64"] for e in everything if e["verdict"]) == sorted(
        e["path_b64"] for e in by_verdict
    )
    assert 2 == len(reading("list", "--limit", "2", "--json").lines)
    assert [] == reading("list", "--service", "nobody", "--json").lines


@pytest.mark.parametrize("command", ["list", "holds", "status"])
def test_no_name_acts_on_the_terminal(reading, command):
    """Escapes, overrides and line breaks in names are shown, not obeyed."""
    ended = reading(command)

    assert ended.out
    assert [] == [line for line in ended.out.splitlines() if not line.isprintable()]


def test_status_counts_what_list_lists(reading):
    """The two views of the same home agree, stage by stage."""
    told = reading("status", "--json").json
    entries = reading("list", "--json").lines

    (service,) = told["services"]
    stages = [e["stage"] for e in entries]
    assert {stage: stages.count(stage) for stage in stages} == service["stages"]
    assert ("strict", None) == (told["policy"]["name"], told["ledger"]["mirror"])
    (ready,) = told["readiness"]
    assert len(entries) == ready["listed"] == sum(ready["fates"].values())
    assert stages.count("held") == ready["fates"]["held"]
    assert ([], False) == (told["under_way"], ready["open"])
    assert {"no-set", "no-anchor", "held"} <= {item["what"] for item in ready["lacks"]}


def test_status_says_what_a_service_lacks(reading):
    """Each line of the checklist names the next command."""
    ended = reading("status", "--records")

    assert "[!] no set of all of it was sealed: `autoclave restore seal`" in ended.out
    assert "accepted +" in ended.out


def test_holds_shows_each_content_once_with_its_reasons(reading):
    """What is held is named with a reason, the worst first, and the exit code says it waits."""
    ended = reading("holds", "--json")
    held = reading("list", "--stage", "held", "--json").lines

    assert 3 == ended.code
    assert {e["digest"] for e in held} == {one["digest"] for one in ended.lines}
    assert len(held) == sum(len(one["entries"]) for one in ended.lines)
    assert all(one["reasons"] for one in ended.lines)
    order = [verdict.value for verdict in Verdict]
    ranks = [order.index(one["verdict"]) for one in ended.lines]
    assert sorted(ranks) == ranks


def test_nothing_held_is_exit_0(commands, server):
    """A home in which nothing waits says so."""
    commands("recover", server)
    ended = commands("holds")

    assert (0, "") == (ended.code, ended.out)
    assert "nothing is held" in ended.err


def test_show_finds_a_content_by_digest_beginning_and_path(reading):
    """A digest, its first characters, its path's bytes and its escaped path all mean it."""
    hostile = next(item.path for item in PLANTED if item.condition is Condition.HOSTILE_NAME)
    entry = next(
        e for e in reading("list", "--json").lines if from_base64(e["path_b64"]) == hostile
    )
    digest = entry["digest"]

    for text in (digest, digest[:12], entry["path"], os.fsdecode(hostile)):
        assert digest == reading("show", text, "--json").json["digest"]
    assert digest in reading("show", digest).out


@pytest.mark.parametrize("text", ["0" * 64, "0" * 12, "no/such/path", "abc"])
def test_show_of_the_unknown_is_a_usage_error(reading, text):
    """What was never seen is said to be unknown."""
    ended = reading("show", text)

    assert (2, "") == (ended.code, ended.out)


def test_inspect_judges_without_taking_in(commands, hospital):
    """One-off files get their verdicts, and the home takes nothing."""
    folder = next(s for s in hospital if s.service == "dossiers-patients").folder
    conditions = {
        condition: next(item.path for item in PLANTED if item.condition is condition)
        for condition in (Condition.ACTIVE, Condition.DAMAGED, Condition.MALICIOUS)
    }
    paths = [os.fsdecode(os.fsencode(folder) + b"/" + path) for path in conditions.values()]
    ended = commands("inspect", *paths, "--json")

    assert 3 == ended.code
    assert [os.fsencode(path) for path in paths] == [
        from_base64(line["path_b64"]) for line in ended.lines
    ]
    assert ["active", "damaged"] == [line["verdict"] for line in ended.lines[:2]]
    assert "clean" != ended.lines[2]["verdict"]
    assert [] == commands("list", "--json").lines


def test_inspect_of_a_clean_file_is_exit_0(commands, server):
    """Nothing against a file is no reason to wait."""
    ended = commands("inspect", server / "note.txt")

    assert 0 == ended.code
    assert ended.out.startswith("clean  ")


def test_inspect_takes_only_files(commands, server, tmp_path):
    """A folder, a pipe and a missing file are named, and none blocks."""
    os.mkfifo(tmp_path / "pipe")

    assert [2, 2, 4] == [
        commands("inspect", path).code for path in (server, tmp_path / "pipe", tmp_path / "none")
    ]
