"""Refusals: each has its exit code and a next step, leaves nothing half done, and can be mended."""

import re
import shutil
from pathlib import Path

import pytest

from sanitizers.policy_file import read_policy
from sanitizers.rules.built_in import built_in_source
from tests.corpus.commands import Commands
from tests.corpus.homes import stores_of
from tests.corpus.machines import (
    ROOT_ONLY,
    enlarge,
    mount,
    outside,
    small_disk,
    unmount,
    without_override,
    without_seccomp,
)
from tests.corpus.poison import BlindInspector
from tests.corpus.rule_packs import write_pack
from tests.scenarios.conftest import ROOT

pytestmark = pytest.mark.slow
# What a command says before it is refused: where it works, and how far it is after some seconds.
BEFORE = re.compile(
    r"home: |runs on this home are driven by Prefect: |[a-z]+: \d+ (entries|of \d+) ?"
)
STRICT = ROOT / "sanitizers" / "policies" / "strict.toml"
RULE = 'rule r%d { strings: $a = "needle %d" condition: $a }\n'


@pytest.fixture
def commands(tmp_path, capsys):
    """The command line, in this process, over a fresh home."""
    return Commands(home=tmp_path / "home", capture=capsys)


def starts(ended, code, *words):
    """Check that a command ended with one line that says why and what to do next."""
    lines = [line for line in ended.err.splitlines() if not BEFORE.match(line)]
    assert code == ended.code, ended.err
    assert 1 == len(lines), lines
    assert lines[0].startswith("autoclave: ")
    assert "->" in lines[0]
    assert [] == [word for word in words if word not in lines[0]], lines[0]


def nothing_done(home):
    """Check that no step of a run was recorded and nothing entered the clean zone."""
    stores = stores_of(home)
    manifests = [v for v in stores.audit.versions("") if v.key.endswith(".jsonl.gz")]
    assert [] == [*manifests, *stores.clean.versions("")]


def test_a_policy_that_needs_more_rules_refuses_until_they_are_there(commands, letters, tmp_path):
    """Too few rules judge nothing: exit 5, and installing some more mends it."""
    count = len(built_in_rules())
    demanding = tmp_path / "strict.toml"
    text = STRICT.read_text().replace(
        "\nleast_rules = 20\nnewest", f"\nleast_rules = {count + 3}\nnewest"
    )
    demanding.write_text(text)
    author = commands.person(tmp_path, "ana")
    other = commands.person(tmp_path, "bob")
    why = ("--reason", "more rules")
    digest = read_policy(demanding).digest
    assert 0 == commands("policy", "propose", demanding, *author, *why).code
    assert 0 == commands("policy", "approve", digest, *other, *why).code

    refused = commands("recover", letters(3), "--json")

    starts(refused, 5, f"needs {count + 3} rules", "autoclave rules add")
    nothing_done(commands.home)
    pack = write_pack(tmp_path / "more", {"r.yar": "".join(RULE % (n, n) for n in range(5))})
    assert 0 == commands("rules", "add", pack, "--dated", "2026-11-01").code
    assert (0, 3) == ended(commands("recover", tmp_path / "source", "--json"))


def built_in_rules():
    """The built-in rules, one an item."""
    return range(built_in_source().manifest.rules)


def ended(run):
    """How a run ended, and how much it promoted."""
    return run.code, run.json["promoted"]


def test_a_pack_that_is_too_old_refuses_until_a_newer_one_is_there(commands, letters, tmp_path):
    """Rules of years ago find nothing of today: exit 5, and a newer pack mends it."""
    old = write_pack(tmp_path / "old", {"r.yar": RULE % (1, 1)})
    new = write_pack(tmp_path / "new", {"r.yar": RULE % (2, 2)})
    assert 0 == commands("rules", "add", old, "--dated", "2015-01-01").code

    refused = commands("recover", letters(3), "--json")

    starts(refused, 5, "younger than", "install a newer pack")
    nothing_done(commands.home)
    assert 0 == commands("rules", "add", new, "--dated", "2026-11-01").code
    assert (0, 3) == ended(commands("recover", tmp_path / "source", "--json"))


