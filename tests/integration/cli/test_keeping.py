"""Keeping a home: init, keys, rules, doctor, audit, delivery, rebuilding."""

import io
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from custody.names import from_base64

RULE = 'rule marker { meta: score = 80 strings: $a = "inert marker text" condition: $a }\n'


@pytest.fixture
def pack(tmp_path):
    """A rule pack of one rule."""
    folder = tmp_path / "cert"
    folder.mkdir()
    (folder / "marker.yar").write_text(RULE)
    (folder / "LICENSE").write_text("Apache License 2.0\n")
    return folder


def test_init_prints_the_fingerprint_for_the_logbook(commands):
    """The fingerprint is the same each time, and the public key lies in a file."""
    first = commands("init", "--json").json
    second = commands("init", "--json").json

    assert first == second
    assert 39 == len(first["fingerprint"])
    assert f"{first['vkey']}\n" == Path(first["vkey_path"]).read_text()
    assert first["fingerprint"] in commands("keys", "show").out


def test_a_backup_of_the_keys_is_whole_and_private(on_recovered, tmp_path):
    """Every key is copied for its owner only, and never over another copy."""
    target = tmp_path / "safe"

    assert 0 == on_recovered("keys", "backup", target).code
    assert {p.name: p.read_bytes() for p in (on_recovered.home / "keys").glob("*.key")} == {
        p.name: p.read_bytes() for p in target.iterdir()
    }
    assert {0o600} == {p.stat().st_mode & 0o777 for p in target.iterdir()}
    assert 0o700 == target.stat().st_mode & 0o777
    assert 2 == on_recovered("keys", "backup", target).code


def test_keys_are_shown_without_their_secrets(reading):
    """No byte of a secret is printed."""
    ended = reading("keys", "show", "--json")
    secrets = [p.read_bytes().hex() for p in (reading.home / "keys").glob("*.key")]

    assert len(secrets) == len(ended.json["keys"])
    assert [] == [s for s in secrets if s in ended.out]


def test_a_new_key_takes_over_and_is_backed_up_with_its_history(commands, tmp_path):
    """The fingerprint is another, the log the same, and what leads from one to the next is kept."""
    first = commands("init", "--json").json
    assert 2 == commands("keys", "rotate", "--reason", " ").code

    done = commands("keys", "rotate", "--reason", "a machine was stolen", "--json").json

    second = commands("init", "--json").json
    assert (first["fingerprint"], second["fingerprint"]) == (done["before"], done["fingerprint"])
    assert first["origin"] == second["origin"]
    assert f"{second['vkey']}\n" == Path(second["vkey_path"]).read_text()
    assert 0 == commands("keys", "backup", tmp_path / "safe").code
    assert {"ledger.key", "ledger-rotations.json"} <= {
        p.name for p in (tmp_path / "safe").iterdir()
    }
    assert 0 == commands("audit", "verify").code


def test_a_pack_is_checked_installed_and_used(commands, pack, server):
    """A rule that was added judges the next run."""
    (server / "marked.txt").write_text("this is the inert marker text\n")
    added = commands("rules", "add", pack, "--name", "cert", "--dated", "2026-01-01", "--json")

    assert 0 == commands("rules", "check", pack).code
    assert ("cert", 1, "2026-01-01") == tuple(added.json[k] for k in ("name", "rules", "dated"))
    assert {"autoclave", "cert"} == {p["name"] for p in commands("rules", "list", "--json").lines}
    assert 3 == commands("recover", server).code
    assert ["marked.txt"] == [
        e["path"] for one in commands("holds", "--json").lines for e in one["entries"]
    ]


def test_a_pack_that_does_not_compile_stays_out(commands, pack):
    """The broken file is named, and nothing is installed."""
    (pack / "broken.yar").write_text("rule broken { condition: nothing }\n")

    checked = commands("rules", "check", pack, "--json")

    assert 5 == checked.code
    assert any("broken" in refusal for refusal in checked.json["refusals"])
    assert 5 == commands("rules", "add", pack).code
    assert ["autoclave"] == [p["name"] for p in commands("rules", "list", "--json").lines]


