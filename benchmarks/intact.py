"""Counts what inspection holds of files that nobody damaged: a line for each, and tables.

    .venv/bin/python -m benchmarks.intact --each 60 FOLDER...

Of each extension as many distinct files are drawn by lot. They are judged with their names and with
all that lies inside of containers, as the main job judges them, but without rules and policy.
"""

import argparse
import hashlib
import os
import random
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from multiprocessing import get_context
from pathlib import Path

from benchmarks.damage import Judged, judged
from custody.outcome import NotScanned, Outcome, Scanned
from custody.verdict import Verdict

MOST = 8 << 20
PASSED = frozenset({Verdict.CLEAN})


def main() -> None:
    """Draw, judge, and print what is held and the tables."""
    asked = _arguments()
    paths = list(_drawn(asked.folders, asked.each, asked.seed, frozenset(asked.skip)))
    verdicts: Counter[str] = Counter()
    reasons: Counter[tuple[str, str]] = Counter()
    with get_context("fork").Pool(asked.workers) as pool:
        for path, seen in zip(paths, pool.imap(_judge, paths, chunksize=4), strict=True):
            verdicts[seen.verdict.value] += 1
            if seen.verdict in PASSED:
                continue
            told = sorted(set(_reasons(seen.outcomes)))
            reasons.update((seen.verdict.value, reason) for reason in told)
            print(seen.verdict.value, seen.media_type, ascii(str(path)), ", ".join(told))
    _tables(verdicts, reasons)


def _judge(path: Path) -> Judged:
    return judged(path.read_bytes(), path.name)


def _reasons(outcomes: Iterable[Outcome]) -> Iterator[str]:
    """Yield the rules that ask for something, each without its place."""
    for outcome in outcomes:
        if isinstance(outcome, NotScanned):
            yield "not scanned"
        elif isinstance(outcome, Scanned):
            yield from (f.rule for f in outcome.findings if f.severity.value != "info")


def _tables(verdicts: Counter[str], reasons: Counter[tuple[str, str]]) -> None:
    print("\n| verdict | files |\n|---|---|")
    for verdict, count in verdicts.most_common():
        print(f"| {verdict} | {count} |")
    print("\n| held as | rule | files |\n|---|---|---|")
    for (verdict, rule), count in sorted(reasons.items(), key=lambda item: (item[0][0], -item[1])):
        print(f"| {verdict} | `{rule}` | {count} |")


def _drawn(
    folders: Sequence[Path], each: int, seed: int, skipped: frozenset[str]
) -> Iterator[Path]:
    """Yield so many distinct files of each extension."""
    found: dict[str, list[Path]] = defaultdict(list)
    for folder in folders:
        for root, _, names in os.walk(folder):
            for name in names:
                found[_extension(name)].append(Path(root, name))
    seen: set[bytes] = set()
    for extension, paths in sorted(found.items()):
        if extension in skipped:
            continue
        random.Random(seed).shuffle(paths)
        taken = 0
        for path in paths:
            if taken == each:
                break
            digest = _digest(path)
            if digest is not None and digest not in seen:
                seen.add(digest)
                taken += 1
                yield path


def _extension(name: str) -> str:
    extension = Path(name).suffix.lower().removeprefix(".")
    return "" if extension.isdigit() or len(extension) > 8 else extension


def _digest(path: Path) -> bytes | None:
    """Return the digest of a file of moderate size; None for what is none, or cannot be read."""
    try:
        if path.is_symlink() or not path.is_file() or not 0 < path.stat().st_size <= MOST:
            return None
        return hashlib.sha256(path.read_bytes()).digest()
    except OSError:
        return None


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--each", type=int, default=60)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--skip", nargs="*", default=[])
    parser.add_argument("--workers", type=int, default=2)
    return parser.parse_args()


if __name__ == "__main__":
    main()
