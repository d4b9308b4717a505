"""Measures the main job beside the bare yara command, over the same tree and rules, in one run.

    make bench BENCH="--files 20000 --median 60000 --spread 1 --packs FOLDER ... --scale"

Without packs only the built-in rules are used by both. `--scale` adds the cost per file and the
peak memory from 1,000 to 100,000 small files.
"""

import argparse
import json
import os
import platform
import resource
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
SCALE = (1_000, 10_000, 100_000)
WORKERS = 2


def main() -> None:
    """Measure and print Markdown tables."""
    asked = _arguments()
    with tempfile.TemporaryDirectory(prefix="autoclave-bench-") as folder:
        work = Path(folder)
        print(f"Machine: {_machine()}\n")
        _beside_yara(work, asked)
        if asked.scale:
            _scale(work, asked.packs)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=20_000)
    parser.add_argument("--median", type=int, default=6_600, help="bytes of a file")
    parser.add_argument("--spread", type=float, default=0.6, help="of the sizes' logarithms")
    parser.add_argument("--packs", type=Path, nargs="*", default=[])
    parser.add_argument("--scale", action="store_true")
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


def _scale(work: Path, packs: Sequence[Path]) -> None:
    print("\n| files | seconds | ms per file | peak memory of one process |\n|---|---|---|---|")
    for files in SCALE:
        tree = work / f"tree-{files}"
        write_letters(tree, files)
        ours = recover(home_with(work / f"home-{files}", packs), tree)
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        seconds = ours["seconds"]
        print(f"| {files:,} | {seconds:.1f} | {1000 * seconds / files:.2f} | {peak:,.0f} MiB |")


def home_with(home: Path, packs: Sequence[Path]) -> Path:
    """Install packs in a home and return it."""
    for pack in packs:
        autoclave(home, "rules", "add", str(pack))
    return home


def recover(home: Path, tree: Path) -> dict[str, Any]:
    """Run the main job over a tree and return its numbers."""
    out = autoclave(home, "recover", str(tree), "--workers", str(WORKERS), "--json")
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