def test_a_pack_that_does_not_compile_is_not_installed(commands, letters, tmp_path):
    """A broken pack is refused whole, and runs go on with the rules that were there."""
    broken = write_pack(
        tmp_path / "broken", {"a.yar": RULE % (1, 1), "b.yar": "rule b { condition"}
    )

    refused = commands("rules", "add", broken, "--dated", "2026-11-01")

    starts(refused, 5, "b.yar")
    assert ["autoclave"] == [pack["name"] for pack in commands("rules", "list", "--json").lines]
    assert (0, 3) == ended(commands("recover", letters(3), "--json"))


def test_a_scanner_that_misses_its_canary_judges_nothing(commands, letters, inspecting):
    """A blind scanner is believed in nothing: exit 5; the same run goes on with one that sees."""
    source = letters(3)
    with inspecting(BlindInspector):
        refused = commands("recover", source, "--json")

    starts(refused, 5, "canary", "blind")
    nothing_done(commands.home)
    assert (0, 3) == ended(commands("recover", source, "--json"))


@pytest.mark.in_process("takes the filter from the process of the command")
def test_a_machine_that_cannot_lock_a_process_inspects_nothing(commands, letters):
    """Where the kernel refuses the filter nothing is opened; unlocked, nothing is promoted."""
    source = letters(3)

    refused = outside(commands.home, "recover", source, "--json", preexec=without_seccomp)

    starts(refused, 5, "seccomp", "autoclave doctor")
    nothing_done(commands.home)
    unsafe = outside(
        commands.home, "recover", source, "--json", "--unsafe-no-sandbox", preexec=without_seccomp
    )
    assert (3, 0, 3) == (unsafe.code, unsafe.json["promoted"], unsafe.json["held"])
    assert (0, 3) == ended(commands("recover", source, "--json"))


@pytest.mark.own_places("has a home that cannot be written")
def test_a_home_that_cannot_be_written_is_exit_6(letters, tmp_path):
    """Who may not write the home is told so, by its place; another home works."""
    source, locked = letters(3), tmp_path / "locked"
    locked.mkdir(mode=0o555)

    refused = outside(locked, "recover", source, "--json", preexec=without_override)

    starts(refused, 6, str(locked), "--home")
    assert [] == list(locked.iterdir())
    mended = outside(tmp_path / "home", "recover", source, "--json", preexec=without_override)
    assert (0, 3) == ended(mended)


@pytest.mark.own_places("has a home on a small disk")
@ROOT_ONLY
def test_a_disk_that_fills_up_is_exit_6_and_the_run_goes_on_with_more_room(capsys, tmp_path):
    """A full disk stops the run between shards; with more room the same command finishes it."""
    source = tmp_path / "source"
    source.mkdir()
    for n in range(12):
        (source / f"{n}.txt").write_bytes(b"%08d a line of a long report\n" % n * 20_000)
    with small_disk(tmp_path / "disk", "6m") as disk:
        commands = Commands(home=disk / "home", capture=capsys)

        full = commands("recover", source, "--json")

        starts(full, 6, "full", "then run again")
        enlarge(disk, "64m")
        run = commands("recover", source, "--json")
        assert (0, 12) == ended(run)
        assert 0 == commands("audit", "verify", "--deep").code
        services = commands("status", "--json").json["services"]
        assert [run.json["run"]] == [service["run"] for service in services]


@ROOT_ONLY
def test_an_unmounted_source_is_not_an_empty_one(commands, tmp_path):
    """Behind a mount point without its image there is nothing that could count as recovered."""
    place = tmp_path / "mnt"
    mount(place)
    (place / "letter.txt").write_text("Dear colleague\n")
    assert (0, 1) == ended(commands("recover", place, "--json"))
    unmount(place)

    refused = commands("recover", place, "--json")

    starts(refused, 4, "mount the right image")
    assert ["promoted"] == [entry["stage"] for entry in commands("list", "--json").lines]


