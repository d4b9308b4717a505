"""From a case to a bag on the command line, as an engineer and an authority walk it."""

import pytest

from audit.sshsig import generate, public_line, write_private_key
from tests.corpus.snapshots import FRIDAY, HOST, SATURDAY, report


@pytest.fixture
def recovered(commands, tmp_path):
    """A home that recovered two snapshots of one disk, with three people."""
    for day, at, number in (("friday", FRIDAY, 1), ("saturday", SATURDAY, 2)):
        root = tmp_path / day
        root.mkdir()
        (root / "a.txt").write_bytes(report(number, day))
        told = ("--host", HOST, "--service", "wards", "--case", "c1")
        assert 0 == commands("source", "add", root, *told, "--snapshot-time", at.isoformat()).code
    assert 0 == commands("recover", "--case", "c1").code
    commands.on_paper()
    return commands


@pytest.fixture
def people(commands, tmp_path):
    """The options of three people; the third is registered by the signatures of the others."""
    options = {name: commands.person(tmp_path, name) for name in ("anna", "bert")}
    public = tmp_path / "cert.pub"
    options["cert"] = ("--as", "cert", "--key", tmp_path / "cert")
    key = generate()
    write_private_key(tmp_path / "cert", key)
    public.write_text(f"{public_line(key)}\n")
    words = ("people", "add", "cert", "--role", "authority", "--public-key", public)
    assert [3, 0] == [
        commands(*words, *options[name], "--reason", "the agency").code for name in ("anna", "bert")
    ]
    return options


def test_from_a_plan_to_a_bag(recovered, people, tmp_path):
    """Plan, seal, sign, open, deliver; each step refuses until the one before it is done."""
    run = recovered
    lines = run("restore", "plan", "--json").lines
    assert [("restore", "a.txt")] == [(x["outcome"], x["path"]) for x in lines[:-1]]
    assert 1 == lines[-1]["restore"]
    because = ("--reason", "wave one")
    sealed = run("restore", "seal", "--service", "wards", *people["anna"][:2], *because, "--json")
    assert 0 == sealed.code, sealed.err
    set_id = sealed.json["set"]
    assert sealed.json["needs"]
    assert 5 == run("restore", "open", set_id).code
    assert 5 == run("restore", "deliver", set_id, tmp_path / "bag").code
    assert 3 == run("restore", "sign", set_id, *people["anna"], *because).code
    assert 5 == run("restore", "sign", set_id, *people["anna"], *because).code
    assert 0 == run("restore", "sign", set_id, *people["cert"], *because).code
    assert 0 == run("restore", "open", set_id).code
    told = run("restore", "deliver", set_id, tmp_path / "bag", "--json")
    assert 1 == told.json["files"]
    assert report(2, "saturday") == (tmp_path / "bag" / "data" / HOST / "a.txt").read_bytes()
    assert ["open"] == [s["standing"] for s in run("restore", "list", "--json").lines]
    assert 5 == run("restore", "deliver", "--all", tmp_path / "plain").code
    assert 0 == run("audit", "verify", "--deep").code


def test_urgent_care_is_shown_until_it_is_countersigned(recovered, people):
    """`status` says which set waits for another signature, and by when."""
    run = recovered
    because = ("--reason", "a patient waits")
    set_id = run("restore", "seal", *people["anna"][:2], *because, "--json").json["set"]
    run("restore", "sign", set_id, *people["anna"], *because)

    assert 3 == run("restore", "open", set_id, "--urgent").code

    [told] = run("status", "--json").json["restore_sets"]
    assert (True, False) == (told["open"], told["overdue"])
    assert "countersign by" in run("status").out
    assert "countersign by" in run("restore", "list").out


def test_a_case_is_declared_and_narrows_the_plan(recovered, people):
    """A cut-off takes one signature, a later one and a failure take two."""
    run = recovered
    words = ("case", "declare", "c1", "--reason", "as the police say")
    assert 0 == run(*words, *people["anna"], "--cut-off", FRIDAY.isoformat()).code
    assert [f"{FRIDAY.isoformat()}"] == [c["cut_off"] for c in run("case", "list", "--json").lines]
    [line, _] = run("restore", "plan", "--json").lines
    assert FRIDAY.isoformat() == line["snapshot"]
    assert 3 == run(*words, *people["anna"], "--kind", "failure").code
    assert 0 == run(*words, *people["bert"], "--kind", "failure").code


def test_what_is_expected_and_not_there_is_missing(recovered, tmp_path):
    """A CSV of a backup catalogue; a file that is none is refused."""
    run = recovered
    (tmp_path / "backup.csv").write_text("path,size\na.txt,1\ngone/b.txt,\n")
    words = ("expected", "add", "--case", "c1", "--host", HOST)
    assert 2 == run("restore", "plan", "--case", "nothing").code
    assert 0 == run(*words, tmp_path / "backup.csv").code
    assert [2] == [r["paths"] for r in run("expected", "list", "--json").lines]

    *_, missing, sums = run("restore", "plan", "--json").lines

    assert ("missing", "gone/b.txt", 1) == (missing["outcome"], missing["path"], sums["missing"])
    (tmp_path / "wrong.csv").write_text("name\nx\n")
    assert 2 == run(*words, tmp_path / "wrong.csv").code
    assert 0 == run("audit", "verify", "--deep").code
    erased = ("erase", "--case", "c1", "--host", HOST, "--reason", "asked for", "--yes")
    assert 0 == run(*erased).code
    assert 0 == run("audit", "verify", "--deep").code


def test_a_recovery_report_is_printed_and_written(recovered, tmp_path):
    """In two languages; a language that is none is refused, as is a folder that is there."""
    run = recovered
    assert "1  " in run("report", "recovery").out
    assert "Rapport de récupération: c1 (attaque)" in run("report", "recovery", "--lang", "fr").out
    assert 2 == run("report", "recovery", "--lang", "nl").code
    told = run("report", "recovery", tmp_path / "report", "--json")
    assert (0, "attack") == (told.code, told.json["conclusion"])
    assert 5 == len(list((tmp_path / "report").iterdir()))
    assert 2 == run("report", "recovery", tmp_path / "report").code
