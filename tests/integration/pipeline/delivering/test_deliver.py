import base64
import json
import os
import stat
from pathlib import Path

import pytest
import sqlalchemy as sa

from audit.evidence import open_note, parse_key
from catalogue import deliveries, runs, sources, tables
from catalogue.runs import RunState
from cleanzone.delivery import MANIFEST, NOTE, RENAMED
from custody.digest import digest_of
from custody.errors import ObjectDamagedError, RefusedError, StoreError, UsageError
from pipeline.deciding import decisions
from pipeline.delivering import deliver
from pipeline.proving import verify
from pipeline.start import register
from tests.corpus.homes import CASE, MODIFIED_NS, NO_UTF8, a_person, a_source

REPORT = b"the first report\n" * 8
PACS = b"pacs/pacs-disk/"


def files_below(folder):
    """Every delivered file, by its path as bytes."""
    found = {os.fsencode(p.relative_to(folder)) for p in folder.rglob("*") if p.is_file()}
    return found - {MANIFEST, NOTE, RENAMED}


def lines_of(folder):
    """The lines of a delivery's manifest."""
    return [json.loads(line) for line in (folder / "manifest.jsonl").read_bytes().splitlines()]


def test_promoted_files_come_back_under_their_names(runtime, tmp_path):
    """Exactly what is promoted lies there, byte names included; what is held does not."""
    delivered = deliver.deliver(runtime, tmp_path / "out")

    names = (b"a/one.txt", b"a/two.txt", b"a/deep/twice.txt", b"large.txt", NO_UTF8)
    wanted = {PACS + name for name in names}
    wanted |= {b"dpi/dpi-disk/patient.txt", b"dpi/dpi-disk/notes.txt"}
    assert wanted == files_below(tmp_path / "out")
    assert len(wanted) == delivered.files
    assert 0 == delivered.renamed
    assert REPORT == (tmp_path / "out" / "pacs" / "pacs-disk" / "a" / "one.txt").read_bytes()


def test_times_are_restored_and_rights_are_not(runtime, tmp_path):
    """A file keeps its time; it can be read and written, and is no program any more."""
    deliver.deliver(runtime, tmp_path / "out")

    found = (tmp_path / "out" / "pacs" / "pacs-disk" / "a" / "two.txt").stat()

    assert MODIFIED_NS == found.st_mtime_ns
    assert 0o644 == stat.S_IMODE(found.st_mode)


def test_the_manifest_names_decisions_and_is_signed(runtime, tmp_path):
    """Each line holds a digest that fits the file and a decision; the ledger's key signed it."""
    delivered = deliver.deliver(runtime, tmp_path / "out", host="pacs")

    content = (tmp_path / "out" / "manifest.jsonl").read_bytes()
    note = (tmp_path / "out" / "delivery.note").read_bytes()
    text = open_note(note, parse_key(runtime.ledger.vkey))
    with runtime.catalogue.read() as connection:
        decisions = set(
            connection.execute(
                tables.manifests.select().where(tables.manifests.c.step == "assess")
            ).scalars()
        )
    assert delivered.manifest == digest_of(content)
    assert f"manifest.jsonl {delivered.manifest}\n" in text
    assert f"files {delivered.files}\n" in text
    for line in lines_of(tmp_path / "out"):
        path = tmp_path / "out" / os.fsdecode(PACS + base64.b64decode(line["path_b64"]))
        assert line["digest"] == digest_of(path.read_bytes())
        assert line["decision"] in decisions


@pytest.mark.parametrize(
    ("wanted", "count"),
    [
        ({"host": "dpi"}, 2),
        ({"service": "radiology"}, 5),
        ({"case": CASE}, 7),
        ({"case": CASE, "host": "pacs", "service": "radiology"}, 5),
    ],
)
def test_only_what_was_asked_for_is_delivered(runtime, tmp_path, wanted, count):
    """Case, host and service narrow a delivery."""
    assert count == deliver.deliver(runtime, tmp_path / "out", **wanted).files


def test_nothing_is_written_when_nothing_fits(runtime, tmp_path):
    """A delivery of nothing is a usage error, and makes no folder."""
    with pytest.raises(UsageError):
        deliver.deliver(runtime, tmp_path / "out", host="unknown")

    assert not (tmp_path / "out").exists()


def test_the_delivery_is_on_the_record_before_the_first_byte(runtime, tmp_path):
    """Where the target cannot be written the event is published all the same."""
    before = runtime.ledger.size
    with pytest.raises(StoreError):
        deliver.deliver(runtime, tmp_path / "missing" / "out")
    assert before == runtime.ledger.size

    damage(runtime)
    with pytest.raises(ObjectDamagedError):
        deliver.deliver(runtime, tmp_path / "out")

    assert before + 1 == runtime.ledger.size
    with runtime.catalogue.read() as connection:
        assert 1 == len(deliveries.all_deliveries(connection))


def damage(runtime):
    """Change a byte of every object in the clean zone."""
    for path in (runtime.home.clean / "objects").rglob("*@*"):
        content = bytearray(path.read_bytes())
        content[0] ^= 1
        path.write_bytes(content)


def test_damaged_content_is_not_left_in_the_folder(runtime, tmp_path):
    """Bytes that are not the promoted ones are removed again, and no note says it is whole."""
    damage(runtime)

    with pytest.raises(ObjectDamagedError):
        deliver.deliver(runtime, tmp_path / "out")

    assert set() == files_below(tmp_path / "out")
    assert not (tmp_path / "out" / "delivery.note").exists()


