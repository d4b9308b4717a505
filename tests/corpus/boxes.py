"""Boxes for tests: programs run in this very process, over inert samples of ours only."""

from collections import deque
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from custody.box import (
    Answer,
    Emit,
    Failure,
    FailureCode,
    Job,
    OpenFile,
    Produced,
    Program,
    Reply,
    RunProgram,
)


@dataclass(frozen=True, slots=True)
class HeldSample:
    """A sample in memory."""

    content: bytes

    @property
    def size(self) -> int:
        """Length in bytes."""
        return len(self.content)

    def view(self) -> memoryview:
        """Return the content."""
        return memoryview(self.content)


def nothing(label: str, content: bytes) -> None:
    """Take what a program emits, and forget it."""


@dataclass
class UnlockedBox:
    """Runs programs without any lock; `asked` are the jobs that it was given."""

    programs: Mapping[str, RunProgram]
    asked: list[Job] = field(default_factory=list)

    def run(self, jobs: Iterable[Job]) -> Iterator[Reply]:
        """Yield one reply a job."""
        for job in jobs:
            self.asked.append(job)
            assert not isinstance(job.content, OpenFile)
            sample = HeldSample(job.content)
            yield Answer(untrusted_value=self.programs[job.program](sample, job.params, nothing))


@dataclass
class ScriptedBox:
    """Gives replies that were written down before, in order."""

    replies: deque[Reply]
    asked: list[Job] = field(default_factory=list)

    def run(self, jobs: Iterable[Job]) -> Iterator[Reply]:
        """Yield one reply a job; more jobs than replies fail."""
        for job in jobs:
            self.asked.append(job)
            spent = Failure(code=FailureCode.CRASHED, detail="no reply was written down")
            yield self.replies.popleft() if self.replies else spent


def factory_of(program: Program) -> tuple[str, str]:
    """Return module and function of a program's factory."""
    module, _, function = program.factory.partition(":")
    return module, function


@dataclass
class EmittingBox:
    """Runs programs without any lock and hands on what they emit; `asked` are its jobs."""

    programs: Mapping[str, RunProgram]
    asked: list[Job] = field(default_factory=list)

    def run(self, jobs: Iterable[Job]) -> Iterator[Reply]:
        """Yield one reply a job."""
        for job in jobs:
            self.asked.append(job)
            assert not isinstance(job.content, OpenFile)
            produced: list[Produced] = []
            value = self.programs[job.program](HeldSample(job.content), job.params, _into(produced))
            yield Answer(untrusted_value=value, produced=tuple(produced))


def _into(produced: list[Produced]) -> Emit:
    """Return what keeps each stream that a program emits."""

    def emit(label: str, content: bytes) -> None:
        produced.append(Produced(untrusted_label=label, content=content))

    return emit
