"""A shard whose containers hold too much for one is split, and ends as if it had been small."""

from dataclasses import replace

import sqlalchemy as sa

from catalogue import tables
from catalogue.shards import Step
from pipeline.proving import verify
from tests.corpus.containers import EICAR_ARCHIVE, NOTE, archive
from tests.corpus.homes import a_source, recover

ARCHIVES, MEMBERS = 6, 4


def a_disk(folder):
    """Archives with members of their own, a virus in the last, and a letter beside them."""
    folder.mkdir()
    for n in range(ARCHIVES):
        members = {f"{m}.txt": NOTE + b"%d %d\n" % (n, m) for m in range(MEMBERS)}
        (folder / f"{n}.zip").write_bytes(archive(members))
    (folder / "bad.zip").write_bytes(archive({"a.zip": EICAR_ARCHIVE}))
    (folder / "letter.txt").write_bytes(b"a letter\n")
    return folder


def bounded(runtime, **bounds):
    """A runtime whose shards bear so much."""
    run = replace(runtime.settings.run, **bounds)
    return replace(runtime, settings=replace(runtime.settings, run=run))


def shards(runtime, run_id):
    """The entries of the run's shards that were inspected, and of those that were split."""
    columns = tables.shards.c
    with runtime.catalogue.read() as connection:
        rows = connection.execute(
            sa.select(columns.entries, columns.state).where(
                columns.run_id == run_id, columns.step == Step.INSPECT.value
            )
        ).all()
    states = {state: sorted(n for n, s in rows if s == state) for _, state in rows}
    return states.get("done", []), states.get("split", [])


def test_a_shard_that_holds_too_many_parts_is_split(runtime, tmp_path):
    """Down to single archives, whatever the bound, and with nothing lost or told apart."""
    source = a_source(a_disk(tmp_path / "disk"), "split")

    result = recover(bounded(runtime, shard_parts=MEMBERS + 1), source)

    done, split = shards(runtime, result.run_id)
    assert (ARCHIVES + 2, True) == (sum(done), split != [])
    assert {"clean": ARCHIVES + 1, "malicious": 1} == result.verdicts
    assert 0 == result.equation.unexplained
    assert () == verify.verify(runtime, deep=True).faults


def test_a_single_archive_is_taken_apart_whatever_the_bound(runtime, tmp_path):
    """What cannot be split is bounded by the limits of its root alone; no attempt is lost on it."""
    source = a_source(a_disk(tmp_path / "disk"), "bytes")

    result = recover(bounded(runtime, shard_part_bytes=1), source)

    done, split = shards(runtime, result.run_id)
    assert (ARCHIVES + 2, True) == (sum(done), split != [])
    assert max(done) <= 2
    assert {"clean": ARCHIVES + 1, "malicious": 1} == result.verdicts


def test_a_shard_within_its_bounds_stays_whole(runtime, tmp_path):
    """What is not too much for one shard is worked on in one."""
    source = a_source(a_disk(tmp_path / "disk"), "whole")

    result = recover(bounded(runtime, shard_parts=2 * ARCHIVES * MEMBERS), source)

    assert ([ARCHIVES + 2], []) == shards(runtime, result.run_id)