def test_doctor_looks_at_everything(commands):
    """All but the antivirus, which is advice, has to be there; the machine is fit."""
    ended = commands("doctor", "--json")
    told = ended.json

    assert (0, True) == (ended.code, told["fit"])
    areas = {"sandbox", "engine", "home", "catalogue", "stores", "policy", "rules", "ledger"}
    assert {*areas, "antivirus"} == {check["area"] for check in told["checks"]}
    assert areas == {check["area"] for check in told["checks"] if check["passed"]}
    assert {"seccomp", "rlimits", "no_new_privs"} <= {
        check["name"] for check in told["checks"] if check["mandatory"]
    }


def test_doctor_ends_with_5_when_something_mandatory_is_missing(commands, monkeypatch):
    """A policy that is not there makes the home unfit."""
    monkeypatch.setenv("AUTOCLAVE_POLICY_NAME", "nowhere")
    ended = commands("doctor")

    assert 5 == ended.code
    assert "MISSING" in ended.out
    assert "NOT fit" in ended.err


def test_verify_names_a_changed_byte(on_recovered):
    """One flipped byte of a published object ends in 5 with its place."""
    assert 0 == on_recovered("audit", "verify").code
    published = [p for p in (on_recovered.home / "audit").rglob("*") if p.is_file()]
    victim = max(published, key=lambda path: path.stat().st_size)
    content = bytearray(victim.read_bytes())
    content[len(content) // 2] ^= 1
    victim.chmod(0o600)
    victim.write_bytes(bytes(content))

    ended = on_recovered("audit", "verify", "--json")

    assert 5 == ended.code


def test_a_receipt_proves_a_content_offline(reading, tmp_path, commands):
    """What `prove` writes, `check` accepts for this ledger's key alone."""
    digest = reading("list", "--stage", "promoted", "--limit", "1", "--json").lines[0]["digest"]
    out = tmp_path / "receipt.json"

    assert 0 == reading("audit", "prove", digest[:12], "--out", out).code
    assert 2 == reading("audit", "prove", digest, "--out", out).code
    checked = reading("audit", "check", out, "--json")
    assert (0, True) == (checked.code, checked.json["genuine"])
    assert json.loads(out.read_text()) == reading("audit", "prove", digest).json
    assert 5 == commands("audit", "check", out).code


def test_an_export_verifies_itself(on_recovered, tmp_path):
    """The folder's own verifier accepts it, given the fingerprint on paper."""
    target = tmp_path / "evidence"
    told = on_recovered("audit", "export", target, "--as", "claire", "--json").json
    done = subprocess.run(
        [sys.executable, target / "verify.py", "--key", told["fingerprint"], target],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )

    assert 0 == done.returncode, done.stdout + done.stderr


def test_a_delivery_holds_what_was_promoted(on_recovered, hospital, tmp_path):
    """Each promoted file comes back with its bytes; what stands for another comes back as well.

    A second delivery overwrites nothing.
    """
    run = on_recovered
    folder = next(s for s in hospital if s.service == "dossiers-patients").folder
    target = tmp_path / "back"
    told = run("restore", "deliver", target, "--json").json
    promoted = run("list", "--stage", "promoted", "--json").lines
    superseded = run("list", "--stage", "superseded", "--json").lines

    assert superseded
    assert len(promoted) + len(superseded) == told["files"]
    source = run("source", "list", "--json").json
    for entry in promoted[:20]:
        path = os.fsdecode(from_base64(entry["path_b64"]))
        place = target / source["host"] / source["source"] / path
        assert (folder / path).read_bytes() == place.read_bytes()
    assert 2 == run("restore", "deliver", target).code


def test_all_is_everything_and_no_choice_beside_it(on_recovered, tmp_path):
    """`--all` says aloud what no choice means, and contradicts one."""
    one, other = tmp_path / "one", tmp_path / "other"

    said = [
        on_recovered("restore", "deliver", *w, "--json").json for w in (("--all", one), (other,))
    ]

    assert said[0]["files"] == said[1]["files"] > 0
    assert 2 == on_recovered("restore", "deliver", "--all", tmp_path / "x", "--host", "h").code
    assert not (tmp_path / "x").exists()


def test_a_delivery_of_nothing_is_a_usage_error(on_recovered, tmp_path):
    """A host that nothing was promoted for is named wrongly, not delivered empty."""
    assert 2 == on_recovered("restore", "deliver", tmp_path / "back", "--host", "nobody").code


def test_a_lost_database_is_made_again(on_recovered):
    """After a rebuild the same entries stand where they stood, and everything verifies."""
    run = on_recovered
    before = run("list", "--json").lines
    for path in run.home.glob("catalogue.sqlite*"):
        path.unlink()

    ended = run("catalogue", "rebuild", "--json")

    assert (0, len(before)) == (ended.code, ended.json["entries"])
    assert before == run("list", "--json").lines
    assert 0 == run("audit", "verify", "--deep").code


def test_erased_names_are_gone_and_everything_verifies(on_recovered):
    """The host's names are nowhere any more, though the evidence and the entries stay."""
    run = on_recovered
    host = run("source", "list", "--json").json["host"]
    before = run("list", "--json").lines

    ended = run("erase", "--host", host, "--reason", "end of the case", "--yes", "--json")
    after = run("list", "--json").lines

    assert (0, len(before)) == (ended.code, ended.json["entries"])
    assert {("(erased)", None)} == {(e["path"], e["path_b64"]) for e in after}
    assert [e["digest"] for e in before] == [e["digest"] for e in after]
    assert 0 == run("audit", "verify").code


def test_one_path_is_erased_as_it_is_listed(on_recovered):
    """An escaped name from a listing means its exact bytes, and no other name goes."""
    run = on_recovered
    before = run("list", "--json").lines
    entry = next(e for e in before if "\\u202e" in e["path"])

    ended = run(
        *("erase", "--host", entry["host"], "--path", entry["path"]),
        *("--reason", "asked for", "--yes", "--json"),
    )

    assert (0, 1) == (ended.code, ended.json["entries"])
    assert len(before) - 1 == len([e for e in run("list", "--json").lines if e["path_b64"]])


def test_an_erasure_is_meant(on_recovered, monkeypatch):
    """Without a terminal to ask on, --yes has to be said."""
    host = on_recovered("source", "list", "--json").json["host"]
    ended = on_recovered("erase", "--host", host, "--reason", "x")

    assert 2 == ended.code
    assert "--yes" in ended.err


@pytest.mark.parametrize(("answer", "code"), [("n\n", 2), ("y\n", 0)])
def test_a_person_at_a_terminal_is_asked(on_recovered, monkeypatch, answer, code):
    """Only yes erases; the question stands on stderr."""
    host = on_recovered("source", "list", "--json").json["host"]
    terminal = io.StringIO(answer)
    terminal.isatty = lambda: True
    monkeypatch.setattr(sys, "stdin", terminal)

    ended = on_recovered("erase", "--host", host, "--reason", "x")
    names = {e["path_b64"] for e in on_recovered("list", "--json").lines}

    assert code == ended.code
    assert f"Erase all names of {host} for good?" in ended.err
    assert (code == 0) == (names == {None})


def test_a_new_origin_is_begun_only_when_it_is_meant(on_recovered):
    """Without --yes nothing happens where nobody can be asked; with it the successor is named."""
    words = ("audit", "new-origin", "--reason", "the store was exchanged", "--json")
    asked = on_recovered(*words)
    done = on_recovered(*words, "--yes")

    assert (2, "") == (asked.code, asked.out)
    assert "--yes" in asked.err
    assert (0, 1) == (done.code, done.json["size"])
    assert done.json["origin"].endswith(".2")
    assert 0 == on_recovered("audit", "verify").code
