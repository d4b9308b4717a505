"""What care waits for is in the clean zone before the rest is listed, through stops and changes."""

import json
import threading
from dataclasses import replace

import pytest
import sqlalchemy as sa

from audit.event import event_of
from catalogue import entries, ledger_tables, sources, tables, waves
from catalogue.shards import Step
from custody.digest import digest_of
from custody.errors import InterruptedRunError
from custody.lifecycle import Stage
from custody.source import LAST_WAVE
from pipeline.deciding.decisions import release
from pipeline.rebuilding import rebuild
from pipeline.recover import Recovery
from pipeline.start import Request, enter_wave, register
from pipeline.wiring import open_runtime
from tests.corpus.homes import EICAR, a_person, a_source

LISTED, PROMOTED = "autoclave.inventory.completed", "autoclave.promotion.done"


@pytest.fixture
def hospital(runtime, tmp_path):
    """Two disks with a letter each; the second one is of wave 1."""
    made = []
    for name, wave in (("archive", LAST_WAVE), ("scanner", 1)):
        (tmp_path / name).mkdir()
        (tmp_path / name / "letter.txt").write_text(f"a letter of {name}\n" * 20)
        made.append(replace(a_source(tmp_path / name, name), wave=wave))
        register(runtime, made[-1])
    return tuple(made)


def recovery(runtime, hospital, **changes):
    """The main job over both disks."""
    request = Request(sources=hospital)
    return Recovery(runtime=runtime, request=request, **{"stop": threading.Event()} | changes)


def told(runtime):
    """Which source was listed and promoted in which order, of the newest run."""
    with runtime.catalogue.read() as connection:
        rows = connection.execute(
            sa.select(ledger_tables.ledger_entries.c.body).order_by(
                ledger_tables.ledger_entries.c.seq
            )
        ).scalars()
        events = [json.loads(event_of(body)) for body in rows]
        run_id = [event["run"] for event in events if event["type"] == LISTED][-1]
        owners = sources.of_run(connection, run_id)
        shard = tables.shards.c
        of_shard = dict(connection.execute(sa.select(shard.shard_id, shard.inventory_id)).all())
    found = []
    for event in events:
        if event["run"] == run_id and event["type"] in {LISTED, PROMOTED}:
            subject = event["subject"]
            inventory_id = subject.get("inventory") or of_shard[subject["shard"]]
            found.append((event["type"], owners[inventory_id].host))
    return found


WAVE_BY_WAVE = [(LISTED, "scanner"), (PROMOTED, "scanner"), (LISTED, "archive")]


def test_the_urgent_wave_is_promoted_before_the_next_is_listed(runtime, hospital):
    """Named last, it is listed first, and through before the archive is looked at."""
    entered = []

    ended = recovery(runtime, hospital, entered=entered.append).run()

    assert [*WAVE_BY_WAVE, (PROMOTED, "archive")] == told(runtime)
    assert ([1, LAST_WAVE], 2, 0) == (entered, ended.equation.listed, ended.equation.unexplained)


def test_a_run_that_was_stopped_between_waves_goes_on_with_the_next(runtime, hospital):
    """What was listed is worked off before anything else is listed, and nothing is done twice."""
    stop = threading.Event()

    def stop_at_the_last(wave):
        if wave == LAST_WAVE:
            stop.set()

    with pytest.raises(InterruptedRunError):
        recovery(runtime, hospital, stop=stop, entered=stop_at_the_last).run()
    runtime.ledger.publish()
    before = told(runtime)
    ended = recovery(runtime, hospital).run()

    assert WAVE_BY_WAVE[:2] == before
    assert [*WAVE_BY_WAVE, (PROMOTED, "archive")] == told(runtime)
    assert (2, 2) == (ended.equation.listed, ended.as_json()["promoted"])


