import json
from datetime import date
from pathlib import Path

import pytest

from custody.errors import RulesError
from sanitizers.engines.registry import engine_named
from sanitizers.rules.checking import check
from sanitizers.rules.installing import install, installed_packs, load_pack, read_manifest
from sanitizers.rules.pack import InstalledPack
from sanitizers.rules.reading import read_pack
from tests.corpus.rule_packs import PLAIN, TODAY, pack_of, write_pack

ENGINE = engine_named("yara-x")


@pytest.fixture
def installed(tmp_path: Path) -> InstalledPack:
    """One small pack in force below rules/."""
    pack = pack_of(tmp_path / "source", {"a.yar": PLAIN, "b/c.yar": PLAIN})
    return install(pack, tmp_path / "rules", ENGINE)


def test_what_is_installed_is_in_force_and_loads(tmp_path: Path, installed: InstalledPack) -> None:
    """An installed pack is found again by its folder, with the very files it had."""
    assert installed_packs(tmp_path / "rules") == (installed,)
    assert installed.folder == tmp_path / "rules" / "trial" / installed.digest
    pack = load_pack(installed.folder, installed.digest)
    assert pack == pack_of(tmp_path / "again", {"a.yar": PLAIN, "b/c.yar": PLAIN})


def test_no_name_of_a_pack_is_a_path(installed: InstalledPack) -> None:
    """Sources lie under their digests, so a name can do nothing on a disk."""
    names = {path.name for path in (installed.folder / "sources").iterdir()}
    assert names == set(installed.manifest.files.values())


def test_installing_twice_changes_nothing(tmp_path: Path, installed: InstalledPack) -> None:
    """The same pack again is the same installation."""
    pack = pack_of(tmp_path / "again", {"a.yar": PLAIN, "b/c.yar": PLAIN})
    assert install(pack, tmp_path / "rules", ENGINE) == installed


def test_nothing_is_installed_in_a_home_without_rules(tmp_path: Path) -> None:
    """A home without a rules folder has no packs, and that is no error here."""
    assert installed_packs(tmp_path / "rules") == ()


def test_a_newer_pack_replaces_and_an_older_one_does_not(tmp_path: Path) -> None:
    """Going back in time, or to an undated pack, is never silent."""
    folder = write_pack(tmp_path / "trial", {"a.yar": PLAIN.replace("2026-01-02", "x")})
    by_date = {
        day: read_pack(folder, today=TODAY, dated=day)
        for day in (None, date(2026, 1, 1), date(2026, 2, 1))
    }
    rules = tmp_path / "rules"
    install(by_date[date(2026, 1, 1)], rules, ENGINE)
    newer = install(by_date[date(2026, 2, 1)], rules, ENGINE)
    for older in (None, date(2026, 1, 1)):
        with pytest.raises(RulesError, match="in force") as caught:
            install(by_date[older], rules, ENGINE)
        assert caught.value.next_step
    assert installed_packs(rules) == (newer,)
    back = install(by_date[date(2026, 1, 1)], rules, ENGINE, allow_older=True)
    assert installed_packs(rules) == (back,)


@pytest.mark.parametrize(
    ("source", "said"),
    [
        ("rule broken { condition: nothing }", "p/bad.yar, line 1"),
        ('include "a.yar"\nrule a { condition: true }', "line 1: include is not allowed"),
        ("rule a { condition: true }\nglobal rule b { condition: true }", "line 2: global"),
    ],
)
def test_a_refused_pack_names_file_and_line(tmp_path: Path, source: str, said: str) -> None:
    """One bad file refuses the pack, says where, and leaves nothing behind."""
    pack = pack_of(tmp_path / "source", {"good.yar": PLAIN, "bad.yar": source}, name="p")
    with pytest.raises(RulesError, match=said):
        install(pack, tmp_path / "rules", ENGINE)
    assert installed_packs(tmp_path / "rules") == ()


