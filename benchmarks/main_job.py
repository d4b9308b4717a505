"""Measures the main job beside the bare yara command, over the same tree and rules, in one run.

    make bench BENCH="--files 20000 --median 60000 --spread 1 --packs FOLDER ..."
    make bench BENCH="--scale --most 1000000 --packs FOLDER ..."
    make bench BENCH="--workers --packs FOLDER ..."

Without packs only the built-in rules are used by both. `--scale` measures the cost per file and the
peak memory from 1,000 to 1,000,000 small files instead; processor seconds hold what all processes
of a run used, so that they tell the cost also where other work delays it. `--workers` measures
inspection by one worker on one core, by one on all cores and by two on all cores instead.
"""

import argparse
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.peers import compile_rules, rule_files, yara_seconds
from benchmarks.trees import write_letters

ROOT = Path(__file__).parents[1]
BUILT_IN = ROOT / "sanitizers" / "rules" / "autoclave"
SCALE = (1_000, 10_000, 100_000, 1_000_000)
WORKERS = 2


def main() -> None:
    """Measure and print Markdown tables."""
    asked = _arguments()
    with tempfile.TemporaryDirectory(prefix="autoclave-bench-") as folder:
        work = Path(folder)
        print(f"Machine: {_machine()}\n")
        if asked.scale:
            _scale(work, asked.packs, [n for n in SCALE if n <= asked.most])
        elif asked.workers:
            _by_workers(work, asked)
        else:
            _beside_yara(work, asked)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--median", type=int, default=6_600, help="bytes of a file")
    parser.add_argument("--spread", type=float, default=0.6, help="of the sizes' logarithms")
    parser.add_argument("--packs", type=Path, nargs="*", default=[])
    parser.add_argument("--scale", action="store_true")
    parser.add_argument("--most", type=int, default=100_000, help="files of the largest scale")
    parser.add_argument("--workers", action="store_true")
    return parser.parse_args()


def _beside_yara(work: Path, asked: argparse.Namespace) -> None:
    tree, files = work / "tree", asked.files
    size = write_letters(tree, files, median=asked.median, spread=asked.spread)
    compiled = work / "rules.yac"
    refused = compile_rules(rule_files([BUILT_IN, *asked.packs]), compiled)
    home = home_with(work / "home", asked.packs)
    recover(home, tree / "00000")  # compiles the rules once; later starts load them
    peer = yara_seconds(compiled, tree, WORKERS)
    ours, again = recover(home, tree), recover(home, tree)
    print(f"{files:,} files, {size / 2**20:,.0f} MiB; yara leaves out {refused} rule files\n")
    print("| what | seconds | files/s | beside yara |\n|---|---|---|---|")
    for what, seconds in (
        (f"yara -r -p {WORKERS} -C", peer),
        ("autoclave recover, first run", ours["seconds"]),
        ("autoclave recover, second run", again["seconds"]),
    ):
        print(f"| {what} | {seconds:.1f} | {files / seconds:,.0f} | {peer / seconds:.2f}x |")
    print("\n| step of the first run | seconds |\n|---|---|")
    for step, seconds in ours["steps"].items():
        print(f"| {step} | {seconds:.1f} |")


def _scale(work: Path, packs: Sequence[Path], sizes: Sequence[int]) -> None:
    print("| files | seconds | ms per file | processor ms per file | peak memory |")
    print("|---|---|---|---|---|")
    for files in sizes:
        tree, home = work / f"tree-{files}", home_with(work / f"home-{files}", packs)
        write_letters(tree, files)
        before = _processor_seconds()
        seconds = recover(home, tree)["seconds"]
        spent = 1000 * (_processor_seconds() - before) / files
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        each = 1000 * seconds / files
        print(f"| {files:,} | {seconds:.1f} | {each:.2f} | {spent:.2f} | {peak:,.0f} MiB |")
        shutil.rmtree(tree)
        shutil.rmtree(home)


def _by_workers(work: Path, asked: argparse.Namespace) -> None:
    tree = work / "tree"
    write_letters(tree, asked.files, median=asked.median, spread=asked.spread)
    all_cores = os.sched_getaffinity(0)
    print("| workers | cores | seconds of inspection | as fast as the first |\n|---|---|---|---|")
    first = 0.0
    for workers, cores in ((1, {min(all_cores)}), (1, all_cores), (WORKERS, all_cores)):
        home = home_with(work / f"home-{workers}-{len(cores)}", asked.packs)
        recover(home, tree / "00000", workers)  # compiles the rules once; later starts load them
        os.sched_setaffinity(0, cores)
        seconds = recover(home, tree, workers)["steps"]["inspect"]
        os.sched_setaffinity(0, all_cores)
        first = first or seconds
        print(f"| {workers} | {len(cores)} | {seconds:.1f} | {first / seconds:.2f}x |", flush=True)


def _processor_seconds() -> float:
    """Return what the processes have used that this one started and that have ended."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def home_with(home: Path, packs: Sequence[Path]) -> Path:
    """Install packs in a home and return it."""
    for pack in packs:
        autoclave(home, "rules", "add", str(pack))
    return home


def recover(home: Path, tree: Path, workers: int = WORKERS) -> dict[str, Any]:
    """Run the main job over a tree and return its numbers."""
    out = autoclave(home, "recover", str(tree), "--workers", str(workers), "--json")
    result: dict[str, Any] = json.loads(out)
    if result["unexplained"]:
        raise RuntimeError("the run does not add up: nothing was measured")
    return result


def autoclave(home: Path, *arguments: str) -> str:
    """Run a command to its end and return what it printed."""
    command = [sys.executable, "-m", "cli.main", "--home", str(home), *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    if done.returncode not in {0, 3}:
        raise RuntimeError(done.stderr)
    return done.stdout


def _machine() -> str:
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    return (
        f"{os.cpu_count()} cores, {memory:.0f} GiB, {platform.machine()},"
        f" Linux {platform.release().split('-')[0]}, Python {platform.python_version()}"
    )


if __name__ == "__main__":
    main()