def test_a_source_that_becomes_urgent_meanwhile_goes_through_all_steps_before_the_rest(
    runtime, hospital, tmp_path
):
    """It is promoted while half of the archive is not inspected yet."""
    (tmp_path / "archive" / "second.txt").write_text("another letter of archive\n" * 20)
    ids = [source.source_id for source in hospital]
    enter_wave(runtime, ids, 2)
    steps = []

    def around(step, lease, work):
        with runtime.catalogue.read() as connection:
            owner = sources.of_run(connection, lease.run_id)[lease.inventory_id]
        steps.append((step.value, owner.host))
        if len(steps) == 1:
            enter_wave(runtime, ids[1:], 1)
        work()

    small = replace(runtime.settings.run, workers=1, shard_entries=1)
    alone = replace(runtime, settings=replace(runtime.settings, run=small))
    ended = recovery(alone, hospital, around=around).run()

    of_scanner = [(step, "scanner") for step in ("inspect", "assess", "promote")]
    rest = ["inspect", "assess", "promote", "promote"]
    assert [("inspect", "archive"), *of_scanner, *((step, "archive") for step in rest)] == steps
    assert (3, 0) == (ended.as_json()["promoted"], ended.equation.unexplained)


def test_a_source_that_becomes_urgent_while_another_is_assessed_is_worked_off_next(
    runtime, hospital
):
    """Nothing of it is assessed before it is inspected, and what is in hand is ended."""
    ids = [source.source_id for source in hospital]
    enter_wave(runtime, ids[:1], 2)
    enter_wave(runtime, ids[1:], 3)
    steps = []

    def around(step, lease, work):
        with runtime.catalogue.read() as connection:
            owner = sources.of_run(connection, lease.run_id)[lease.inventory_id]
        steps.append((step.value, owner.host))
        if step is Step.ASSESS:
            enter_wave(runtime, ids[1:], 1)
        work()

    recovery(runtime, hospital, around=around).run()

    order = ("inspect", "assess", "promote")
    assert [(step, host) for host in ("archive", "scanner") for step in order] == steps


@pytest.mark.timeout(60)
def test_what_is_released_after_its_source_was_moved_passes(runtime, hospital, tmp_path):
    """Its shards are of the wave where the source stands now: it is not waited for without end."""
    (tmp_path / "archive" / "virus.txt").write_bytes(EICAR)
    recovery(runtime, hospital).run()
    enter_wave(runtime, [source.source_id for source in hospital], 1)
    until = runtime.clock().replace(year=2099, month=1, day=1)
    digest = digest_of(EICAR)

    release(runtime, digest, a_person(runtime, tmp_path, "anna"), until)
    done = release(runtime, digest, a_person(runtime, tmp_path, "bert"), until)

    with runtime.catalogue.read() as connection:
        found = {entry.stage for entry in entries.by_digest(connection, digest)}
    assert (True, {Stage.PROMOTED}) == (done.effective, found)


def test_the_rebuilt_catalogue_knows_the_waves(settings, tmp_path):
    """Who comes first stands in the ledger, so it survives the loss of the database."""
    (tmp_path / "disk").mkdir()
    (tmp_path / "disk" / "letter.txt").write_text("a letter\n")
    disk = a_source(tmp_path / "disk", "scanner")
    with open_runtime(settings) as runtime:
        register(runtime, disk)
        enter_wave(runtime, [disk.source_id], 3)
    rebuild.rebuild(settings)

    with open_runtime(settings) as runtime, runtime.catalogue.read() as connection:
        assert 3 == sources.get(connection, disk.source_id).wave


def test_a_run_without_waves_is_one_wave(runtime, hospital):
    """Sources that nobody put into a wave are listed and drained together, as they are named."""
    enter_wave(runtime, [source.source_id for source in hospital], LAST_WAVE)
    entered = []

    recovery(runtime, hospital, entered=entered.append).run()

    assert [(LISTED, "archive"), (LISTED, "scanner")] == told(runtime)[:2]
    assert [LAST_WAVE] == entered
    with runtime.catalogue.read() as connection:
        run_id = connection.execute(sa.select(sa.func.max(tables.runs.c.run_id))).scalar_one()
        assert waves.next_of(connection, run_id) is None
