"""What the kernel says of processes, for tests that none is left behind."""

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

PATIENCE_SECONDS = 10.0


def children_of(parent: int) -> set[int]:
    """Return the ids of all processes below one, zombies included."""
    parents = dict(_parents())
    found: set[int] = set()
    fresh = {parent}
    while fresh:
        fresh = {pid for pid, above in parents.items() if above in fresh} - found
        found |= fresh
    return found


def _parents() -> Iterator[tuple[int, int]]:
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue  # it ended meanwhile
            yield int(entry.name), int(fields[1])


def is_alive(pid: int) -> bool:
    """Whether a process runs; a zombie does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def open_descriptors() -> int:
    """Return how many descriptors this process has open."""
    return len(os.listdir("/proc/self/fd"))  # noqa: PTH208  numbers, no paths


def eventually(claim: Callable[[], bool], seconds: float = PATIENCE_SECONDS) -> bool:
    """Whether a claim becomes true within a bounded time."""
    end = time.monotonic() + seconds
    while not claim():
        if time.monotonic() > end:
            return False
        time.sleep(0.02)
    return True
