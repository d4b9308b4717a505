import shutil
from dataclasses import replace
from datetime import date, timedelta

import pytest

from audit.ssh_keys import generate, public_line
from catalogue import people as people_rows
from catalogue import tables
from catalogue.comparison import differences
from catalogue.engine import Catalogue
from custody.digest import digest_of
from custody.errors import CatalogueError, LedgerError, ObjectDamagedError
from custody.people import Role
from pipeline import listing
from pipeline.database import place_of
from pipeline.deciding import decisions, known_sets, people, removing, rules
from pipeline.deciding.known_sets import SetToAdd
from pipeline.deciding.rules import PackToAdd
from pipeline.deciding.two_people import waiting
from pipeline.delivering.deliver import deliver as make_delivery
from pipeline.proving import verify
from pipeline.rebuilding import rebuild
from pipeline.start import Request, begin
from pipeline.steps import inspect
from pipeline.steps.instruments import open_inspector
from pipeline.wiring import open_runtime
from quarantine.vault import Vault
from tests.corpus.homes import EICAR, a_person, a_source, a_tree, recover
from tests.corpus.poison import TroubledInspector, opener
from tests.corpus.rule_packs import write_pack

LEDGER = {"ledger_entries", "checkpoints", "heads"}


def rebuilt_differs(settings, kept):
    """Rebuild a home and return the tables that are not as they were, beside the ledger's."""
    kept.take()
    rebuild.rebuild(settings)
    with (
        Catalogue.open(kept.place) as before,
        Catalogue.open(place_of(settings)) as after,
        before.read() as ours,
        after.read() as theirs,
    ):
        return {d.table for d in differences(ours, theirs)} - LEDGER


def dump(settings):
    """Every row of a home's database."""
    with Catalogue.open(place_of(settings)) as catalogue, catalogue.read() as connection:
        return [
            (table.name, list(map(tuple, connection.execute(table.select()))))
            for table in tables.metadata.sorted_tables
        ]


def listed(settings):
    """What `list` shows of a home."""
    with open_runtime(settings) as runtime:
        return sorted(listing.entries(runtime), key=repr)


def test_the_rebuilt_catalogue_is_the_live_one(settings, kept):
    """Every row that is part of the truth comes back, and people see what they saw before."""
    before = listed(settings)

    assert set() == rebuilt_differs(settings, kept)
    assert before == listed(settings)


def test_names_that_trouble_kept_from_being_judged_stay_unjudged(settings, kept, tmp_path):
    """A line of a shard that failed for want of memory says nothing of its names."""
    disk = a_tree(tmp_path / "troubled")
    with pytest.MonkeyPatch.context() as patched, open_runtime(settings) as runtime:
        patched.setattr("pipeline.recover.open_inspector", opener(TroubledInspector))
        recover(runtime, a_source(disk, "troubled"))

    assert set() == rebuilt_differs(settings, kept)


def test_a_home_without_a_catalogue_comes_back(settings, kept):
    """A lost database is made again; the rebuild is on the record and the home verifies."""
    before = listed(settings)
    kept.remove()

    made = rebuild.rebuild(settings, actor="engineer")

    assert before == listed(settings)
    assert 0 == made.unfinished + made.unnamed
    assert len(before) == made.entries
    assert {"catalogue", "events", "entries", "unfinished", "unnamed"} == set(made.as_json())
    with open_runtime(settings) as runtime:
        assert verify.verify(runtime, deep=True).verified


@pytest.mark.file
def test_a_damaged_catalogue_with_an_old_log_beside_it_is_replaced(settings):
    """What an old write-ahead log holds is never played into the new database."""
    before = listed(settings)
    place = settings.home / "catalogue.sqlite"
    place.write_bytes(b"no database" * 1000)
    place.with_name("catalogue.sqlite-wal").write_bytes(b"an old log" * 1000)

    rebuild.rebuild(settings)

    assert before == listed(settings)


def test_a_home_in_use_is_not_rebuilt(settings):
    """Somebody who has the old database open would go on writing into a removed file."""
    with open_runtime(settings), pytest.raises(CatalogueError, match="another process"):
        rebuild.rebuild(settings)