@ROOT_ONLY
def test_another_image_at_the_same_place_is_not_the_same_source(commands, tmp_path):
    """The wrong image at a registered place is refused; registered anew it is taken."""
    place = tmp_path / "mnt"
    with small_disk(place, "4m"):
        (place / "letter.txt").write_text("Dear colleague\n")
        assert (0, 1) == ended(commands("recover", place, "--json"))
    with small_disk(place, "4m"):
        (place / "letter.txt").write_text("Dear enemy\n")

        refused = commands("recover", place, "--json")

        starts(refused, 4, "source add")
        assert 0 == commands("source", "add", place).code
        assert (0, 1) == ended(commands("recover", place, "--json"))


def test_a_home_inside_of_what_is_recovered_is_a_usage_error(commands, letters, tmp_path):
    """The home is not recovered into itself; with a home elsewhere the folder is."""
    source = letters(3)
    inside = Commands(home=source / "home", capture=commands.capture)

    refused = inside("recover", source, "--json")

    starts(refused, 2, "in the home", "--home")
    nothing_done(inside.home)
    shutil.rmtree(inside.home)
    assert (0, 3) == ended(commands("recover", source, "--json"))


def test_a_source_whose_root_is_gone_is_exit_4(commands, letters):
    """A registered source that is no longer there is named by its id, and comes back."""
    source = letters(3)
    known = commands("source", "add", source, "--json").json["source"]
    away = source.rename(source.with_name("away"))

    refused = commands("recover", known, "--json")

    starts(refused, 4, "mount")
    nothing_done(commands.home)
    away.rename(source)
    assert (0, 3) == ended(commands("recover", known, "--json"))


@pytest.mark.parametrize("replaced", [bytes(range(32)), None], ids=["another", "none"])
def test_a_home_whose_ledger_key_was_replaced_is_refused(commands, letters, replaced):
    """Another key, or none, cannot go on with a ledger: exit 5 until the old one is back."""
    source = letters(3)
    assert (0, 3) == ended(commands("recover", source, "--json"))
    before = commands("audit", "verify", "--json").json
    key = commands.home / "keys" / "ledger.key"
    genuine = key.read_bytes()
    key.unlink()
    if replaced is not None:
        key.write_bytes(replaced)

    for words in (("recover", source, "--json"), ("status", "--json"), ("audit", "verify")):
        starts(commands(*words), 5, "key", "backup")

    assert replaced is None or replaced == key.read_bytes()
    key.write_bytes(genuine)
    assert before == commands("audit", "verify", "--json").json
    assert (0, 3) == ended(commands("recover", source, "--json"))


@pytest.mark.file
def test_a_lost_database_does_not_hide_that_the_key_is_another(commands, letters):
    """With another key and no database left the home is not taken for a new one."""
    assert (0, 3) == ended(commands("recover", letters(3), "--json"))
    (commands.home / "keys" / "ledger.key").write_bytes(bytes(range(32)))
    for path in commands.home.glob("catalogue.sqlite*"):
        path.unlink()

    starts(commands("status", "--json"), 5, "key", "backup")


@pytest.mark.file
def test_a_database_from_a_backup_is_refused(commands, letters, tmp_path):
    """A catalogue that forgot what was published is exit 5; a rebuilt one serves."""
    source = letters(3)
    assert (0, 3) == ended(commands("recover", source, "--json"))
    backup = shutil.copytree(commands.home, tmp_path / "backup")
    (source / "new.txt").write_text("Dear colleague, one more\n")
    assert (0, 4) == ended(commands("recover", source, "--json"))
    put_back(backup, commands.home)

    starts(commands("recover", source, "--json"), 5, "database")

    assert 0 == commands("catalogue", "rebuild").code
    assert 0 == commands("audit", "verify", "--deep").code
    assert (0, 4) == ended(commands("recover", source, "--json"))


def put_back(backup: Path, home: Path) -> None:
    """Put the database of a backup in place of the one of a home."""
    for path in home.glob("catalogue.sqlite*"):
        path.unlink()
    for path in backup.glob("catalogue.sqlite*"):
        shutil.copy(path, home)
