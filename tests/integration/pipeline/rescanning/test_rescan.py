"""A re-scan of a home that really promoted: what new rules condemn leaves the clean zone."""

import threading
from dataclasses import replace
from datetime import date

import pytest

from catalogue import entries, inspections, proposals, rescans, runs
from cli.commands.status import standing
from custody.digest import digest_of
from custody.errors import InterruptedRunError, RefusedError, SettingsError, UsageError
from custody.ids import EPOCH
from custody.lifecycle import Stage
from custody.verdict import Verdict
from pipeline.deciding import rules
from pipeline.deciding.removing import remove_pack
from pipeline.deciding.rules import PackToAdd
from pipeline.delivering.deliver import deliver
from pipeline.proving.verify import verify
from pipeline.rescanning.rescan import Asked, confirm, foresee, rescan
from pipeline.settings import RecallSettings
from pipeline.steps.instruments import open_inspector
from tests.corpus.homes import a_person
from tests.corpus.rule_packs import write_pack

FIRST = digest_of(b"the first report\n" * 8)
SECOND = digest_of(b"the second report\n" * 8)
LARGE = digest_of(b"a line of a long report\n" * 5000)
BAD = 'rule bad { strings: $a = "the first report" condition: $a }\n'
OTHER = 'rule other { strings: $a = "nothing has this" condition: $a }\n'
NAMED = 'rule named { condition: filename == "two.txt" }\n'


@pytest.fixture
def installed(runtime, tmp_path):
    """Install rules under a pack's name, each time as a newer version."""

    def install(text: str, *people) -> None:
        folder = write_pack(tmp_path / digest_of(text.encode())[:8], {"r.yar": text})
        wanted = PackToAdd(path=folder, name="late", dated=date(2026, 11, 1))
        added = [rules.add(runtime, wanted, person) for person in people or [None]]
        assert added[-1].waits is None

    return install


def stages(runtime, digest):
    """Where the entries with a content stand."""
    with runtime.catalogue.read() as connection:
        return {e.stage for e in entries.by_digest(connection, digest)}


def again(runtime, **asked):
    """Re-scan to the end."""
    return rescan(runtime, Asked(**asked), threading.Event())


def contents_under(folder):
    """What the files of a folder hold."""
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


def test_what_a_new_rule_condemns_is_recalled_and_nothing_else(runtime, installed):
    """The condemned content goes, the rest is carried over, and the ledger tells it all."""
    installed(BAD)

    done = again(runtime)

    assert [FIRST] == list(done.recalled)
    assert not done.waits
    assert {Stage.RECALLED} == stages(runtime, FIRST)
    assert {Stage.PROMOTED} == stages(runtime, SECOND)
    [taken] = done.plan.standing
    assert Verdict.SUSPICIOUS is taken.reason.verdict
    assert any("bad" in text for text in taken.reason.texts)
    target = open_inspector(runtime).profile.digest
    with runtime.catalogue.read() as connection:
        judged = inspections.judged(connection, {FIRST, SECOND, LARGE}, target)
    assert {FIRST, SECOND, LARGE} == judged
    found = verify(runtime, deep=True)
    assert ((), ()) == (found.faults, found.intents)


def test_rules_that_say_nothing_cost_one_look_and_inspect_nothing(runtime, installed):
    """All is carried over; the second time there is nothing to look at."""
    installed(OTHER)
    foreseen = foresee(runtime, Asked())

    done, second = again(runtime), again(runtime)

    assert foreseen.entries == done.entries > 0
    # What the rules had silent outcomes of, and nothing more, is asked again.
    assert 0 == done.changed
    assert (done.rescan_id, 0) == (second.rescan_id, second.entries)
    assert () == verify(runtime, deep=True).faults


def test_a_rule_about_names_is_asked_about_names(runtime, installed):
    """A rule that sees a file's name condemns what stands under it."""
    installed(NAMED)

    done = again(runtime)

    assert [SECOND] == list(done.recalled)
    assert () == verify(runtime, deep=True).faults


