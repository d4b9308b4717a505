"""Two machines over one catalogue and one set of buckets: shards go to whoever is free.

One dies, is cut off from the buckets, or has no room left: the other ends the run, and what comes
out is what one machine alone would have made.
"""

import json
import os
import re
import signal
import time
from urllib.parse import urlsplit

import pytest

from tests.corpus.asking import ask
from tests.corpus.cutting import Wire
from tests.corpus.machines import ROOT_ONLY, small_disk
from tests.corpus.neighbours import (
    first_machine,
    inspecting,
    leasing,
    neighbour,
    owners,
    promoted_amiss,
)
from tests.scenarios.conftest import wait_until
from tests.scenarios.model import check_history

pytestmark = [
    pytest.mark.own_places("has several machines whatever is asked for"),
    pytest.mark.slow,
    pytest.mark.timeout(600),
]
FILES = 400


@pytest.fixture
def first(s3_users, database, tmp_path):
    """The command line over the first machine's home."""
    return first_machine(tmp_path / "here", s3_users.with_new_buckets(), database)


@pytest.fixture
def wire(gateway):
    """A way to the buckets that can be cut."""
    found = Wire(urlsplit(gateway.endpoint).port)
    yield found
    found.end()


def begin(first, source):
    """Start a recovery on the first machine; return it and its run when shards are at work."""
    process = first.start("recover", source, "--host", "srv1", "--json")
    wait_until(lambda: process.poll() is not None or inspecting(first.home), 90)
    ((run,),) = ask(first.home, "select run_id from runs")
    return process, run


def works(first, worker):
    """Wait until a worker has ended a shard and holds another."""
    wait_until(lambda: len(owners(first.home, done=True)) == 2, 120)
    wait_until(lambda: str(worker.pid) in leasing(first.home), 60)


def ends_whole(first, process, count):
    """Check that the first machine's command ends well, and that nothing is lost or twice."""
    out, err = process.communicate(timeout=400)
    assert 0 == process.returncode, err.decode()
    assert (count, 0) == (json.loads(out)["promoted"], json.loads(out)["unexplained"])
    assert 2 == len(owners(first.home, done=False))
    assert [] == check_history(first.home).faults
    assert 0 == first("audit", "verify", "--deep").code
    assert [] == promoted_amiss(first.home)


def test_a_machine_that_dies_in_the_middle_of_a_shard_loses_and_repeats_nothing(
    first, letters, tmp_path
):
    """Both lease shards side by side; what the dead one had is done again by the other, once."""
    other = neighbour(first.home, tmp_path / "there")
    process, run = begin(first, letters(FILES))
    joined = other.join(run)
    works(first, joined)
    os.killpg(joined.pid, signal.SIGKILL)
    joined.communicate()

    ends_whole(first, process, FILES)


def test_a_machine_that_is_cut_off_from_the_buckets_gives_its_shards_back(
    first, letters, tmp_path, wire
):
    """Cut for good it ends with exit 6's error, soon, and the other machine does its shards."""
    other = neighbour(first.home, tmp_path / "there", endpoint=f"https://127.0.0.1:{wire.port}")
    process, run = begin(first, letters(FILES))
    joined = other.join(run)
    works(first, joined)
    wire.cut()
    out, _ = joined.communicate(timeout=120)

    told = json.loads(out)
    assert (1, "StoreError") == (joined.returncode, told["error"])
    # Refused, or broken at its beginning or later: never a matter of certificates.
    assert re.search(
        "the store cannot be reached|the connection to the store broke", told["reason"]
    )
    assert wire.carried > 0
    ends_whole(first, process, FILES)


def test_a_short_cut_is_bridged(first, letters, tmp_path, wire):
    """A second without a network costs that second: what failed for it is tried again."""
    other = neighbour(first.home, tmp_path / "there", endpoint=f"https://127.0.0.1:{wire.port}")
    process, run = begin(first, letters(FILES))
    joined = other.join(run)
    works(first, joined)
    wire.cut()
    time.sleep(1)
    wire.mend()
    out, _ = joined.communicate(timeout=300)

    assert 0 == joined.returncode, out
    ends_whole(first, process, FILES)


@ROOT_ONLY
def test_a_machine_whose_disk_is_full_gives_its_shards_back(first, tmp_path):
    """The one without room says so and ends; the other machine does its shards."""
    source = tmp_path / "source"
    source.mkdir()
    for n in range(120):
        (source / f"{n:03}.txt").write_bytes(b"%08d a line of a long report\n" % n * 10_000)
    with small_disk(tmp_path / "disk", "200k") as disk:
        other = neighbour(first.home, disk / "home")
        process, run = begin(first, source)
        joined = other.join(run)
        out, _ = joined.communicate(timeout=120)

        told = json.loads(out)
        assert (1, "StoreError") == (joined.returncode, told["error"])
        assert "full" in told["reason"]
        ends_whole(first, process, 120)
