"""Rules go out of force by the signatures of two people, and never by being missing."""

import shutil
from datetime import date

import pytest

from catalogue import decisions as decision_rows
from custody.digest import digest_of
from custody.errors import RulesError, SignatureError, UsageError
from pipeline.deciding import rules
from pipeline.deciding.rules import PackToAdd
from pipeline.deciding.signing import Signatory
from pipeline.proving import verify
from pipeline.steps.instruments import open_inspector
from pipeline.wiring import open_runtime
from tests.corpus.homes import a_person, a_source, recover
from tests.corpus.rule_packs import write_pack

MARKED = 'rule marked { meta: score = 80 strings: $a = "MARKED" condition: $a }\n'
OTHER = 'rule other { strings: $a = "OTHER" condition: $a }\n'
EVIL = b"a text that is MARKED\n"


@pytest.fixture
def packs(tmp_path):
    """A pack, and one of the same name and a later day that lacks its rule."""
    return [
        PackToAdd(
            path=write_pack(tmp_path / f"pack-{day}", {"a.yar": text}),
            name="site",
            dated=date(2026, 1, day),
        )
        for day, text in ((1, MARKED), (2, OTHER))
    ]


@pytest.fixture
def two(runtime, tmp_path):
    """The two who may decide."""
    return [a_person(runtime, tmp_path, name) for name in ("alice", "bruno")]


def names(runtime):
    """The files of the packs in force that were added."""
    return [set(pack.manifest.files.values()) for pack in rules.in_force(runtime)][1:]


def test_one_person_takes_no_rule_out_of_force(runtime, two, packs):
    """Without a signature, with one, with one twice: the rules go on as they are."""
    strong, weak = packs
    rules.add(runtime, strong)

    with pytest.raises(UsageError, match="two people sign"):
        rules.add(runtime, weak)
    waits = [rules.add(runtime, weak, two[0]).waits for _ in range(2)]
    borrowed = Signatory(actor="bruno", key=two[0].key, reason="me too")
    with pytest.raises(SignatureError):
        rules.add(runtime, weak, borrowed)

    assert ["alice", "alice"] == [made.actor for made in waits if made]
    assert [{digest_of(MARKED.encode())}] == names(runtime)


def test_what_a_rule_condemned_stays_condemned(runtime, two, packs, tmp_path):
    """A weaker pack by one person promotes nothing that a run held."""
    disk = tmp_path / "disk"
    disk.mkdir()
    (disk / "evil.txt").write_bytes(EVIL)
    rules.add(runtime, packs[0])
    before = recover(runtime, a_source(disk, "late"))
    with pytest.raises(UsageError):
        rules.add(runtime, packs[1])

    after = recover(runtime, a_source(disk, "late"))

    assert {"malicious": 1} == before.verdicts == after.verdicts


def test_two_people_replace_a_pack_on_the_record(runtime, two, packs):
    """The second signature puts it in force; both are named, in effect, and verify."""
    rules.add(runtime, packs[0])

    told = [rules.add(runtime, packs[1], who) for who in two]

    assert [False, True] == [added.waits is None for added in told]
    assert [1, 1] == [added.lost for added in told]
    assert [{digest_of(OTHER.encode())}] == names(runtime)
    with runtime.catalogue.read() as connection:
        on = decision_rows.on(connection, told[1].pack.digest)
    assert [("alice", True), ("bruno", True)] == [(d.decision.actor, d.effective) for d in on]
    assert () == verify.verify(runtime, deep=True).faults


def test_rules_that_come_in_addition_take_nobody(runtime, two, packs, tmp_path):
    """A pack that keeps what is in force tightens, and another name adds beside it."""
    rules.add(runtime, packs[0])
    more = write_pack(tmp_path / "more", {"a.yar": MARKED, "b.yar": OTHER})

    added = rules.add(runtime, PackToAdd(path=more, name="site", dated=date(2026, 1, 3)))
    beside = rules.add(runtime, PackToAdd(path=packs[1].path, name="beside"))

    assert [(0, None), (0, None)] == [(a.lost, a.waits) for a in (added, beside)]
    assert ["beside", "site"] == [pack.name for pack in rules.in_force(runtime)][1:]


def test_at_the_start_nobody_can_sign(runtime, packs):
    """Before two people decide whoever is at the home replaces packs, on the record."""
    for wanted in packs:
        assert rules.add(runtime, wanted).waits is None

    assert [{digest_of(OTHER.encode())}] == names(runtime)


@pytest.mark.parametrize("damage", ["folder", "pointer", "other"])
def test_a_pack_that_is_gone_ends_the_run(runtime, packs, damage, tmp_path):
    """Rules that the ledger knows and the home lacks are no smaller set of rules."""
    rules.add(runtime, packs[0])
    folder = runtime.home.rules / "site"
    match damage:
        case "folder":
            shutil.rmtree(folder)
        case "pointer":
            (folder / "current").unlink()
        case "other":
            rules.add(runtime, PackToAdd(path=packs[1].path, name="beside"))
            shutil.copytree(runtime.home.rules / "beside", runtime.home.rules / "never-recorded")

    with pytest.raises(RulesError):
        open_inspector(runtime)


def test_a_lost_pack_is_installed_again(runtime, two, packs):
    """The same pack, from its author, mends the home without a signature."""
    rules.add(runtime, packs[0])
    shutil.rmtree(runtime.home.rules / "site")

    rules.add(runtime, packs[0])

    assert [{digest_of(MARKED.encode())}] == names(runtime)


def test_a_pack_is_recorded_before_it_is_in_force(runtime, packs, monkeypatch):
    """A crash between the two is seen, and the same command ends it."""
    monkeypatch.setattr(rules, "put_in_force", lambda _: (_ for _ in ()).throw(KeyboardInterrupt))
    with pytest.raises(KeyboardInterrupt):
        rules.add(runtime, packs[0])
    monkeypatch.undo()

    with pytest.raises(RulesError, match="the ledger says"):
        open_inspector(runtime)
    rules.add(runtime, packs[0])

    assert 2 == len(open_inspector(runtime).packs)
    with open_runtime(runtime.settings) as again:
        assert 2 == len(rules.in_force(again))
