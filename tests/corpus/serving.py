"""A home that is really served: the command started, its API asked as Prefect's pages ask it."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from flows.api import Api
from flows.runs import ENDED, trigger
from tests.corpus.processes import is_alive
from tests.scenarios.conftest import Autoclave

START_SECONDS = 150.0
# With room for a minute in which the server waits for its own database.
RUN_SECONDS = 180.0


@dataclass(slots=True)
class ServedHome:
    """`autoclave serve` over one home, and what is needed to look at it from outside."""

    autoclave: Autoclave
    process: subprocess.Popen[bytes] | None = None
    told: dict[str, Any] = field(default_factory=dict)

    @property
    def home(self) -> Path:
        """The home."""
        return self.autoclave.home

    @property
    def api(self) -> Api:
        """The API, with its password."""
        auth = (self.home / "prefect" / "api.auth").read_text()
        return Api(url=self.told["url"], auth=auth)

    def start(self, **environment: str) -> dict[str, Any]:
        """Serve, and return what is told when it is ready."""
        settings = (*self.autoclave.settings, *environment.items())
        starter = replace(self.autoclave, settings=settings)
        self.process = starter.start("serve", "--json")
        line = first_line(self.process)
        assert line, self.process.communicate()[1].decode() + self.logs()
        self.told = json.loads(line)
        return self.told

    def stop(self) -> int:
        """End it as Ctrl-C does, and return its exit code."""
        self.process.send_signal(signal.SIGINT)
        self.process.communicate(timeout=120)
        return self.process.returncode

    def kill(self) -> None:
        """Kill the command alone; what it started has to notice by itself."""
        self.process.kill()
        self.process.communicate()

    def logs(self) -> str:
        """What the servers wrote."""
        return "".join(p.read_text() for p in sorted((self.home / "prefect").glob("*.log")))

    def begin(self, deployment: str, parameters: Mapping[str, Any]) -> str:
        """Trigger a deployment; returns the flow run."""
        return trigger(self.api, deployment, parameters).run_id

    def ended(self, flow_run: str, seconds: float = RUN_SECONDS) -> dict[str, Any]:
        """Wait for the end of a flow run and return it as the API has it."""
        return self.reached(flow_run, ENDED, seconds)

    def reached(
        self, flow_run: str, states: frozenset[str], seconds: float = RUN_SECONDS
    ) -> dict[str, Any]:
        """Wait until a flow run stands in one of some states and return it."""
        end = time.monotonic() + seconds
        while (found := self.api.get(f"/flow_runs/{flow_run}"))["state_type"] not in states:
            assert time.monotonic() < end, (found["state"], self.logs())
            time.sleep(0.2)
        return found

    def flow_runs(self, tag: str) -> list[dict[str, Any]]:
        """Return the flow runs with a tag."""
        return self.api.post("/flow_runs/filter", {"flow_runs": {"tags": {"all_": [tag]}}})

    def artifacts(self, flow_run: str) -> dict[str, Any]:
        """Return what a flow run shows, by kind."""
        wanted = {"artifacts": {"flow_run_id": {"any_": [flow_run]}}}
        return {a["type"]: a["data"] for a in self.api.post("/artifacts/filter", wanted)}

    def processes(self) -> set[int]:
        """Return every process that works for this home: its place is in their environment."""
        own = str(self.home).encode()
        return {pid for pid, environ in _environments() if own in environ and is_alive(pid)}


def first_line(process: subprocess.Popen[bytes]) -> str:
    """Return the first line that a process prints on stdout, or nothing when it ends before."""
    os.set_blocking(process.stdout.fileno(), False)
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        line = process.stdout.readline()
        if line:
            return line.decode()
        if process.poll() is not None:
            return ""
        time.sleep(0.1)
    return ""


def _environments() -> Iterator[tuple[int, bytes]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            try:
                yield int(entry.name), (entry / "environ").read_bytes()
            except OSError:
                continue  # it ended meanwhile, or is another user's