def test_a_rule_that_is_mended_clears_what_it_condemned(runtime, installed, tmp_path):
    """What a bad rule condemned and nobody confirmed stays, once the rule is mended."""
    installed(BAD)
    proposing = RecallSettings(after_rescan="propose")
    settings = replace(runtime.settings, recall=proposing)
    waits = again(replace(runtime, settings=settings))
    assert waits.waits

    people = [a_person(runtime, tmp_path, name) for name in ("anna", "bert")]
    installed(OTHER + BAD.replace("the first report", "no report has this"), *people)
    done = again(runtime)

    assert ((), {}, False) == (done.plan.standing, done.recalled, done.waits)
    assert {Stage.PROMOTED} == stages(runtime, FIRST)
    assert () == verify(runtime, deep=True).faults


def test_a_pack_that_is_removed_clears_what_it_condemned(runtime, installed, tmp_path):
    """The re-scan foresees that there is something to look at, and what was condemned stays."""
    installed(BAD)
    settings = replace(runtime.settings, recall=RecallSettings(after_rescan="propose"))
    assert again(replace(runtime, settings=settings)).waits
    people = [a_person(runtime, tmp_path, name) for name in ("anna", "bert")]
    for person in people:
        remove_pack(runtime, "late", person)
    kept = write_pack(tmp_path / "kept", {"r.yar": OTHER})
    rules.add(runtime, PackToAdd(path=kept, name="kept", dated=date(2026, 11, 1)))

    foreseen = foresee(runtime, Asked())
    done = again(runtime)

    assert foreseen.entries > 0
    assert ((), {}, False) == (done.plan.standing, done.recalled, done.waits)
    assert {Stage.PROMOTED} == stages(runtime, FIRST)
    assert () == verify(runtime, deep=True).faults


def test_what_is_proposed_is_not_delivered_until_it_is_settled(runtime, installed, tmp_path):
    """It is left out and counted; a mended rule lets it go again. The ledger knows both."""
    proposing = replace(runtime.settings, recall=RecallSettings(after_rescan="propose"))
    waits = replace(runtime, settings=proposing)
    before = deliver(runtime, tmp_path / "before")
    installed(BAD)
    again(waits)

    during = deliver(runtime, tmp_path / "during")

    assert (before.files, 3, 0) == (during.files + 3, during.proposed, during.withheld)
    assert 1 == standing(runtime)["proposed"]
    assert b"the first report\n" * 8 in contents_under(tmp_path / "before")
    assert b"the first report\n" * 8 not in contents_under(tmp_path / "during")
    assert () == verify(runtime, deep=True).faults
    people = [a_person(runtime, tmp_path, name) for name in ("anna", "bert")]
    installed(OTHER, *people)
    again(waits)
    after = deliver(runtime, tmp_path / "after")
    assert (before.files, 0, 0) == (after.files, after.proposed, standing(runtime)["proposed"])
    assert () == verify(runtime, deep=True).faults


def test_rules_that_say_nothing_of_it_let_go_of_no_proposal(runtime, installed, tmp_path):
    """What waits is judged again, also by a re-scan that is limited to what comes after it."""
    proposing = replace(runtime.settings, recall=RecallSettings(after_rescan="propose"))
    waits = replace(runtime, settings=proposing)
    installed(BAD.replace("first", "second"))
    assert 0 == foresee(runtime, Asked(since=runtime.clock())).entries
    again(waits)
    kept = write_pack(tmp_path / "kept", {"r.yar": OTHER})
    rules.add(runtime, PackToAdd(path=kept, name="kept", dated=date(2026, 11, 1)))
    now = runtime.clock()

    everything, limited = (foresee(runtime, Asked(since=since)).entries for since in (None, now))
    done = again(waits, since=now)

    assert 0 < limited == done.entries < everything
    with runtime.catalogue.read() as connection:
        assert [SECOND] == list(proposals.waiting(connection))
    assert everything - limited == foresee(runtime, Asked()).entries
    assert again(waits).waits
    assert 1 == standing(runtime)["proposed"]
    assert () == verify(runtime, deep=True).faults


