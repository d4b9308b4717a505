"""A worker: a process of its own that drains the steps of a run beside others.

It is told what to do as one JSON object on stdin and answers with one on stdout. Whatever it needs
it opens itself, so a worker on another machine is no different; the catalogue's leases keep them
apart.
"""

import json
import signal
import sys
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path

from catalogue import runs, sources
from catalogue.runs import Run
from custody.box import Json
from custody.errors import AutoclaveError, PolicyError, UsageError
from custody.source import Source
from pipeline.readers import reading_registered
from pipeline.selecting import declared_of
from pipeline.settings import Settings, read_settings
from pipeline.steps.drain import Around, directly
from pipeline.steps.instruments import Instruments, OnDemandBox, open_inspector
from pipeline.steps.sequence import drain_all, steps_of
from pipeline.wiring import Runtime, open_runtime
from sandbox.lockdown import follow_parent
from sandbox.programs import encode_error
from sanitizers.inspection import Inspector


def main() -> int:
    """Work as stdin says; print the seconds of each step, or the error that ended the work."""
    asked = json.loads(sys.stdin.buffer.read())
    follow_parent(asked["parent"])
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda _number, _frame: stop.set())
    try:
        answer: Json = work(asked, stop)
    except AutoclaveError as error:
        sys.stdout.write(json.dumps(encode_error(error)))
        return 1
    sys.stdout.write(json.dumps(answer))
    return 0


def work(asked: Mapping[str, Json], stop: threading.Event) -> dict[str, float]:
    """Do what stdin asked for."""
    settings = read_settings(Path(asked["home"]))
    return join(settings, asked["run"], stop, unsafe=asked["unsafe"])


def join(
    settings: Settings,
    run_id: str,
    stop: threading.Event,
    *,
    unsafe: bool = False,
    around: Around = directly,
) -> dict[str, float]:
    """Drain a run beside others with one box worker and return the seconds of each step.

    Raises:
        PolicyError: the rules or the policy changed since the run began.
        AutoclaveError: what the steps raise.
    """
    alone = replace(settings, run=replace(settings.run, workers=1))
    with open_runtime(alone) as runtime, ExitStack() as opened:
        run, owners = _run(runtime, run_id)
        inspector = open_inspector(runtime, unsafe=unsafe)
        _check_unchanged(run, inspector)
        readers = {}
        for inventory_id, source in owners.items():
            readers[inventory_id] = opened.enter_context(reading_registered(alone, source))
        box = opened.enter_context(OnDemandBox(inspector, workers=1))
        instruments = Instruments(inspector=inspector, box=box, readers=readers)
        steps = steps_of(runtime, run, instruments, owners, declared_of(runtime, run.options))
        return drain_all(runtime, run.run_id, steps, stop, around)


def _run(runtime: Runtime, run_id: str) -> tuple[Run, dict[int, Source]]:
    with runtime.catalogue.read() as connection:
        run = runs.get(connection, run_id)
        owners = sources.of_run(connection, run_id)
    if run is None:
        raise UsageError(f"there is no run {run_id}", next_step="see `autoclave status`")
    return run, owners


def _check_unchanged(run: Run, inspector: Inspector) -> None:
    if (run.policy, run.profile) != (inspector.policy.digest, inspector.profile.digest):
        raise PolicyError(
            "the rules or the policy changed while the run went on",
            next_step="run `autoclave recover` again: it begins a run with the new ones",
        )


if __name__ == "__main__":
    sys.exit(main())
