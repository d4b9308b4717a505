"""Decisions from the command line: people, their keys, two-person release, rejection, policy."""

import os
import shutil
from pathlib import Path

import pytest

import sanitizers
from custody.digest import digest_of

STRICT = Path(sanitizers.__file__).parent / "policies" / "strict.toml"


def held_of(commands, verdict):
    """The digest of the first content of a verdict that is held under all of its names."""
    held = [o["digest"] for o in commands("holds", "--json").lines if o["verdict"] == verdict]
    return next(digest for digest in held if {"held"} == stage_of(commands, digest))


def stage_of(commands, digest):
    """Where the entries of a content stand."""
    return {e["stage"] for e in commands("list", "--json").lines if e["digest"] == digest}


def test_a_release_takes_two_people(on_recovered, tmp_path):
    """The first signature waits, the second one passes the entry at once, and all is verified."""
    run = on_recovered
    first, second = run.person(tmp_path, "claire"), run.person(tmp_path, "marc", "data-owner")
    digest = held_of(run, "active")

    waits = run("release", digest[:12], *first, "--reason", "needed")
    waiting = next(o for o in run("holds", "--json").lines if o["digest"] == digest)
    passes = run("release", digest, *second, "--reason", "needed", "--json")

    assert 3 == waits.code
    assert "second person" in waits.out
    assert ("claire", "release") == (waiting["signed_by"], waiting["signed_for"])
    assert (0, True, 1) == (passes.code, passes.json["effective"], passes.json["entries"])
    assert {"promoted"} == stage_of(run, digest)
    assert 0 == run("audit", "verify", "--deep").code


def test_one_person_never_releases_alone(on_recovered, tmp_path):
    """The same person signing twice still waits for another one."""
    run = on_recovered
    person = run.person(tmp_path, "claire")
    digest = held_of(run, "active")

    codes = [run("release", digest, *person, "--reason", "needed").code for _ in range(2)]

    assert [3, 3] == codes
    assert {"held"} == stage_of(run, digest)


def test_the_second_signature_takes_the_end_of_the_first(on_recovered, tmp_path):
    """Both sign the same end, though only the first one named it."""
    run = on_recovered
    first, second = run.person(tmp_path, "claire"), run.person(tmp_path, "marc")
    digest = held_of(run, "active")

    run("release", digest, *first, "--reason", "needed", "--until", "2999-01-31")
    told = run("release", digest, *second, "--reason", "needed", "--json").json

    assert told["scope"].endswith(" until 2999-01-31")
    assert told["effective"]


def test_a_rejection_is_final_and_takes_one_person(on_recovered, tmp_path):
    """What is rejected stands so at once."""
    run = on_recovered
    person = run.person(tmp_path, "claire")
    digest = held_of(run, "malicious")

    ended = run("reject", digest, *person, "--reason", "malicious")

    assert 0 == ended.code
    assert {"rejected"} == stage_of(run, digest)
    assert 2 == run("release", digest, *person, "--reason", "again").code


def test_a_waiver_waits_for_a_second_person_too(on_recovered, tmp_path):
    """A waived rule takes two signatures and moves nothing by itself."""
    run = on_recovered
    first, second = run.person(tmp_path, "claire"), run.person(tmp_path, "marc")
    digest = held_of(run, "active")
    words = ("--scanner", "active_content", "--rule", "ooxml-macros", "--reason", "known form")

    codes = [run("waive", digest, *person, *words).code for person in (first, second)]

    assert [3, 0] == codes
    assert {"held"} == stage_of(run, digest)


@pytest.mark.parametrize(
    ("scanner", "rule"),
    [("active_content", "ooxml-macro"), ("active", "ooxml-macros"), ("yara_rules", "")],
)
def test_a_waiver_of_what_nobody_said_is_not_signed(on_recovered, tmp_path, scanner, rule):
    """A mistyped scanner or rule ends in 2 and names what does stand against the content."""
    run = on_recovered
    person = run.person(tmp_path, "claire")
    digest = held_of(run, "active")
    words = ("--scanner", scanner, "--rule", rule, "--reason", "known form")

    refused = run("waive", digest, *person, *words)

    assert 2 == refused.code
    assert "--scanner active_content --rule ooxml-macros" in refused.err


