"""Several workers compete for the shards of one run; one that is killed costs its shards' time."""

import os
import signal
import sqlite3
from contextlib import closing

import pytest

from tests.corpus.processes import eventually
from tests.corpus.serving import ServedHome, first_line
from tests.integration.flows.conftest import LARGE
from tests.scenarios.conftest import Autoclave
from tests.scenarios.model import check_history

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@pytest.fixture
def second(served):
    """A second worker of the same pool, as a machine of a fleet starts it; killed at the end."""
    if served.process.poll() is not None:
        served.start()
    settings = (
        *served.autoclave.settings,
        ("AUTOCLAVE_ORCHESTRATOR_KIND", "fleet"),
        ("AUTOCLAVE_ORCHESTRATOR_API_URL", served.api.url),
        ("AUTOCLAVE_ORCHESTRATOR_AUTH_FILE", str(served.home / "prefect" / "api.auth")),
        ("AUTOCLAVE_SERVE_QUEUES", "shards"),
    )
    process = Autoclave(home=served.home, settings=settings).start("serve", "--json")
    assert '"way":"fleet"' in first_line(process)
    yield process
    process.kill()
    process.communicate()


def test_workers_share_a_run_and_one_that_dies_is_not_missed(served, second, sources):
    """A stalled owner is overtaken and changes nothing late; one killed is not missed either."""
    process = served.autoclave.start("recover", sources["large"], "--json")
    begun = eventually(lambda: len(owners(served)) == 1, seconds=60)
    (first,) = owners(served)
    pid = int(first.rpartition(":")[2])
    os.kill(pid, signal.SIGSTOP)
    try:
        shared = eventually(lambda: len(owners(served)) > 1, seconds=90)
    finally:
        os.kill(pid, signal.SIGCONT)
    second.kill()
    out, err = process.communicate(timeout=150)

    assert (True, True, 0) == (begun, shared, process.returncode), err.decode()
    assert f'"promoted":{LARGE + 1},' in out.decode()
    assert [] == check_history(served.home).faults


def owners(served: ServedHome) -> set[str]:
    """Who has worked on shards of the latest run."""
    query = (
        "select distinct attempts.owner from attempts join shards using (shard_id)"
        " where run_id = (select max(run_id) from runs)"
    )
    with closing(sqlite3.connect(served.home / "catalogue.sqlite", timeout=30)) as connection:
        return {owner for (owner,) in connection.execute(query)}