def test_a_limited_rescan_condemns_no_twin_whose_name_it_did_not_look_at(runtime, installed):
    """A content of two sources, of which one is looked at: the other's names are not guessed."""
    with runtime.catalogue.read() as connection:
        listed = sorted(rescans.listed_since(connection, EPOCH))
        began = max(runs.of_inventory(connection, each).started_at for each in listed)
    installed('rule said { meta: severity = "info" condition: filesize > 0 }')

    done = again(runtime, since=began)

    assert 0 < done.entries < done.entries + foresee(runtime, Asked()).entries
    assert ((), {}) == (done.plan.standing, done.recalled)
    assert {Stage.PROMOTED} == stages(runtime, FIRST)


def test_a_delivery_of_nothing_but_what_is_proposed_is_refused(runtime, installed, tmp_path):
    """Nothing is written, and the refusal says what a person has to do."""
    proposing = replace(runtime.settings, recall=RecallSettings(after_rescan="propose"))
    installed("rule everything { condition: filesize > 0 }")
    again(replace(runtime, settings=proposing))

    with pytest.raises(RefusedError, match="the recall of all 7 files is proposed -> confirm it"):
        deliver(runtime, tmp_path / "none")
    assert not (tmp_path / "none").exists()


def test_more_than_the_share_is_proposed_and_two_people_confirm(runtime, installed, tmp_path):
    """The breaker trips: nothing is withdrawn until two people sign the same recall."""
    installed(BAD)
    tight = replace(runtime, settings=replace(runtime.settings, recall=RecallSettings(least=1)))

    waits = again(tight)

    assert (True, ()) == (waits.waits, waits.recalls)
    assert waits.plan.trips
    assert {Stage.PROMOTED} == stages(runtime, FIRST)
    people = [a_person(runtime, tmp_path, name) for name in ("anna", "bert")]
    assert not confirm(tight, people[0]).recall_id
    assert not confirm(tight, people[0]).recall_id
    done = confirm(tight, people[1])
    assert done.recall_id
    assert {Stage.RECALLED} == stages(runtime, FIRST)
    with pytest.raises(UsageError, match="no recall is proposed"):
        confirm(tight, people[0])
    told = again(tight)
    assert ((done.recall_id,), False) == (told.recalls, told.waits)
    assert () == verify(runtime, deep=True).faults


def test_a_re_scan_that_was_stopped_goes_on(runtime, installed):
    """Stopped, it stands as running; the same command ends the same one."""
    installed(BAD)
    stop = threading.Event()
    stop.set()
    with pytest.raises(InterruptedRunError):
        rescan(runtime, Asked(), stop)
    with runtime.catalogue.read() as connection:
        [begun] = rescans.running(connection)

    done = again(runtime)

    assert begun.rescan_id == done.rescan_id
    assert [FIRST] == list(done.recalled)
    assert () == verify(runtime, deep=True).faults


def test_one_that_was_begun_with_other_rules_is_ended(runtime, installed):
    """What newer rules make of the same contents counts, and the record says so."""
    installed(OTHER)
    stop = threading.Event()
    stop.set()
    with pytest.raises(InterruptedRunError):
        rescan(runtime, Asked(), stop)

    installed(OTHER + BAD)
    done = again(runtime)

    assert [FIRST] == list(done.recalled)
    with runtime.catalogue.read() as connection:
        assert [] == rescans.running(connection)
    assert () == verify(runtime, deep=True).faults


def test_a_word_that_nobody_knows_is_refused(runtime):
    """A setting spelled wrong withdraws nothing by guess."""
    settings = replace(runtime.settings, recall=RecallSettings(after_rescan="proposed"))

    with pytest.raises(SettingsError, match="after_rescan is 'proposed'"):
        again(replace(runtime, settings=settings))
