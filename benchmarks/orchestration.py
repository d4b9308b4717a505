"""Measures what Prefect costs: the same tree recovered in-process and on a served home, in one run.

    .venv/bin/python -m benchmarks.orchestration --files 20000 --packs FOLDER ...

Processor time counts, not wall time: other work on the machine changes it little. What a start
costs is measured with a third of the files and taken off, so that what is left is the cost of the
shards, of the default size.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.main_job import ROOT, WORKERS, autoclave, home_with, recover
from benchmarks.trees import write_letters

TICKS = os.sysconf("SC_CLK_TCK")
IDLE_SECONDS = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Cost:
    """What a recovery cost: processor seconds of all its processes, of the API, and wall seconds.

    `idle` is what the API would have used up in that time doing nothing.
    """

    work: float
    api: float
    idle: float
    wall: float


def main() -> None:
    """Measure and print a Markdown table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--packs", type=Path, nargs="*", default=[])
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="autoclave-bench-") as folder:
        work = Path(folder)
        tree, third = work / "tree", work / "third"
        write_letters(tree, asked.files)
        write_letters(third, asked.files // 3, seed=11)
        home = home_with(work / "plain", asked.packs)
        recover(home, third / "00000")  # compiles the rules once; later starts load them
        plain = [_in_process(home, each) for each in (third, tree)]
        home = home_with(work / "served", asked.packs)
        recover(home, third / "00000")
        with _serving(home) as (worker, api):
            served = [_on_served(home, each, worker, api) for each in (third, tree)]
    _report(asked.files, plain, served)


def _in_process(home: Path, tree: Path) -> Cost:
    before, started = _children_seconds(), time.monotonic()
    recover(home, tree)
    return Cost(work=_children_seconds() - before, api=0, idle=0, wall=time.monotonic() - started)


def _on_served(home: Path, tree: Path, worker: int, api: int) -> Cost:
    rate = _idle_rate(api)
    before = (_children_seconds(), _tree_seconds(worker), _tree_seconds(api))
    started = time.monotonic()
    autoclave(home, "recover", str(tree), "--json")
    time.sleep(2)  # the worker reaps its flow runs
    wall = time.monotonic() - started
    own, flows, server = (
        now - then
        for now, then in zip(
            (_children_seconds(), _tree_seconds(worker), _tree_seconds(api)), before, strict=True
        )
    )
    return Cost(work=own + flows, api=server, idle=rate * wall, wall=wall)


@contextmanager
def _serving(home: Path) -> Iterator[tuple[int, int]]:
    """Serve a home; yield the processes of worker and API."""
    command = [sys.executable, "-m", "cli.main", "--home", str(home), "serve", "--json"]
    environment = os.environ | {"AUTOCLAVE_RUN_WORKERS": str(WORKERS)}
    with subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE) as process:
        if process.stdout is None or not json.loads(process.stdout.readline())["url"]:
            raise RuntimeError("nobody serves")
        api, worker = sorted(_children(process.pid))
        yield worker, api
        process.send_signal(signal.SIGINT)


def _report(files: int, plain: list[Cost], served: list[Cost]) -> None:
    print("| what | work, s | API, s | of it idle, s | wall, s |\n|---|---|---|---|---|")
    for what, cost in (
        ("in-process, a third", plain[0]),
        (f"in-process, {files:,} files", plain[1]),
        ("served, a third", served[0]),
        (f"served, {files:,} files", served[1]),
    ):
        print(f"| {what} | {cost.work:.1f} | {cost.api:.1f} | {cost.idle:.1f} | {cost.wall:.1f} |")
    useful = plain[1].work - plain[0].work
    more = (served[1].work - served[0].work) - useful
    recorded = (served[1].api - served[1].idle) - (served[0].api - served[0].idle)
    print(
        f"\nshards: {useful:.1f} s of work; Prefect in the flow runs {100 * more / useful:.1f} %,"
    )
    print(f"in its API {100 * recorded / useful:.1f} %")


def _children_seconds() -> float:
    used = os.times()
    return used.children_user + used.children_system


def _tree_seconds(pid: int) -> float:
    """Return the processor seconds of a process, its living children and those it has reaped."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    own = sum(map(int, fields[11:15])) / TICKS
    return own + sum(_tree_seconds(child) for child in _children(pid))


def _children(pid: int) -> set[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return {int(child) for each in tasks for child in each.read_text().split()}


def _idle_rate(api: int) -> float:
    time.sleep(IDLE_SECONDS / 2)
    before = _tree_seconds(api)
    time.sleep(IDLE_SECONDS)
    return (_tree_seconds(api) - before) / IDLE_SECONDS


if __name__ == "__main__":
    main()
