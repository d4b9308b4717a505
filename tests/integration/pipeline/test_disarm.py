"""Disarming in the main job: copies that stand for their originals, through the real box."""

import base64
import json
import threading
from dataclasses import dataclass
from datetime import date

import pytest

from catalogue import artefacts, entries, expansions, promotions, recalls
from catalogue.recalls import Act
from custody.artefact import Derivation
from custody.digest import digest_of
from custody.ids import new_id
from custody.lifecycle import Stage
from pipeline import listing
from pipeline.deciding import rules
from pipeline.deciding.recall import Asked as AskedRecall
from pipeline.deciding.recall import recall
from pipeline.deciding.rules import PackToAdd
from pipeline.delivering.deliver import deliver
from pipeline.proving.verify import verify
from pipeline.rescanning.rescan import Asked, rescan
from pipeline.settings import Settings
from pipeline.steps.promote import PromoteStep
from pipeline.wiring import open_runtime
from sanitizers.disarming.making import NotMade
from tests.corpus.calendars import calendar, sound, starting
from tests.corpus.homes import EICAR, a_person, a_source, copy_of, recover
from tests.corpus.keeping import KeptFile
from tests.corpus.rule_matter import NOTES
from tests.corpus.rule_packs import write_pack
from tests.integration.pipeline.rebuilding.test_rebuild import rebuilt_differs

