"""Several workers at once: processes of this machine that drain one run together."""

import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

from custody.errors import AutoclaveError, InterruptedRunError
from sandbox.programs import decode_error

logger = logging.getLogger(__name__)

LOOK_SECONDS = 0.05
END_SECONDS = 120.0

Process = subprocess.Popen[bytes]


def drain_together(
    home: Path, run_id: str, *, count: int, unsafe: bool, stop: threading.Event
) -> dict[str, float]:
    """Drain a run with some worker processes and return the seconds of each step.

    A worker that is killed costs a lease and no more; what one is refused with ends them all.

    Raises:
        AutoclaveError: what ended a worker; the same command goes on later.
        InterruptedRunError: `stop` was set.
    """
    asked = {"home": str(home), "run": run_id, "unsafe": unsafe, "parent": os.getpid()}
    processes = [_start(json.dumps(asked).encode()) for _ in range(count)]
    try:
        _wait(processes, stop)
    finally:
        answers = [_end(process) for process in processes]
    for answer in answers:
        if answer is not None and "error" in answer:
            raise decode_error(answer)
    if stop.is_set():
        raise InterruptedRunError("the run was stopped", next_step="run the same command again")
    return _slowest([answer for answer in answers if answer is not None])


def _start(asked: bytes) -> Process:
    process = subprocess.Popen(
        [sys.executable, "-m", "pipeline.worker"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    if process.stdin is None:
        raise RuntimeError("a worker is told what to do on its stdin")
    process.stdin.write(asked)
    process.stdin.close()
    process.stdin = None
    return process


def _wait(processes: Sequence[Process], stop: threading.Event) -> None:
    """Wait until all have ended, one was refused, or somebody wants the run to stop."""
    while not stop.is_set():
        codes = [process.poll() for process in processes]
        if None not in codes or 1 in codes:
            return
        time.sleep(LOOK_SECONDS)


def _end(process: Process) -> Mapping[str, object] | None:
    """Ask a process to end after the entries in hand; return its answer, None if it was killed."""
    if process.poll() is None:
        process.terminate()
    try:
        out, _ = process.communicate(timeout=END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        out, _ = process.communicate()
    if process.returncode not in {0, 1}:
        logger.warning("a worker died with code %s", process.returncode)
        return None
    answer: Mapping[str, object] = json.loads(out)
    return answer


def _slowest(answers: Sequence[Mapping[str, object]]) -> dict[str, float]:
    """Return how long each step took; workers go through the steps side by side.

    Raises:
        AutoclaveError: no worker lived to the end.
    """
    if not answers:
        raise AutoclaveError(
            "every worker process died", next_step="see the log, then run the same command again"
        )
    spent: dict[str, float] = {}
    for answer in answers:
        for step, seconds in answer.items():
            spent[step] = max(spent.get(step, 0.0), float(str(seconds)))
    return spent