def test_a_check_lists_every_fault_and_warning(tmp_path: Path) -> None:
    """All broken files are named at once, with duplicate names and slow patterns as warnings."""
    files = {
        "a.yar": PLAIN,
        "b.yar": PLAIN,
        "c.yar": "rule c { condition: x }",
        "d.yar": "rule d { condition: y }",
        "e.yar": 'rule e { strings: $a = "A" condition: $a }',
        "f.yar": r"rule f { strings: $a = /x{y\Rz/ condition: $a }",
    }
    report = check(pack_of(tmp_path / "source", files), ENGINE)
    assert [refusal.partition(",")[0][-5:] for refusal in report.refusals] == ["c.yar", "d.yar"]
    assert report.accepted is False
    assert sorted(report.warnings) == [
        "plain: 2 rules of this name",
        "trial/e.yar, line 1: slow pattern",
        "trial/f.yar: compiles only with relaxed expressions",
    ]


def test_the_built_in_rules_cannot_be_replaced(tmp_path: Path) -> None:
    """No pack takes the name under which policy demands our own rules."""
    pack = pack_of(tmp_path / "source", {"a.yar": PLAIN}, name="autoclave")
    with pytest.raises(RulesError, match="built-in"):
        install(pack, tmp_path / "rules", ENGINE)


def test_an_override_must_name_a_rule_of_the_pack(tmp_path: Path) -> None:
    """A misspelt override would weaken nothing today and something tomorrow: it is refused."""
    folder = write_pack(tmp_path / "trial", {"a.yar": PLAIN})
    pack = read_pack(folder, today=TODAY, overrides={"plane": "off"})
    assert check(pack, ENGINE).refusals == ("the override of plane names no rule of the pack",)


def test_a_changed_source_is_noticed(installed: InstalledPack) -> None:
    """A source that was changed after its installation is not loaded."""
    source = next((installed.folder / "sources").iterdir())
    source.write_text(PLAIN.replace("needle", "hay"))
    with pytest.raises(RulesError, match="not what was installed"):
        load_pack(installed.folder, installed.digest)


def test_a_missing_source_is_noticed(installed: InstalledPack) -> None:
    """A source that was removed is a fault, never a smaller pack."""
    next((installed.folder / "sources").iterdir()).unlink()
    with pytest.raises(RulesError, match="not what was installed"):
        load_pack(installed.folder, installed.digest)


@pytest.mark.parametrize("content", ["", "[]", "{}", "null", '{"name": 1}', "not json"])
def test_a_damaged_manifest_is_noticed(
    tmp_path: Path, installed: InstalledPack, content: str
) -> None:
    """A manifest that is no manifest raises the named error."""
    (installed.folder / "pack.json").write_text(content)
    with pytest.raises(RulesError, match="not what was installed"):
        installed_packs(tmp_path / "rules")


def test_a_weakened_manifest_is_noticed(installed: InstalledPack) -> None:
    """An override slipped into pack.json changes the digest and is refused."""
    path = installed.folder / "pack.json"
    document = json.loads(path.read_text())
    document["overrides"] = {"plain": "off"}
    path.write_text(json.dumps(document))
    with pytest.raises(RulesError, match="not what was installed"):
        read_manifest(installed.folder, installed.digest)


@pytest.mark.parametrize("content", ["", "../../etc", "0" * 64])
def test_a_damaged_pointer_is_noticed(
    tmp_path: Path, installed: InstalledPack, content: str
) -> None:
    """The name of the pack in force is a digest of a pack that is there, or a fault."""
    (installed.folder.parent / "current").write_text(content)
    with pytest.raises(RulesError, match="not what was installed"):
        installed_packs(tmp_path / "rules")


def test_an_installation_that_was_cut_off_does_not_count(
    tmp_path: Path, installed: InstalledPack
) -> None:
    """What a power cut left half-written beside its place is no pack."""
    cut = installed.folder.parent / ".incoming-1-abc"
    cut.mkdir()
    (cut / "pack.json").write_text("{")
    (tmp_path / "rules" / "half").mkdir()
    assert installed_packs(tmp_path / "rules") == (installed,)