PATIENT = "Quixwortova"
ACTIVE = calendar(starting(f"file:///c:/{PATIENT}.exe"), sound())
COPY = calendar(sound())
LETTER = b"Dear colleague,\nthe visit went well.\n"
FILES = {
    "visit.ics": ACTIVE,
    "again.ics": ACTIVE,
    "plain.ics": COPY,
    "letter.txt": LETTER,
    "virus.ics": calendar(starting()) + EICAR,
    "cut.ics": calendar(starting())[:-40],
    "zeroed.ics": calendar(starting()) + bytes(8192),
    "turned\u202esci.ics": calendar(starting("file:///c:/a.exe")),
    "attacked/visit.ics": calendar(starting("file:///c:/b.exe")),
    "attacked/how-to-decrypt.txt": NOTES["french"].encode(),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A home that recovered the files, what the run came to, and what `list` shows by path."""

    settings: Settings
    result: dict
    listed: dict


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Every file, recovered once."""
    folder = tmp_path_factory.mktemp("disarm")
    disk = folder / "disk"
    (disk / "attacked").mkdir(parents=True)
    for name, content in FILES.items():
        (disk / name).write_bytes(content)
    settings = Settings(home=folder / "home")
    with open_runtime(settings) as runtime:
        result = recover(runtime, a_source(disk)).as_json()
        listed = {e["path"]: e for e in listing.entries(runtime, derived=True)}
    return World(settings=settings, result=result, listed=listed)


@pytest.fixture
def settings(world, tmp_path):
    """The settings of a copy of the home."""
    return copy_of(world.settings, tmp_path)


@pytest.fixture
def runtime(settings):
    """A copy of the home, open."""
    with open_runtime(settings) as opened:
        yield opened


@pytest.fixture
def anna(runtime, tmp_path):
    """A person who decides."""
    return a_person(runtime, tmp_path, "anna")


def stages(runtime):
    """Where the entries with the original stand."""
    with runtime.catalogue.read() as connection:
        return {e.stage for e in entries.by_digest(connection, digest_of(ACTIVE))}


def stands(runtime):
    """Whether the copy is in the clean zone, as the catalogue and as the store say."""
    digest = digest_of(COPY)
    with runtime.catalogue.read() as connection:
        known = digest in promotions.known(connection, [digest])
    return known, bool(list(runtime.clean.versions(f"sha256/{digest[:2]}/{digest}")))


def test_what_is_only_active_is_superseded_by_its_copy(world):
    """Every entry with it; the verdict stays, and the copy is the calendar without its program."""
    for name in ("visit.ics", "again.ics"):
        entry = world.listed[name]
        assert ("superseded", "active") == (entry["stage"], entry["verdict"])
        assert digest_of(COPY) == entry["superseded_by"]
    copy = world.listed["visit.ics!/disarmed copy"]
    assert (digest_of(COPY), digest_of(ACTIVE)) == (copy["digest"], copy["derived_from"])
    assert ([], [], "text/calendar") == (
        copy["findings"],
        copy["not_scanned"],
        copy["media_type"],
    )


@pytest.mark.parametrize(
    ("name", "stage"),
    [
        ("virus.ics", "held"),
        ("cut.ics", "held"),
        ("zeroed.ics", "set-aside"),
        ("turned\\u202esci.ics", "held"),
        ("attacked/visit.ics", "held"),
        ("plain.ics", "promoted"),
    ],
)
def test_whatever_else_speaks_against_it_holds(world, name, stage):
    """A rule, damage, a hostile name, an attacked directory."""
    entry = world.listed[name]

    assert (stage, None) == (entry["stage"], entry["superseded_by"])


def test_copies_are_counted_apart_and_the_equation_holds(world):
    """Two entries are superseded by one copy, which is no split and no listed entry."""
    assert 0 == world.result["unexplained"]
    assert 2 == world.result["fates"]["superseded"]
    assert (1, 0) == (world.result["derived"]["disarmed"], world.result["derived"]["split"])


def test_the_copy_and_its_report_lie_in_the_vault_beside_the_original(runtime):
    """The report says what is gone, where it was, and what is equal; all three stay."""
    digest = digest_of(ACTIVE)
    with runtime.catalogue.read() as connection:
        profile = connection.exec_driver_sql("select profile from runs").scalar_one().hex()
        rows = expansions.copies(connection, [digest], profile)[digest]
        places = {row.how: artefacts.locate(connection, row.derived) for row in rows}
        kept = artefacts.locate(connection, digest)
    told = json.loads(runtime.vault.read(places[Derivation.REPORT]))

    assert ACTIVE == runtime.vault.read(kept)
    assert COPY == runtime.vault.read(places[Derivation.DISARMED])
    assert [{"code": "calendar.program", "where": "VALARM", "times": 1}] == told["removed"]
    assert {"digest": digest, "media_type": "text/calendar"} == told["original"]
    assert {"pieces", "text"} == set(told["equal"])


def test_show_tells_what_is_gone_and_where_it_was(runtime):
    """In numbers, by place, and as a paragraph in both languages."""
    (told,) = listing.show(runtime, digest_of(ACTIVE))["disarmed"]

    assert ({"calendar.program": 1}, None) == (told["removed"], told["held_because"])
    assert [{"code": "calendar.program", "where": "VALARM", "times": 1}] == told["places"]
    assert "1 start of a program (calendar.program)" in told["text"]["en"]
    assert "1 lancement de programme (calendar.program)" in told["text"]["fr"]
    assert [] == listing.show(runtime, digest_of(LETTER))["disarmed"]


def test_a_home_with_copies_verifies_and_is_rebuilt(settings, tmp_path):
    """To the last byte of vault and clean zone, and to the last row."""
    with open_runtime(settings) as runtime:
        assert () == verify(runtime, deep=True).faults
    kept = KeptFile(settings.home, tmp_path / "kept.sqlite")

    assert set() == rebuilt_differs(settings, kept)


def test_a_delivery_hands_the_copy_over_and_says_so(runtime, tmp_path):
    """Under the original's name, with what the original was and what is gone."""
    deliver(runtime, tmp_path / "out")
    found = {p.name: p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file()}
    lines = map(json.loads, found["manifest.jsonl"].splitlines())
    told = [line["disarmed"] for line in lines if "disarmed" in line]
    assert {"visit.ics", "again.ics"} == {
        base64.b64decode(each.pop("original_path_b64")).decode() for each in told
    }

    assert (COPY, COPY) == (found["visit.ics"], found["again.ics"])
    assert "virus.ics" not in found
    assert [{"of": digest_of(ACTIVE), "removed": {"calendar.program": 1}}] * 2 == told


def test_a_second_run_disarms_nothing_again(world, runtime, monkeypatch):
    """What the profile has made stands, and the same entries are superseded again."""
    from pipeline.steps import disarm

    asked = []
    monkeypatch.setattr(disarm, "disarmed", lambda *given: asked.append(given))

    again = recover(runtime, a_source(world.settings.home.parent / "disk")).as_json()

    assert [] == asked
    assert world.result["fates"] == again["fates"]
    assert world.result["derived"] == again["derived"]


def test_new_rules_make_no_new_copy(world, runtime, tmp_path, monkeypatch):
    """The copy is walked and scanned again, and stays the same content in the clean zone."""
    from pipeline.steps import disarm

    asked = []

    def noted(box, original, switches, limits):
        asked.append(original.size)
        return NotMade(reason="asked", transient=True)

    monkeypatch.setattr(disarm, "disarmed", noted)
    install(runtime, tmp_path, 'rule late { strings: $a = "nothing has this" condition: $a }\n')

    again = recover(runtime, a_source(world.settings.home.parent / "disk")).as_json()

    assert len(ACTIVE) not in asked
    assert world.result["fates"] == again["fates"]
    assert world.result["derived"] == again["derived"]
    assert () == verify(runtime, deep=True).faults


def test_a_copy_that_is_not_proven_any_more_is_made_anew(world, runtime, tmp_path, monkeypatch):
    """What a newer walk knows is asked of copies that older ones proved."""
    from pipeline.steps import earlier_copies

    monkeypatch.setattr(earlier_copies, "is_still_proven", lambda *_: False)
    install(runtime, tmp_path, 'rule late { strings: $a = "nothing has this" condition: $a }\n')

    again = recover(runtime, a_source(world.settings.home.parent / "disk")).as_json()

    assert world.result["derived"] == again["derived"]


@pytest.mark.parametrize("recalled", [ACTIVE, COPY], ids=["original", "copy"])
def test_a_recall_of_either_takes_the_copy_out(runtime, anna, recalled):
    """The object leaves the clean zone, all entries move, and another run lets nothing in."""
    recall(runtime, AskedRecall(digest=digest_of(recalled)), anna)

    assert {Stage.RECALLED} == stages(runtime)
    assert (False, False) == stands(runtime)
    assert () == verify(runtime, deep=True).faults
    disk = runtime.settings.home.parent.parent / "disk"
    assert not disk.exists() or recover(runtime, a_source(disk))
    assert (False, False) == stands(runtime)


def test_a_rule_that_condemns_the_original_recalls_the_copy(runtime, tmp_path):
    """What a later rule says of the original holds what was made of it."""
    install(runtime, tmp_path, f'rule late {{ strings: $a = "{PATIENT}" condition: $a }}\n')

    done = rescan(runtime, Asked(), threading.Event())

    assert digest_of(COPY) in done.recalled
    assert {Stage.RECALLED} == stages(runtime)
    assert (False, False) == stands(runtime)
    assert () == verify(runtime, deep=True).faults


def test_a_rule_that_condemns_the_copy_recalls_it(settings, tmp_path):
    """And a rebuild says the same."""
    found = '$a = "ACTION:DISPLAY" $b = "PROCEDURE"'
    with open_runtime(settings) as runtime:
        rule = f"rule late {{ strings: {found} condition: $a and not $b }}\n"
        install(runtime, tmp_path, rule)
        done = rescan(runtime, Asked(), threading.Event())

        assert {digest_of(COPY)} == set(done.recalled)
        assert {Stage.RECALLED} == stages(runtime)
        assert () == verify(runtime, deep=True).faults
    kept = KeptFile(settings.home, tmp_path / "kept.sqlite")
    assert set() == rebuilt_differs(settings, kept)


def test_a_rescan_without_a_word_leaves_copies_where_they_are(runtime, tmp_path):
    """They are carried over with their originals, and the next run takes them as they are."""
    install(runtime, tmp_path, 'rule late { strings: $a = "nothing has this" condition: $a }\n')

    done = rescan(runtime, Asked(), threading.Event())

    assert {} == dict(done.recalled)
    assert {Stage.SUPERSEDED} == stages(runtime)
    assert (True, True) == stands(runtime)


def install(runtime, folder, text):
    """Install one more rule pack."""
    pack = write_pack(folder / "late", {"r.yar": text})
    wanted = PackToAdd(path=pack, name="late", dated=date(2026, 11, 1))
    assert rules.add(runtime, wanted, None).waits is None


def test_what_a_document_names_stands_in_quarantine_only(world):
    """Neither database, ledger nor manifests know whom a program in it was called after."""
    home = world.settings.home
    leaks = [
        str(path.relative_to(home))
        for path in home.rglob("*")
        if path.is_file()
        and path.relative_to(home).parts[0] != "quarantine"
        and PATIENT.encode() in path.read_bytes()
    ]

    assert [] == leaks


def test_a_copy_of_what_was_recalled_since_it_was_decided_is_held(tmp_path, monkeypatch):
    """The original is recalled between decision and promotion: no copy of it goes in."""
    disk = tmp_path / "disk"
    disk.mkdir()
    (disk / "visit.ics").write_bytes(ACTIVE)
    promote = PromoteStep.work

    def recalled_meanwhile(step, lease, pause):
        now = runtime.clock()
        act = Act(recall_id=new_id(now, bytes(10)), cause="c", manifest=digest_of(b""), at=now)
        with runtime.catalogue.write() as connection:
            recalls.add(connection, act, {digest_of(ACTIVE): "recalled"})
        promote(step, lease, pause)

    monkeypatch.setattr(PromoteStep, "work", recalled_meanwhile)
    with open_runtime(Settings(home=tmp_path / "home")) as runtime:
        result = recover(runtime, a_source(disk)).as_json()
        [entry] = [e for e in listing.entries(runtime) if e["path"] == "visit.ics"]

        assert ("held", "recalled since it was decided") == (entry["stage"], entry["reason"])
        assert (0, 1) == (result["promoted"], result["held"])
        assert (False, False) == stands(runtime)
