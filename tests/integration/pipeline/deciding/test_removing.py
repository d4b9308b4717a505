"""What finds malware is removed by two people; what exempts from it, by one."""

from datetime import UTC, date, datetime, timedelta

import pytest

from catalogue.known_sets import SetKind
from custody.errors import RulesError, SignatureError, UsageError
from pipeline.deciding import known_sets, removing, rules
from pipeline.deciding.known_sets import SetToAdd
from pipeline.deciding.rules import PackToAdd
from pipeline.proving import verify
from pipeline.steps.instruments import open_inspector
from pipeline.steps.known import check_hold
from sanitizers.rules.installing import put_in_force
from tests.corpus.homes import a_person
from tests.corpus.rule_packs import write_pack

MARKED = 'rule marked { strings: $a = "MARKED" condition: $a }\n'
LATER = datetime.now(UTC) + timedelta(days=30)
CODE = "a" * 64


@pytest.fixture
def two(runtime, tmp_path):
    """The two who may decide."""
    return [a_person(runtime, tmp_path, name) for name in ("alice", "bruno")]


def added(runtime, tmp_path, day, who=None, text=MARKED):
    """Add a version of the pack `site`."""
    path = write_pack(tmp_path / f"pack-{day}", {"a.yar": text})
    return rules.add(runtime, PackToAdd(path=path, name="site", dated=date(2026, 1, day)), who)


def names(runtime):
    """The names of the packs in force."""
    return [pack.name for pack in rules.in_force(runtime)]


def a_list(tmp_path):
    """A file with one digest."""
    path = tmp_path / "list.txt"
    path.write_text(f"{CODE}\n")
    return SetToAdd(path=path, name="cert", source="the vendor", until=LATER)


def test_two_people_remove_a_pack(runtime, two, tmp_path):
    """One signature waits, one person twice is one, the second person takes it out of force."""
    added(runtime, tmp_path, 2)
    for who in (two[0], two[0]):
        assert removing.remove_pack(runtime, "site", who).waits is not None
        assert ["autoclave", "site"] == names(runtime)

    gone = removing.remove_pack(runtime, "site", two[1])

    assert (None, 1, ["autoclave"]) == (gone.waits, gone.entries, names(runtime))
    assert () == verify.verify(runtime, deep=True).faults


def test_a_pack_that_was_removed_comes_back_alone_only_if_it_is_no_older(runtime, two, tmp_path):
    """Who may add could else go back behind the newest rules by removing them first."""
    added(runtime, tmp_path, 2)
    for who in two:
        removing.remove_pack(runtime, "site", who)

    with pytest.raises(UsageError, match="older than the one that was removed: two people sign"):
        added(runtime, tmp_path, 1)
    assert ["autoclave"] == names(runtime)
    assert added(runtime, tmp_path, 2).waits is None
    assert ["autoclave", "site"] == names(runtime)


def test_a_removal_that_the_home_does_not_know_of_is_ended(runtime, two, tmp_path):
    """The machine may stop between the two: nothing runs until the same command ends it."""
    pack = added(runtime, tmp_path, 2).pack
    for who in two:
        removing.remove_pack(runtime, "site", who)
    put_in_force(pack)
    with pytest.raises(RulesError, match="site in the home is not the one"):
        rules.in_force(runtime)

    removing.remove_pack(runtime, "site", two[0])

    assert ["autoclave"] == names(runtime)


def test_indicators_go_by_two_people_and_known_good_digests_by_one(runtime, two, tmp_path):
    """The one finds less from then on, the other exempts less."""
    wanted = a_list(tmp_path)
    known_sets.add_iocs(runtime, wanted)
    for who in two:
        known_sets.add_goodware(runtime, wanted, who)

    assert removing.remove_iocs(runtime, "cert", two[0]).waits is not None
    assert 1 == len(known_sets.in_force(runtime, SetKind.IOC))
    removing.remove_iocs(runtime, "cert", two[1])
    removing.remove_goodware(runtime, "cert")

    for kind in (SetKind.IOC, SetKind.GOODWARE):
        assert [] == known_sets.in_force(runtime, kind)
    assert () == verify.verify(runtime, deep=True).faults


def test_a_run_does_not_go_on_with_digests_that_were_removed(runtime, two, tmp_path):
    """What exempts is asked for again with every shard."""
    for who in two:
        known_sets.add_goodware(runtime, a_list(tmp_path), who)
    known = open_inspector(runtime).known
    check_hold(runtime, known)

    removing.remove_goodware(runtime, "cert")

    with pytest.raises(RulesError, match="cert has ended since the run began"):
        check_hold(runtime, known)


def test_nothing_that_finds_is_removed_before_two_are_registered(runtime, tmp_path):
    """Adding takes nobody then, and removing takes two from the first day."""
    alone = a_person(runtime, tmp_path, "alice")
    added(runtime, tmp_path, 2)
    known_sets.add_iocs(runtime, a_list(tmp_path))

    for remove, name in ((removing.remove_pack, "site"), (removing.remove_iocs, "cert")):
        with pytest.raises(SignatureError, match="two registered people"):
            remove(runtime, name, alone)


@pytest.mark.parametrize("name", ["autoclave", "site"])
def test_what_is_not_there_cannot_be_removed(runtime, two, name):
    """The built-in rules least of all."""
    with pytest.raises(UsageError, match=f"no rule pack {name} is in force"):
        removing.remove_pack(runtime, name, two[0])
    with pytest.raises(UsageError, match="no set site was added"):
        removing.remove_iocs(runtime, "site", two[0])
