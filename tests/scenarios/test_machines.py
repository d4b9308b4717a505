"""Two machines over one catalogue and one set of buckets: shards go to whoever is free.

Each has a home of its own; the keys of both are one folder, as a mount would make it.
"""

import json
import os
import shutil
import signal
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.corpus.accounts import an_account
from tests.corpus.asking import ask
from tests.scenarios.conftest import ROOT, Autoclave, wait_until
from tests.scenarios.model import check_history

pytestmark = pytest.mark.own_places("has several machines whatever is asked for")

FILES = 500
SETTINGS = (
    ("AUTOCLAVE_RUN_SHARD_ENTRIES", "25"),
    ("AUTOCLAVE_RUN_LEASE_SECONDS", "3"),
    ("AUTOCLAVE_RUN_WORKERS", "1"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """Another machine with a home of its own over the same catalogue."""

    home: Path

    def join(self, run: str) -> subprocess.Popen[bytes]:
        """Start a worker that competes for the shards of a run."""
        environment = {k: v for k, v in os.environ.items() if not k.startswith("AUTOCLAVE_")}
        process = subprocess.Popen(
            [sys.executable, "-m", "pipeline.worker"],
            cwd=ROOT,
            env=environment | dict(SETTINGS),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            start_new_session=True,
        )
        asked = {"home": str(self.home), "run": run, "unsafe": False, "parent": os.getpid()}
        process.stdin.write(json.dumps(asked).encode())
        process.stdin.close()
        process.stdin = None
        return process


@pytest.fixture
def machines(gateway, database, tmp_path):
    """A command line over one home, and another machine beside it."""
    here, there = tmp_path / "here", tmp_path / "there"
    account = an_account(gateway)
    account.write_settings(here)
    database.write_settings(here)
    account.make_buckets(here)
    autoclave = Autoclave(home=here, settings=SETTINGS)
    assert 0 == autoclave("init").code
    there.mkdir(mode=0o700)
    shutil.copy(here / "autoclave.toml", there)
    shutil.copytree(here / "credentials", there / "credentials")
    (there / "keys").symlink_to(here / "keys")
    return autoclave, Machine(home=there)


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_a_machine_that_dies_in_the_middle_of_a_shard_loses_and_repeats_nothing(machines, letters):
    """Both lease shards side by side; what the dead one had is done again by the other, once."""
    autoclave, other = machines
    process = autoclave.start("recover", letters(FILES), "--host", "srv1", "--json")
    wait_until(lambda: inspecting(autoclave.home), 60)
    ((run,),) = ask(autoclave.home, "select run_id from runs")
    joined = other.join(run)
    wait_until(lambda: len(owners(autoclave.home, done=True)) == 2, 120)
    wait_until(lambda: str(joined.pid) in leasing(autoclave.home), 60)
    os.killpg(joined.pid, signal.SIGKILL)
    joined.communicate()

    out, err = process.communicate(timeout=400)

    assert 0 == process.returncode, err.decode()
    assert FILES == json.loads(out)["promoted"]
    assert 2 == len(owners(autoclave.home, done=False))
    assert [] == check_history(autoclave.home).faults
    assert 0 == autoclave("audit", "verify", "--deep").code
    twice = "select digest from promotions group by digest having count(*) > 1"
    assert [] == ask(autoclave.home, twice)


def inspecting(home: Path) -> bool:
    """Whether the inventory is listed and the first shard is at work."""
    return bool(ask(home, "select 1 from attempts"))


def owners(home: Path, *, done: bool) -> set[str]:
    """Who leased shards, or ended them."""
    where = "where outcome = 'done'" if done else ""
    return {owner for (owner,) in ask(home, f"select distinct owner from attempts {where}")}


def leasing(home: Path) -> set[str]:
    """The processes that have a shard now."""
    found = ask(home, "select owner from shards where state = 'leased'")
    return {owner.rpartition(":")[2] for (owner,) in found}
