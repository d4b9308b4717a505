"""Archives in the main job: written anew without what cannot be promoted, through the real box."""

import base64
import gzip
import json
import threading
from dataclasses import dataclass

import pytest

from catalogue import entries, expansions
from custody.artefact import Derivation
from custody.digest import digest_of
from custody.lifecycle import Stage
from pipeline import listing
from pipeline.deciding import decisions
from pipeline.deciding.recall import Asked as AskedRecall
from pipeline.deciding.recall import recall
from pipeline.delivering.deliver import deliver
from pipeline.proving.verify import verify
from pipeline.rescanning.rescan import Asked, rescan
from pipeline.settings import Settings
from pipeline.wiring import open_runtime
from tests.corpus.homes import a_person, a_source, copy_of, recover
from tests.corpus.keeping import KeptFile
from tests.corpus.packages import archive
from tests.corpus.rebuilt import (
    ACTIVE,
    COPY,
    LETTER,
    MIXED,
    NOTE,
    PATIENT,
    PROGRAM,
    VIRUS,
    a_disk,
    install,
    members,
    profile_of,
    stands,
    vaulted,
)
from tests.integration.pipeline.rebuilding.test_rebuild import rebuilt_differs


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A home that recovered the archives, what the run came to, and what `list` shows by path."""

    settings: Settings
    result: dict
    listed: dict


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    """Every archive, recovered once under the strict policy."""
    folder = tmp_path_factory.mktemp("rebuilt")
    disk = a_disk(folder)
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


def test_an_archive_is_superseded_by_one_with_what_may_be_in_it(world, runtime, tmp_path):
    """The letter as it was, the calendar's copy in its place, and no program."""
    entry = world.listed["mixed.zip"]
    made = members(vaulted(runtime, entry["superseded_by"]), tmp_path)

    assert ("superseded", "active") == (entry["stage"], entry["verdict"])
    assert {"letter.txt": LETTER, f"{PATIENT}.ics": COPY} == made
    assert (True, True) == stands(runtime, entry["superseded_by"])


def test_an_archive_in_an_archive_is_written_anew_within_it(world, runtime, tmp_path):
    """And what lies beside it stays to the byte, a clean archive too."""
    made = members(vaulted(runtime, world.listed["nested.zip"]["superseded_by"]), tmp_path)

    assert "superseded" == world.listed["nested.zip"]["stage"]
    assert archive({"note.txt": NOTE}) == made["same.zip"]
    assert {"letter.txt": LETTER, f"{PATIENT}.ics": COPY} == members(made["in.zip"], tmp_path)


@pytest.mark.parametrize("name", ["backup.tar", "backup.tar.gz"])
def test_tar_archives_are_written_anew_packed_as_they_were(world, runtime, name):
    """The copy is of the type that the original is of."""
    entry = world.listed[name]
    copy = world.listed[f"{name}!/disarmed copy"]
    content = vaulted(runtime, entry["superseded_by"])
    plain = gzip.decompress(content) if name.endswith("gz") else content

    assert ("superseded", entry["media_type"]) == (entry["stage"], copy["media_type"])
    assert ACTIVE not in plain
    assert COPY in plain
    assert NOTE in plain


@pytest.mark.parametrize(
    ("name", "stage", "why"),
    [
        ("virus.zip", "held", "archives: part-malicious"),
        ("only.zip", "held", "disarm: refused: no part of it can be promoted"),
        ("unfit.zip", "held", "part 1 is active, and has no copy: malformed: an alarm has no end"),
        ("locked.zip", "held", "archives: password-protected"),
        ("lying.zip", "held", "archives: overlap"),
    ],
)
def test_what_else_speaks_against_an_archive_holds_it(world, name, stage, why):
    """Malice, nothing that is left, a part without a copy, a password, a structure that lies."""
    entry = world.listed[name]

    assert (stage, None) == (entry["stage"], entry["superseded_by"])
    assert why in entry["reason"]


def test_a_clean_archive_stays_as_it_is(world):
    """It is promoted, to the byte."""
    entry = world.listed["plain.zip"]

    assert ("promoted", None) == (entry["stage"], entry["superseded_by"])


def test_the_equation_holds_and_copies_are_counted_apart(world):
    """Each entry has one fate; five copies stand for archives."""
    assert 0 == world.result["unexplained"]
    assert (5, 5, 1) == tuple(
        world.result["fates"][fate] for fate in ("superseded", "held", "promoted")
    )
    assert 5 == world.result["derived"]["disarmed"]


def test_the_report_lists_what_is_gone_and_what_was_replaced(runtime):
    """By number, digest and name; names stand in quarantine only."""
    (told,) = listing.show(runtime, digest_of(MIXED))["disarmed"]

    assert {
        "calendar.program": 1,
        "container.part-prohibited": 1,
        "container.part-replaced": 1,
    } == told["removed"]
    places = {each["code"]: each["where"] for each in told["places"]}
    assert f"part 3 {digest_of(PROGRAM)} run.sh" == places["container.part-prohibited"]
    assert f"{PATIENT}.ics" in places["container.part-replaced"]
    assert "1 part left out (container.part-prohibited)" in told["text"]["en"]


def test_no_name_of_a_member_stands_outside_of_quarantine(world):
    """Neither in the database, nor in the ledger, nor in a manifest."""
    home = world.settings.home
    leaks = [
        str(path.relative_to(home))
        for path in home.rglob("*")
        if path.is_file()
        and path.relative_to(home).parts[0] not in {"quarantine", "cleanzone"}
        and PATIENT.encode() in path.read_bytes()
    ]

    assert [] == leaks