def test_a_rejection_says_what_stands_promoted_of_the_same_content(commands, server, tmp_path):
    """A content that one name holds and another let in: the deliveries lose it, and it is said."""
    run = commands
    content = b"Rendez-vous le mardi.\n"
    for name in (b"lundi.txt", "mardi\u202etxt.exe".encode()):
        (server / os.fsdecode(name)).write_bytes(content)
    person = run.person(tmp_path, "claire")
    assert 3 == run("recover", server).code

    told = run("reject", digest_of(content), *person, "--reason", "hostile name")

    assert 0 == told.code
    assert "1 entry of this content stood promoted" in told.out
    delivered = tmp_path / "delivered"
    run("restore", "deliver", "--all", delivered)
    assert ["note.txt"] == [path.name for path in delivered.rglob("*.txt")]


@pytest.mark.parametrize("case", ["nobody", "another's key", "no role"])
def test_who_may_not_decide_is_refused(on_recovered, tmp_path, case):
    """An unknown person, a borrowed name and a role that may not decide end in 5."""
    run = on_recovered
    claire = run.person(tmp_path, "claire")
    paul = run.person(tmp_path, "paul", "engineer")
    person = {
        "nobody": ("--as", "nobody", "--key", tmp_path / "claire"),
        "another's key": ("--as", "claire", "--key", tmp_path / "paul"),
        "no role": paul,
    }[case]
    digest = held_of(run, "active")

    assert 5 == run("reject", digest, *person, "--reason", "x").code
    assert {"held"} == stage_of(run, digest)
    assert 0 == run("reject", digest, *claire, "--reason", "x").code


@pytest.mark.parametrize("reason", ["two\nlines", " ", "\x1b[2J"])
def test_a_reason_is_one_plain_line(on_recovered, tmp_path, reason):
    """What is signed is shown to people later, so it cannot forge a line or hide."""
    run = on_recovered
    person = run.person(tmp_path, "claire")
    digest = held_of(run, "active")

    assert 2 == run("reject", digest, *person, "--reason", reason).code


def test_people_are_listed_with_what_they_may(commands, tmp_path):
    """Roles and keys are shown; who registered them is in the ledger."""
    commands.person(tmp_path, "claire")
    commands.person(tmp_path, "paul", "engineer")

    assert [("claire", "analyst", True), ("paul", "engineer", False)] == [
        (p["name"], p["role"], p["may_decide"]) for p in commands("people", "list", "--json").lines
    ]


@pytest.mark.parametrize(
    ("name", "key"), [("claire", "paul.pub"), ("other", "claire.pub"), ("x", "claire"), ("x", "no")]
)
def test_a_person_is_registered_once_and_by_a_public_key(commands, tmp_path, name, key):
    """A name or key twice, a private key and a missing file are refused as usage."""
    commands.person(tmp_path, "claire")
    shutil.copy(tmp_path / "claire", tmp_path / "paul")
    (tmp_path / "paul.pub").write_text("ssh-ed25519 AAAA\n")

    ended = commands("people", "add", name, "--role", "analyst", "--public-key", tmp_path / key)

    assert 2 == ended.code


def test_a_policy_is_changed_by_two_people(commands, tmp_path):
    """One proposes, another approves, and then it is in force."""
    first, second = commands.person(tmp_path, "claire"), commands.person(tmp_path, "marc")
    proposed = tmp_path / "strict.toml"
    proposed.write_text(STRICT.read_text().replace("ransom_notes = 1", "ransom_notes = 2"))

    told = commands("policy", "propose", proposed, *first, "--reason", "false alarms", "--json")
    digest = told.json["digest"]
    alone = commands("policy", "approve", digest, *first, "--reason", "mine")
    before = commands("policy", "explain", "--json").json["digest"]
    approved = commands("policy", "approve", digest[:12], *second, "--reason", "agreed")

    assert (5, 0) == (alone.code, approved.code)
    assert before != digest
    assert digest == commands("policy", "explain", "--json").json["digest"]
    assert {"in-force"} == {
        p["state"] for p in commands("policy", "list", "--json").lines if p["digest"] == digest
    }


def test_a_file_that_is_no_policy_is_refused(commands, tmp_path):
    """The check names what is wrong and ends in 5."""
    (tmp_path / "bad.toml").write_text("name = 1\n")

    ended = commands("policy", "check", tmp_path / "bad.toml")

    assert 5 == ended.code
    assert 0 == commands("policy", "check", STRICT).code
