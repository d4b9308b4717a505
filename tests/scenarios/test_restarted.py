"""Servers that a fleet stands on are started again in the middle of a run, or put back in time.

The run ends right, or refuses with its documented code and goes on by the same command.
"""

import json
import os
import signal
import subprocess

import pytest

from flows.api import Api
from flows.served import Served
from flows.server import free_port, server_command, server_environment
from tests.corpus.neighbours import SETTINGS, first_machine, inspecting, promoted_amiss
from tests.corpus.processes import eventually
from tests.corpus.serving import first_line
from tests.scenarios.conftest import Autoclave, wait_until
from tests.scenarios.model import check_history, events

pytestmark = [
    pytest.mark.own_places("has servers of its own whatever is asked for"),
    pytest.mark.slow,
    pytest.mark.timeout(600),
]
FILES = 200


@pytest.fixture
def first(s3_users, database, tmp_path):
    """The command line over a home whose stores and catalogue are on servers."""
    return first_machine(tmp_path / "here", s3_users.with_new_buckets(), database)


def recover(source):
    """The words of the main job over a source."""
    return ("recover", source, "--host", "srv1", "--json")


def is_whole(first, ended, count):
    """Check that a run ended well, and that nothing is lost or twice."""
    assert 0 == ended.code, ended.err
    assert (count, 0) == (ended.json["promoted"], ended.json["unexplained"])
    assert [] == check_history(first.home).faults
    assert 0 == first("audit", "verify", "--deep").code
    assert [] == promoted_amiss(first.home)


def test_a_database_that_is_started_again_costs_the_same_command_again(
    first, letters, postgres_server
):
    """Its sessions are gone in the middle of a shard: exit 6 with one line; then the run ends."""
    source = letters(FILES)
    process = first.start(*recover(source))
    wait_until(lambda: inspecting(first.home), 90)
    # Back before anybody asked it again, it would cost nothing but the locks of its sessions.
    postgres_server.stop()
    _, err = process.communicate(timeout=120)
    postgres_server.start()
    said = [line for line in err.decode().splitlines() if line.startswith("autoclave: ")]

    again = first(*recover(source))

    assert (6, 1) == (process.returncode, len(said)), err.decode()
    assert "the same command" in said[0] or "that it answers us" in said[0]
    started = [e["run"] for e in events(first.home) if e["type"] == "autoclave.run.started"]
    assert [again.json["run"]] == started
    is_whole(first, again, FILES)


def test_a_database_from_a_backup_is_refused_and_rebuilt(first, letters, postgres_server, database):
    """It forgot what was published: exit 5, nothing is done on it; rebuilt, it knows all again."""
    source = letters(20)
    is_whole(first, first(*recover(source)), 20)
    backup = postgres_server.dump(database)
    (source / "new.txt").write_text("Dear colleague, one more\n")
    is_whole(first, first(*recover(source)), 21)
    before = first.listed()
    postgres_server.restore(database, backup)

    refused = first(*recover(source))

    assert 5 == refused.code, refused.err
    assert "catalogue rebuild" in refused.err
    assert 0 == first("catalogue", "rebuild").code
    assert before == first.listed()
    is_whole(first, first(*recover(source)), 21)


class PrefectServer:
    """A Prefect server of a fleet, apart from every home; started again it is the same."""

    def __init__(self, folder):
        self.place = Served(home=folder)
        self.place.make()
        self.api = Api(
            url=f"http://127.0.0.1:{free_port(0)}/api", auth=self.place.read_auth(), seconds=5
        )
        self._process = None

    def start(self):
        """Start it, and wait until it answers."""
        port = int(self.api.url.split(":")[2].removesuffix("/api"))
        with self.place.server_log.open("ab") as log:
            self._process = subprocess.Popen(
                server_command(port),
                env=server_environment(self.place, self.api.url)
                | {"PARENT_PROCESS": str(os.getpid())},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        assert eventually(self._answers, 120), self.place.server_log.read_text()

    def kill(self):
        """Kill -9 it."""
        os.killpg(self._process.pid, signal.SIGKILL)
        self._process.communicate()

    def _answers(self):
        try:
            self.api.post("/flow_runs/count", {})
        except Exception:  # noqa: BLE001  whatever it says, it is not up
            return False
        return True


@pytest.fixture
def prefect(tmp_path):
    """A Prefect server that runs."""
    server = PrefectServer(tmp_path / "prefect-server")
    server.start()
    yield server
    server.kill()


@pytest.fixture
def fleet(first, prefect):
    """The command line of a home of a fleet, and a machine that works for it."""
    settings = (
        *SETTINGS,
        ("AUTOCLAVE_ORCHESTRATOR_KIND", "fleet"),
        ("AUTOCLAVE_ORCHESTRATOR_API_URL", prefect.api.url),
        ("AUTOCLAVE_ORCHESTRATOR_AUTH_FILE", str(prefect.place.password)),
        ("AUTOCLAVE_ORCHESTRATOR_DRAINS", "1"),
    )
    autoclave = Autoclave(home=first.home, settings=settings)
    worker = autoclave.start("serve", "--json")
    assert '"way":"fleet"' in first_line(worker)
    yield autoclave
    worker.kill()
    worker.communicate()


def promoting(home):
    """Whether a shard was promoted: the run goes on while there is no server."""
    return any(e["type"] == "autoclave.promotion.done" for e in events(home))


def test_a_prefect_server_that_is_killed_and_started_again_stops_no_run(fleet, prefect, letters):
    """The flow run works on without it: the catalogue is the truth. The command sees its end."""
    process = fleet.start(*recover(letters(FILES)))
    wait_until(lambda: inspecting(fleet.home), 120)
    prefect.kill()
    wait_until(lambda: promoting(fleet.home), 120)
    prefect.start()
    out, err = process.communicate(timeout=300)

    assert 0 == process.returncode, err.decode()
    assert FILES == json.loads(out)["promoted"]
    assert [] == check_history(fleet.home).faults
    assert [] == promoted_amiss(fleet.home)
