"""Inspectors whose resident program misbehaves on marked content, or sees nothing at all."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, fields, replace
from typing import TypeVar

from custody.box import (
    Box,
    Emit,
    Failure,
    FailureCode,
    Job,
    Json,
    Program,
    Reply,
    RunProgram,
    Sample,
)
from pipeline.steps.instruments import open_inspector
from pipeline.wiring import Runtime
from sanitizers import programs
from sanitizers.engines.registry import engine_named
from sanitizers.inspection import RESIDENT_PROGRAM, Inspected, Inspector, SampleToInspect
from sanitizers.limits import Limits
from tests.corpus.hostile_programs import MISDEEDS
from tests.corpus.rule_packs import PLAIN, scanner_of

MARKER = b"autoclave poison: "
DEADLINE_SECONDS = 1.0
Kind = TypeVar("Kind", bound=Inspector)


def poisoned(misdeed: str) -> bytes:
    """Return content on which the resident program does a misdeed."""
    return MARKER + misdeed.encode() + b"\n"


def resident(params: Mapping[str, Json]) -> RunProgram:
    """Make the resident program: honest, but for marked content."""
    honest = programs.resident(params)

    def run(sample: Sample, asked: Mapping[str, Json], emit: Emit) -> Json:
        first = bytes(sample.view()[:64]).partition(b"\n")[0]
        if first.startswith(MARKER):
            return MISDEEDS[first.removeprefix(MARKER).decode()](sample, asked, emit)
        return honest(sample, asked, emit)

    return run


def blind(params: Mapping[str, Json]) -> RunProgram:
    """Make the resident program with rules that do not know the canaries."""
    rules = scanner_of(engine_named(params["engine"]), {"other": PLAIN})
    return programs.Inspect(rules, Limits(**params["limits"]))


@dataclass(frozen=True, slots=True)
class HurriedBox:
    """A box in which marked content has little time."""

    box: Box

    def run(self, jobs: Iterable[Job]) -> Iterator[Reply]:
        """Yield one reply a job, in order."""
        return self.box.run(map(_hurried, jobs))


@dataclass(frozen=True, slots=True, kw_only=True)
class PoisonedInspector(Inspector):
    """The scanners of a home, one of which can be made to misbehave."""

    @property
    def programs(self) -> tuple[Program, ...]:
        """Return what the box has to prepare."""
        return _with_resident(self, "resident")

    def inspect(self, box: Box, samples: Iterable[SampleToInspect]) -> Iterator[Inspected]:
        """Yield one answer a sample, in order."""
        return Inspector.inspect(self, HurriedBox(box), samples)


@dataclass(frozen=True, slots=True, kw_only=True)
class BlindInspector(Inspector):
    """The scanners of a home, one of which misses its canary."""

    @property
    def programs(self) -> tuple[Program, ...]:
        """Return what the box has to prepare."""
        return _with_resident(self, "blind")


class TroubledBox:
    """A box on a machine that has no memory left."""

    def run(self, jobs: Iterable[Job]) -> Iterator[Reply]:
        """Yield one failure a job."""
        return (Failure(code=FailureCode.MACHINE, detail="no memory") for _ in jobs)


@dataclass(frozen=True, slots=True, kw_only=True)
class TroubledInspector(Inspector):
    """The scanners of a home, none of which gets to run."""

    def inspect(self, box: Box, samples: Iterable[SampleToInspect]) -> Iterator[Inspected]:
        """Yield one answer a sample, in order."""
        return Inspector.inspect(self, TroubledBox(), samples)


@dataclass(frozen=True, slots=True, kw_only=True)
class TroubledLaterInspector(Inspector):
    """The scanners of a home, which look at what has a name, and not at what was made here."""

    def inspect(self, box: Box, samples: Iterable[SampleToInspect]) -> Iterator[Inspected]:
        """Yield one answer a sample, in order."""
        asked = list(samples)
        named = all(sample.names for sample in asked)
        return Inspector.inspect(self, box if named else TroubledBox(), asked)


def opener(kind: type[Kind]) -> Callable[..., Kind]:
    """Return a function that opens the inspector of a home as one of a kind."""

    def opened(runtime: Runtime, *, unsafe: bool = False) -> Kind:
        honest = open_inspector(runtime, unsafe=unsafe)
        return kind(**{part.name: getattr(honest, part.name) for part in fields(honest)})

    return opened


def _with_resident(inspector: Inspector, factory: str) -> tuple[Program, ...]:
    honest = Inspector.programs.fget(inspector)  # type: ignore[attr-defined]  # a property
    return tuple(
        replace(program, factory=f"{__name__}:{factory}")
        if program.name == RESIDENT_PROGRAM
        else program
        for program in honest
    )


def _hurried(job: Job) -> Job:
    content = job.content
    marked = isinstance(content, bytes) and content.startswith(MARKER)
    return replace(job, seconds=DEADLINE_SECONDS) if marked else job
