"""Measures what Prefect costs a shard: processor time of its task runs beside that of its work.

    .venv/bin/python -m benchmarks.orchestration --files 20000 --packs FOLDER ...
    .venv/bin/python -m benchmarks.orchestration --growth 10000

Processor time counts, not wall time: other work on the machine changes it less. The work is that of
`recover` in-process with two sizes of tree, so that its start falls out; a task run is measured
through a served home with work that does nothing, in the flow run and in the API. `--growth` makes
the task runs of so many shards, and says how large the server is and how fast it answers meanwhile.
"""

import argparse
import json
import os
import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from benchmarks.main_job import ROOT, WORKERS, autoclave, home_with, recover
from benchmarks.trees import write_letters
from flows.runs import task_runs_open
from flows.served import Served
from flows.server import worker_environment
from pipeline.settings import RunSettings

TICKS = os.sysconf("SC_CLK_TCK")
IDLE_SECONDS = 20.0
TASK_RUNS = 300
QUARTERS = 4
LOOKS = 11
# A shard is inspected and promoted; its source is assessed once, whatever its size.
STEPS_OF_A_SHARD = 2


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--packs", type=Path, nargs="*", default=[])
    parser.add_argument("--growth", type=int, default=0, metavar="SHARDS")
    asked = parser.parse_args()
    if asked.growth:
        _growth(asked.growth)
        return
    with tempfile.TemporaryDirectory(prefix="autoclave-bench-") as folder:
        work = _work_of_a_shard(Path(folder), asked.files, asked.packs)
        with _serving(Path(folder) / "served") as (home, api):
            flow_run, server, idle = _cost_of_a_task_run(home, api)
    cost = STEPS_OF_A_SHARD * (flow_run + server)
    print("| what | processor seconds |\n|---|---|")
    print(f"| the work of one shard of {RunSettings().shard_entries:,} letters | {work:.2f} |")
    print(f"| a task run, in the flow run | {flow_run:.4f} |")
    print(f"| a task run, in the API | {server:.4f} |")
    print(f"| the API for each second that it is up | {idle:.3f} |")
    print(f"\n{STEPS_OF_A_SHARD} task runs a shard: {100 * cost / work:.1f} % of its work")


def _work_of_a_shard(folder: Path, files: int, packs: Sequence[Path]) -> float:
    """Return what each shard more costs in-process, the processes of the box included."""
    home = home_with(folder / "home", packs)
    few, many = folder / "few", folder / "many"
    write_letters(few, files // 4, median=6_500)
    write_letters(many, files)
    recover(home, few / "00000")  # compiles the rules once; later starts load them
    spent = []
    for tree in (few, many):
        before = _children_seconds()
        recover(home, tree)
        spent.append(_children_seconds() - before)
    return (spent[1] - spent[0]) / (files - files // 4) * RunSettings().shard_entries


def _cost_of_a_task_run(home: Path, api: int) -> tuple[float, float, float]:
    """Return what a task run costs the flow run and the API, and the idle API each second."""
    time.sleep(IDLE_SECONDS)
    before = _seconds_of(api)
    time.sleep(IDLE_SECONDS)
    idle = (_seconds_of(api) - before) / IDLE_SECONDS
    before, started = _seconds_of(api), time.monotonic()
    spent = _make_task_runs(home, TASK_RUNS)
    recorded = _seconds_of(api) - before - idle * (time.monotonic() - started)
    return spent / TASK_RUNS, recorded / TASK_RUNS, idle


def _make_task_runs(home: Path, count: int) -> float:
    """Make task runs, wait until they are recorded; return what they cost their maker."""
    served = Served(home=home).api()
    environment = worker_environment(home, served.url, served.auth)
    command = [sys.executable, "-m", "benchmarks.task_runs", str(count)]
    done = subprocess.run(
        command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True
    )
    while task_runs_open(served):
        time.sleep(1)
    return float(done.stdout.split()[-1])


def _growth(shards: int) -> None:
    """Print how large the server is and how fast it answers, at quarters of the shards."""
    print("| task runs | memory of the API | its database | flow runs in |\n|---|---|---|---|")
    with (
        tempfile.TemporaryDirectory(prefix="autoclave-bench-") as folder,
        _serving(Path(folder) / "served") as (home, api),
    ):
        print(_size_of_server(home, api, 0))
        quarter = STEPS_OF_A_SHARD * shards // QUARTERS
        for number in range(1, QUARTERS + 1):
            _make_task_runs(home, quarter)
            print(_size_of_server(home, api, number * quarter), flush=True)


def _size_of_server(home: Path, api: int, made: int) -> str:
    status = Path(f"/proc/{api}/status").read_text()
    (resident,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmRSS"))
    files = Served(home=home).folder.glob("prefect.db*")
    stored = sum(file.stat().st_size for file in files)
    spent = []
    for _ in range(LOOKS):
        begin = time.monotonic()
        Served(home=home).api().post("/flow_runs/filter", {"limit": 100})
        spent.append(time.monotonic() - begin)
    middle = 1000 * sorted(spent)[LOOKS // 2]
    memory, stored_mib = int(resident) // 1024, stored // 2**20
    return f"| {made:,} | {memory} MiB | {stored_mib} MiB | {middle:.0f} ms |"


@contextmanager
def _serving(home: Path) -> Iterator[tuple[Path, int]]:
    """Serve a home; yield it and the process of its API."""
    autoclave(home, "init")
    command = [sys.executable, "-m", "cli.main", "--home", str(home), "serve", "--json"]
    environment = os.environ | {"AUTOCLAVE_RUN_WORKERS": str(WORKERS)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE) as process:
        if process.stdout is None or not json.loads(process.stdout.readline())["url"]:
            raise RuntimeError("nobody serves")
        children = Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()
        yield home, min(map(int, children))  # the API is started before the worker
        process.send_signal(signal.SIGINT)


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _seconds_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:13])) / TICKS


if __name__ == "__main__":
    main()