def test_a_folder_that_holds_something_is_refused(runtime, tmp_path):
    """What lies in a folder was entered by somebody: a delivery does not mix with it."""
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "entered since").write_bytes(b"do not touch")

    with pytest.raises(UsageError):
        deliver.deliver(runtime, tmp_path / "out")

    assert b"do not touch" == (tmp_path / "out" / "entered since").read_bytes()


def test_the_home_is_no_place_for_a_delivery(runtime):
    """Neither inside the home nor around it."""
    for place in (runtime.home.root / "out", runtime.home.root):
        with pytest.raises(UsageError):
            deliver.deliver(runtime, place)


def test_a_source_is_no_place_for_a_delivery(runtime):
    """The next run would take what was delivered for the hospital's own."""
    with runtime.catalogue.read() as connection:
        places = [os.fsdecode(source.location) for source in sources.all_sources(connection)]
    for place in places:
        with pytest.raises(UsageError, match="does not lie in a source"):
            deliver.deliver(runtime, Path(place) / "out")


def test_what_was_recalled_is_not_delivered(runtime, tmp_path):
    """A recall counts even where an entry still stands promoted."""
    with runtime.catalogue.write() as connection:
        recalled = tables.promotions.c.digest == digest_of(REPORT)
        connection.execute(tables.promotions.update().where(recalled).values(recalled_at=1))

    deliver.deliver(runtime, tmp_path / "out", host="dpi")

    assert {b"dpi/dpi-disk/notes.txt"} == files_below(tmp_path / "out")


def test_what_was_rejected_elsewhere_is_not_delivered(runtime, tmp_path):
    """A person's last word on a content counts where an older run promoted it, and is counted."""
    alice = a_person(runtime, tmp_path, "alice")
    held_elsewhere(runtime, "held", "suspicious")
    decisions.reject(runtime, digest_of(REPORT), alice)

    delivered = deliver.deliver(runtime, tmp_path / "out")

    assert 3 == delivered.withheld
    assert digest_of(REPORT) not in {line["digest"] for line in lines_of(tmp_path / "out")}


def test_what_a_later_run_calls_malicious_is_not_delivered(runtime, tmp_path):
    """Newer rules that condemned a content at one source count for its copies at all others."""
    held_elsewhere(runtime, "held", "malicious")

    delivered = deliver.deliver(runtime, tmp_path / "out", host="pacs")

    assert 2 == delivered.withheld
    assert digest_of(REPORT) not in {line["digest"] for line in lines_of(tmp_path / "out")}


def held_elsewhere(runtime, stage, verdict):
    """Have the last source hold an entry with a content that the first one has promoted."""
    columns = tables.entries.c
    with runtime.catalogue.write() as connection:
        last = connection.execute(sa.select(sa.func.max(columns.inventory_id))).scalar_one()
        notes = digest_of(b"some notes\n" * 8)
        connection.execute(
            tables.entries.update()
            .where(columns.inventory_id == last, columns.digest == notes)
            .values(stage=stage, verdict=verdict, digest=digest_of(REPORT))
        )


def test_a_delivery_leaves_the_home_verified(runtime, tmp_path):
    """The catalogue's row about a delivery follows from the ledger."""
    said = deliver.deliver(runtime, tmp_path / "out").as_json()

    assert verify.verify(runtime, deep=True).verified
    assert {
        "delivery",
        "destination",
        "files",
        "bytes",
        "manifest",
        "renamed",
        "unnamed",
        "withheld",
        "proposed",
    } == set(said)


def end_as(runtime, state):
    """Have the run of one source stand as not ended, or as ended badly."""
    changed = tables.runs.update().values(state=state.value)
    with runtime.catalogue.write() as connection:
        run = runs.latest(connection, "pacs-disk")
        connection.execute(changed.where(tables.runs.c.run_id == run.run_id))


@pytest.mark.parametrize("state", [RunState.RUNNING, RunState.FAILED])
def test_a_source_whose_run_has_not_ended_is_not_delivered(runtime, tmp_path, state):
    """Half a source is refused by name before anything is written or recorded; others pass."""
    end_as(runtime, state)
    for asked in ({}, {"host": "pacs"}, {"service": "radiology"}):
        with pytest.raises(RefusedError, match="source pacs-disk has not ended") as caught:
            deliver.deliver(runtime, tmp_path / "out", **asked)

        assert "autoclave recover" in caught.value.next_step
    assert not (tmp_path / "out").exists()
    with runtime.catalogue.read() as connection:
        assert [] == connection.execute(sa.select(tables.deliveries)).all()
    assert 2 == deliver.deliver(runtime, tmp_path / "out", service="patient-records").files


def test_a_source_that_was_never_listed_whole_is_missed_too(runtime, tmp_path):
    """A run that was cut short while it listed would leave its source out without a word."""
    with runtime.catalogue.write() as connection:
        connection.execute(tables.inventories.update().values(state="listing"))
        connection.execute(tables.runs.update().values(state="running"))

    with pytest.raises(RefusedError, match="and of 1 more has not ended"):
        deliver.deliver(runtime, tmp_path / "out")


def test_a_source_that_was_only_registered_is_no_obstacle(runtime, tmp_path):
    """Nothing of it is back yet, and nothing of it is under way."""
    (tmp_path / "mail").mkdir()
    register(runtime, a_source(tmp_path / "mail", "mail", "mail"))

    assert 7 == deliver.deliver(runtime, tmp_path / "out").files
