"""Kills what works on a home that Prefect drives, as a power cut does."""

import contextlib
import json
import os
import signal
from collections.abc import Iterable
from pathlib import Path

from flows.runs import mark_crashed
from flows.served import Served
from tests.corpus.processes import children_of, eventually

# How long a worker may take to notice that a flow run of its own died.
TOLD_SECONDS = 20.0
WORKING = ("RUNNING", "PENDING", "CANCELLING")


def flow_processes(home: Path) -> set[int]:
    """Return the processes of the flow runs of a home, and what they started; often none."""
    try:
        serving = int(json.loads((home / "prefect" / "served.json").read_text())["pid"])
    except FileNotFoundError:
        return set()
    workers = [pid for pid in children_of(serving) if b"flows.worker" in _command(pid)]
    return {pid for worker in workers for pid in children_of(worker)}


def kill_work(home: Path) -> None:
    """Kill -9 the flow runs of a home, where it is served, and wait until Prefect knows.

    A worker that was killed with them would know nothing, and mark nothing.
    """
    found = flow_processes(home)
    if not found:
        return
    _kill(found)
    api = Served(home=home).api()
    wanted = {"flow_runs": {"state": {"type": {"any_": list(WORKING)}}}}
    if not eventually(lambda: api.post("/flow_runs/count", wanted) == 0, TOLD_SECONDS):
        _kill(flow_processes(home))
        mark_crashed(api, WORKING, "it was killed")


def _kill(processes: Iterable[int]) -> None:
    for pid in processes:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


def _command(pid: int) -> bytes:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:
        return b""
