"""Validators that end badly over every extract: they die, or raise with a value in their words."""

import os
import signal
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from custody.box import Emit, Json, Program, RunProgram, Sample
from pipeline.steps.extracts import PROGRAMS


def crash(params: Mapping[str, Json]) -> RunProgram:
    """Make a program that dies."""
    del params

    def run(sample: Sample, asked: Mapping[str, Json], emit: Emit) -> Json:
        del sample, asked, emit
        os.kill(os.getpid(), signal.SIGSEGV)

    return run


def fail(params: Mapping[str, Json]) -> RunProgram:
    """Make a program that raises with all that it was given."""
    del params

    def run(sample: Sample, asked: Mapping[str, Json], emit: Emit) -> Json:
        del asked, emit
        raise RuntimeError(bytes(sample.view()).decode("latin-1"))

    return run


def dying(how: str, definitions: Sequence[Path] = ()) -> tuple[Program, ...]:
    """Return the programs of the main job, each of them ending so."""
    del definitions
    factory = f"tests.corpus.dying_validators:{how}"
    return tuple(replace(program, factory=factory, params={}) for program in PROGRAMS)