def test_nothing_is_rebuilt_from_a_ledger_that_does_not_verify(settings):
    """A changed manifest stops the rebuild, and the old catalogue stays as it is."""
    before = dump(settings)
    manifest = next((settings.home / "audit" / "objects" / "manifests").rglob("*@*"))
    manifest.write_bytes(manifest.read_bytes()[:-1] + b"x")

    with pytest.raises(LedgerError, match="does not verify"):
        rebuild.rebuild(settings)

    assert before == dump(settings)


def test_a_home_without_its_key_is_not_rebuilt(settings):
    """A new key would begin another ledger: none is made."""
    (settings.home / "keys" / "ledger.key").unlink()

    with pytest.raises(CatalogueError, match="no ledger key"):
        rebuild.rebuild(settings)

    assert not (settings.home / "keys" / "ledger.key").exists()


def test_a_mirror_that_is_ahead_stops_the_rebuild(settings, tmp_path):
    """An audit store that was restored from a backup is not believed against its mirror."""
    mirrored = replace(settings, audit=replace(settings.audit, mirror=str(tmp_path / "mirror")))
    with open_runtime(mirrored) as runtime:
        a_person(runtime, tmp_path, "alice")
    kept = tmp_path / "kept"
    shutil.copytree(settings.home / "audit", kept)
    with open_runtime(mirrored) as runtime:
        a_person(runtime, tmp_path, "bruno")
    shutil.rmtree(settings.home / "audit")
    shutil.copytree(kept, settings.home / "audit")

    with pytest.raises(LedgerError, match="mirror"):
        rebuild.rebuild(mirrored)


def test_decisions_come_back_with_their_effects(settings, kept, tmp_path):
    """Rejected and released entries, exceptions, people and deliveries are all rebuilt."""
    with open_runtime(settings) as runtime:
        alice, bruno = (a_person(runtime, tmp_path, name) for name in ("alice", "bruno"))
        until = runtime.clock() + timedelta(days=30)
        hostile = digest_of(b"a name that holds a line end\n")
        decisions.reject(runtime, digest_of(EICAR), alice)
        decisions.release(runtime, hostile, alice, until)
        released = decisions.release(runtime, hostile, bruno, until)
        make_delivery(runtime, tmp_path / "out")
        assert released.effective
        with runtime.catalogue.read() as connection:
            granted = connection.execute(tables.exceptions.select()).all()
        assert granted != []

    assert set() == rebuilt_differs(settings, kept)
    with open_runtime(settings) as runtime:
        assert () == verify.verify(runtime, deep=True).faults
    stages = {e["stage"] for e in listed(settings)}
    assert {"promoted", "rejected", "not-taken", "excluded"} == stages


def test_a_second_run_over_a_changed_source_comes_back(settings, kept, tmp_path):
    """Runs, snapshots and alarms of several runs come back, each as it was."""
    disk = a_tree(tmp_path / "again")
    (disk / "a" / "new.txt").write_bytes(b"written since\n")
    with open_runtime(settings) as runtime:
        recover(runtime, a_source(disk))
        (disk / "a" / "new.txt").write_bytes(b"written again\n")
        recover(runtime, a_source(disk))

    assert set() == rebuilt_differs(settings, kept)


def test_what_was_removed_stays_out_of_force(settings, kept, tmp_path):
    """Rules and indicators that two people removed, and known-good digests that one did."""
    path = tmp_path / "list.txt"
    path.write_text(f"{'a' * 64}\n")
    pack = write_pack(tmp_path / "pack", {"a.yar": "rule odd { condition: false }\n"})
    with open_runtime(settings) as runtime:
        wanted = SetToAdd(
            path=path, name="cert", source="it", until=runtime.clock() + timedelta(days=9)
        )
        two = [a_person(runtime, tmp_path, name) for name in ("alice", "bruno")]
        rules.add(runtime, PackToAdd(path=pack, name="site", dated=date(2026, 1, 2)))
        known_sets.add_iocs(runtime, wanted)
        for who in two:
            known_sets.add_goodware(runtime, wanted, who)
        removing.remove_goodware(runtime, "cert")
        for who in two:
            removing.remove_iocs(runtime, "cert", who)
            removing.remove_pack(runtime, "site", who)

    assert set() == rebuilt_differs(settings, kept)
    with open_runtime(settings) as runtime:
        assert ["autoclave"] == [each.name for each in rules.in_force(runtime)]


