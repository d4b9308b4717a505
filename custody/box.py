"""The box: how one program is run over one stream of hostile bytes, and what comes back.

A *program* is made before the box is locked, by a factory that may read files (rules, tables), and
runs after it is locked, where it can only compute. What it returns is JSON that nobody has checked
yet; what it produces comes back as bytes that were spooled and counted by the caller's side.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum, unique
from typing import Any, Protocol

Json = Any


@unique
class Lane(Enum):
    """How long a locked process lives: for many samples, or forked for one (native parsers)."""

    RESIDENT = "resident"
    FORKED = "forked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """A named program; `factory` ("package.module:function") is given `params` before the lock."""

    name: str
    factory: str
    lane: Lane
    params: Mapping[str, Json] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenFile:
    """A part of a file that is already open for reading; the descriptor stays the caller's."""

    descriptor: int
    offset: int
    length: int


Content = bytes | OpenFile


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One run of a program over one sample. `produce_limit` bounds the bytes that it may emit."""

    program: str
    content: Content
    params: Mapping[str, Json] = field(default_factory=dict)
    seconds: float = 60.0
    produce_limit: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Produced:
    """One stream that a program emitted: its label (unchecked) and its bytes."""

    untrusted_label: str
    content: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """The program ran to its end."""

    untrusted_value: Json
    produced: tuple[Produced, ...] = ()


@unique
class FailureCode(Enum):
    """Why a program gave no answer; `MACHINE` is our trouble, all others are the sample's."""

    CRASHED = "crashed"
    TIMED_OUT = "timed out"
    OUT_OF_MEMORY = "out of memory"
    FORGED = "answered out of protocol"
    TOO_MUCH_OUTPUT = "produced more than allowed"
    RAISED = "could not read the sample"
    MACHINE = "the box failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """The program gave no answer. `detail` never holds content."""

    code: FailureCode
    detail: str = ""


Reply = Answer | Failure


class Sample(Protocol):
    """An artefact opened for a program, inside the box."""

    @property
    def size(self) -> int:
        """Length in bytes."""
        ...

    def view(self) -> memoryview:
        """Return the whole content, without copying where that is possible."""
        ...


Emit = Callable[[str, bytes], None]
RunProgram = Callable[[Sample, Mapping[str, Json], Emit], Json]


class Box(Protocol):
    """Runs programs over hostile bytes; safe to call from several threads."""

    def run(self, jobs: Iterable[Job]) -> Iterator[Reply]:
        """Yield one reply a job, in order. A failing job costs its own reply and nothing else."""
        ...
