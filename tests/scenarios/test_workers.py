"""Several worker processes share a run; one that dies costs a lease and no more."""

import os
import signal
from pathlib import Path

import pytest

from tests.corpus.asking import ask
from tests.scenarios.conftest import Autoclave, wait_until
from tests.scenarios.model import check_history

FILES = 400


def children(pid: int) -> list[int]:
    """The processes that a process started."""
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text().split()]


def workers(pid: int) -> list[int]:
    """The worker processes of a running command."""
    found = []
    for child in children(pid):
        command = Path(f"/proc/{child}/cmdline")
        if command.exists() and b"pipeline.worker" in command.read_bytes():
            found.append(child)
    return found


def owners(home: Path) -> set[str]:
    """Everybody who ever leased a shard."""
    return {owner for (owner,) in ask(home, "select distinct owner from attempts")}


@pytest.mark.in_process("--workers is refused where Prefect drives: see flows/test_fleet.py")
@pytest.mark.slow
def test_two_workers_share_a_run(autoclave, letters):
    """Both lease shards, and what comes out is what one would have made."""
    ended = autoclave("recover", letters(FILES), "--host", "srv1", "--workers", "2", "--json")

    assert (0, FILES) == (ended.code, ended.json["promoted"]), ended.err
    assert 2 == len(owners(autoclave.home))
    assert [] == check_history(autoclave.home).faults


@pytest.mark.in_process("kills a worker that the command started")
@pytest.mark.slow
def test_a_killed_worker_leaves_its_shard_to_the_other(tmp_path, letters):
    """After kill -9 of one worker the other waits for its lease to run out and ends the run."""
    settings = (("AUTOCLAVE_RUN_SHARD_ENTRIES", "50"), ("AUTOCLAVE_RUN_LEASE_SECONDS", "2"))
    autoclave = Autoclave(home=tmp_path / "home", settings=settings)
    process = autoclave.start("recover", letters(FILES), "--host", "srv1", "--json")
    wait_until(lambda: len(workers(process.pid)) == 2 and _leased(autoclave.home))
    os.kill(workers(process.pid)[0], signal.SIGKILL)

    _, err = process.communicate(timeout=120)

    assert 0 == process.returncode, err.decode()
    assert b"a worker died" in err
    assert {"promoted"} == {entry["stage"] for entry in autoclave.listed()}
    assert [] == check_history(autoclave.home).faults


@pytest.mark.in_process("looks for workers that the command started")
@pytest.mark.slow
def test_no_worker_outlives_a_killed_run(autoclave, letters):
    """After kill -9 of the command alone its workers, and theirs, are gone."""
    process = autoclave.start("recover", letters(FILES), "--host", "srv1", "--json")
    wait_until(lambda: len(workers(process.pid)) == 2)
    left = [*workers(process.pid), *(c for w in workers(process.pid) for c in children(w))]

    process.kill()
    process.communicate()

    wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in left))


@pytest.mark.slow
def test_a_resumed_run_does_not_wait_for_the_dead(tmp_path, letters):
    """Leases of killed processes of this machine end with the next start, not after ten minutes."""
    settings = (("AUTOCLAVE_RUN_SHARD_ENTRIES", "50"), ("AUTOCLAVE_RUN_LEASE_SECONDS", "600"))
    autoclave = Autoclave(home=tmp_path / "home", settings=settings)
    source = letters(FILES)
    process = autoclave.start("recover", source, "--host", "srv1", "--json")
    wait_until(lambda: _leased(autoclave.home), 120)
    autoclave.kill(process)

    ended = autoclave("recover", source, "--host", "srv1", "--json")

    assert (0, FILES) == (ended.code, ended.json["promoted"]), ended.err


def _leased(home: Path) -> bool:
    return bool(ask(home, "select 1 from shards where state = 'leased'"))