def test_registrations_come_back_as_they_stand(settings, kept, tmp_path):
    """Who came in on two signatures is there again, and who waits for the second still waits."""
    with open_runtime(settings) as runtime:
        signatories = [a_person(runtime, tmp_path, name) for name in ("alice", "bruno")]
        chloe, denis = (
            people.person_of(name, Role.AUDITOR, public_line(generate()))
            for name in ("chloe", "denis")
        )
        for signatory in signatories:
            people.register(runtime, chloe, signatory)
        people.register(runtime, denis, signatories[0])

    assert set() == rebuilt_differs(settings, kept)
    with open_runtime(settings) as runtime:
        assert [denis.digest] == [one.decision.subject for one in waiting(runtime)]
        assert people.register(runtime, denis, signatories[1]).effective
        assert () == verify.verify(runtime, deep=True).faults


def test_a_registration_that_was_cut_short_comes_back_without_effect(
    settings, kept, tmp_path, monkeypatch
):
    """Two signatures without the event of the person let nobody in, in a rebuilt home neither."""

    def failing(*_):
        raise CatalogueError("the disk is full", next_step="make room")

    with open_runtime(settings) as runtime:
        signatories = [a_person(runtime, tmp_path, name) for name in ("alice", "bruno")]
        chloe = people.person_of("chloe", Role.ANALYST, public_line(generate()))
        people.register(runtime, chloe, signatories[0])
        monkeypatch.setattr(people_rows, "add", failing)
        with pytest.raises(CatalogueError):
            people.register(runtime, chloe, signatories[1])
    monkeypatch.undo()

    assert set() == rebuilt_differs(settings, kept)
    with open_runtime(settings) as runtime, runtime.catalogue.read() as connection:
        assert people_rows.get(connection, "chloe") is None


def test_a_run_that_was_under_way_is_ended(settings, tmp_path):
    """What was not recorded is gone, so nobody goes on with the run: the next one reads again."""
    with open_runtime(settings) as runtime:
        source = a_source(tmp_path)
        begin(runtime, Request(sources=(source,)), open_inspector(runtime))
        assert () == verify.verify(runtime, deep=True).faults

    assert 1 == rebuild.rebuild(settings).unfinished


def split_shards(runtime):
    """How many shards live on in their parts."""
    with runtime.catalogue.read() as connection:
        parts = tables.shards.c.parent_id.is_not(None)
        return len(connection.execute(tables.shards.select().where(parts)).all())


def test_shards_that_were_split_while_inspected_come_back(settings, kept, tmp_path, monkeypatch):
    """A file that fails every attempt is held alone; the parts of its shard are rebuilt."""
    taken = inspect.fetch

    def failing(runtime, lease, reader, named, pause):
        if any(n.name.path == b"large.txt" for n in named):
            raise RuntimeError("this one fails")
        return taken(runtime, lease, reader, named, pause)

    monkeypatch.setattr(inspect, "fetch", failing)
    with open_runtime(settings) as runtime:
        result = recover(runtime, a_source(a_tree(tmp_path / "again"), "failing"))
        assert () == verify.verify(runtime, deep=True).faults
        assert split_shards(runtime) > 0

    assert 0 == result.equation.unexplained
    assert set() == rebuilt_differs(settings, kept)


def test_shards_that_were_split_while_promoted_come_back(settings, kept, tmp_path, monkeypatch):
    """Content that cannot be read for its promotion is held alone; the rest is promoted."""
    spooled = Vault.spooled
    damaged = digest_of(b"never seen before\n")

    def failing(vault, location):
        if location.digest == damaged:
            raise ObjectDamagedError("the stored bytes are damaged")
        return spooled(vault, location)

    disk = a_tree(tmp_path / "again")
    (disk / "a" / "fresh.txt").write_bytes(b"never seen before\n")
    monkeypatch.setattr(Vault, "spooled", failing)
    with open_runtime(settings) as runtime:
        result = recover(runtime, a_source(disk, "failing"))
        assert () == verify.verify(runtime, deep=True).faults
        assert split_shards(runtime) > 0

    assert 0 == result.equation.unexplained
    assert set() == rebuilt_differs(settings, kept)