def test_parts_and_their_copies_are_known_by_what_they_were_made_from(world, runtime):
    """The calendar's copy is the calendar's, and a member of the archive's copy."""
    profile = profile_of(runtime)
    copy = world.listed["mixed.zip"]["superseded_by"]
    with runtime.catalogue.read() as connection:
        own = expansions.copies(connection, [digest_of(ACTIVE)], profile)[digest_of(ACTIVE)]
        inside = expansions.known(connection, [copy], profile)[copy]

    assert [digest_of(COPY)] == [r.derived for r in own if r.how is Derivation.DISARMED]
    assert [None, digest_of(LETTER), digest_of(COPY)] == [row.derived for row in inside]


def test_a_home_with_such_copies_verifies_and_is_rebuilt(settings, tmp_path):
    """To the last byte of vault and clean zone, and to the last row."""
    with open_runtime(settings) as runtime:
        assert () == verify(runtime, deep=True).faults
    kept = KeptFile(settings.home, tmp_path / "kept.sqlite")

    assert set() == rebuilt_differs(settings, kept)


def test_a_delivery_hands_the_copy_over_and_says_so(runtime, tmp_path):
    """Under the archive's name, with what it was and what is gone; a 7z becomes a ZIP."""
    deliver(runtime, tmp_path / "out")
    found = {p.name: p.read_bytes() for p in (tmp_path / "out").rglob("*") if p.is_file()}
    lines = map(json.loads, found["manifest.jsonl"].splitlines())
    told = {
        base64.b64decode(line["disarmed"]["original_path_b64"]).decode(): line["disarmed"]
        for line in lines
        if "disarmed" in line
    }

    assert {"letter.txt", f"{PATIENT}.ics"} == set(members(found["mixed.zip"], tmp_path))
    assert digest_of(MIXED) == told["mixed.zip"]["of"]
    assert 1 == told["mixed.zip"]["removed"]["container.part-prohibited"]
    assert "virus.zip" not in found
    assert {"visit.ics", "dossier/note.txt"} == set(members(found["old.7z.zip"], tmp_path))


def test_a_second_run_writes_nothing_anew(world, runtime, monkeypatch):
    """What the profile has made stands, and the same entries are superseded again."""
    from pipeline.steps import disarm

    asked = []
    monkeypatch.setattr(disarm, "rebuilt", lambda *given: asked.append(given))
    monkeypatch.setattr(disarm, "disarmed", lambda *given: asked.append(given))

    again = recover(runtime, a_source(world.settings.home.parent / "disk")).as_json()

    assert [] == asked
    assert world.result["fates"] == again["fates"]


@pytest.mark.parametrize("part", [LETTER, COPY], ids=["a part that stayed", "a part's copy"])
def test_a_recall_of_a_part_takes_the_copy_out_that_holds_it(world, runtime, anna, part):
    """Whoever recalls a letter recalls the archives with it, and they stay out."""
    copy = world.listed["mixed.zip"]["superseded_by"]
    recall(runtime, AskedRecall(digest=digest_of(part)), anna)

    assert (False, False) == stands(runtime, copy)
    with runtime.catalogue.read() as connection:
        found = {e.stage for e in entries.by_digest(connection, digest_of(MIXED))}
    assert {Stage.RECALLED} == found
    assert () == verify(runtime, deep=True).faults
    recover(runtime, a_source(world.settings.home.parent / "disk"))
    assert (False, False) == stands(runtime, copy)


def test_a_rule_that_condemns_a_part_recalls_the_copy(world, settings, tmp_path):
    """Found again in the archive that was written anew; a rebuild says the same."""
    copies = {world.listed[name]["superseded_by"] for name in ("mixed.zip", "nested.zip")}
    with open_runtime(settings) as runtime:
        install(runtime, tmp_path, 'rule late { strings: $a = "went well" condition: $a }\n')
        done = rescan(runtime, Asked(), threading.Event())

        assert copies <= set(done.recalled)
        assert () == verify(runtime, deep=True).faults
    assert set() == rebuilt_differs(settings, KeptFile(settings.home, tmp_path / "kept.sqlite"))


def test_a_rescan_without_a_word_leaves_copies_where_they_are(world, runtime, tmp_path):
    """And the next run, which writes them anew, comes to the same contents."""
    install(runtime, tmp_path, 'rule late { strings: $a = "nothing has this" condition: $a }\n')
    done = rescan(runtime, Asked(), threading.Event())
    again = recover(runtime, a_source(world.settings.home.parent / "disk")).as_json()
    listed = {e["path"]: e["superseded_by"] for e in listing.entries(runtime)}

    assert {} == dict(done.recalled)
    assert world.result["fates"] == again["fates"]
    assert world.listed["nested.zip"]["superseded_by"] == listed["nested.zip"]
    assert () == verify(runtime, deep=True).faults


def test_a_person_has_an_archive_written_anew(world, runtime, anna, tmp_path):
    """Who decides it wants what of it can be had."""
    decided = decisions.disarm(runtime, digest_of(VIRUS), anna)
    listed = {e["path"]: e for e in listing.entries(runtime)}
    made = members(vaulted(runtime, listed["virus.zip"]["superseded_by"]), tmp_path)

    assert 1 == decided.promoted
    assert {"letter.txt": LETTER, "visit.ics": COPY} == made
