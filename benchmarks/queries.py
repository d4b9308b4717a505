"""Measures how long people wait for `status`, `list` and `show` on a home that has run.

    python -m benchmarks.queries --home HOME [--times 40]

Each command runs in this process, without the interpreter's start. What the one before left behind
is collected in between: a user's command has a process of its own.
"""

import argparse
import contextlib
import gc
import io
import json
import math
import time
from collections.abc import Sequence
from pathlib import Path

from cli.main import main as autoclave

ANSWERED = {0, 3}


def main() -> None:
    """Measure and print a Markdown table."""
    asked = _arguments()
    first = json.loads(_run(asked.home, ["list", "--limit", "1", "--json"])[0].splitlines()[0])
    print("| what | median | 95 % below |\n|---|---|---|")
    for words in (
        ["status"],
        ["list", "--limit", "100"],
        ["holds"],
        ["show", first["digest"]],
        ["show", first["path"]],
    ):
        spent = sorted(_run(asked.home, words)[1] for _ in range(asked.times))
        median, late = spent[len(spent) // 2], spent[math.ceil(len(spent) * 0.95) - 1]
        told = f"{words[0]} {'DIGEST' if words[-1] == first['digest'] else ' '.join(words[1:])}"
        print(f"| {told.strip()} | {1000 * median:.0f} ms | {1000 * late:.0f} ms |")


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--times", type=int, default=40)
    return parser.parse_args()


def _run(home: Path, words: Sequence[str]) -> tuple[str, float]:
    """Run a command; return what it printed and the seconds that it took."""
    out = io.StringIO()
    gc.collect()
    begin = time.perf_counter()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(io.StringIO()):
        code = autoclave([*words, "--home", str(home)])
    spent = time.perf_counter() - begin
    if code not in ANSWERED:
        raise RuntimeError(f"{words[0]} ended with {code}: nothing was measured")
    return out.getvalue(), spent


if __name__ == "__main__":
    main()
