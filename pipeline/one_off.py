"""Judges files on this machine without taking them in: nothing is stored, recorded or promoted."""

import hashlib
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from typing import BinaryIO

from catalogue.statements import in_batches
from custody.box import Box, OpenFile
from custody.digest import Digest
from custody.errors import SourceError, UsageError
from custody.names import escape
from custody.outcome import Inspection, Outcome
from custody.verdict import Judgement, judge
from pipeline.steps.assess import UNLOCKED
from pipeline.steps.contents import contents_taken
from pipeline.steps.expand import Container, Expander
from pipeline.steps.instruments import OnDemandBox, open_inspector
from pipeline.wiring import Runtime
from sanitizers.containers.judging import Contents
from sanitizers.containers.unpacked import CONTAINERS
from sanitizers.inspection import Inspected, Inspector, SampleToInspect
from sanitizers.names import names_outcome
from sanitizers.saying import said_of

OPEN_AT_ONCE = 64
READ_BYTES = 1024**2


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedFile:
    """What one file would come to by itself: without neighbours, waivers or earlier decisions."""

    path: bytes
    digest: Digest
    size: int
    inspection: Inspection
    judgement: Judgement


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedFile:
    """A file that is open for reading."""

    path: bytes
    stream: BinaryIO
    digest: Digest
    size: int

    @property
    def sample(self) -> SampleToInspect:
        """Return the file as the scanners take it."""
        content = OpenFile(descriptor=self.stream.fileno(), offset=0, length=self.size)
        return SampleToInspect(content=content, size=self.size, names=(self.path,))


def judge_files(
    runtime: Runtime, paths: Sequence[bytes], *, unsafe: bool = False
) -> Iterator[JudgedFile]:
    """Yield what the policy in force says of each file, in order.

    Raises:
        UsageError: a path is no regular file.
        SourceError: a file cannot be read.
        RefusedError: policy, rules or box refuse.
    """
    inspector = open_inspector(runtime, unsafe=unsafe)
    with OnDemandBox(inspector, runtime.settings.run.workers) as box:
        for batch in in_batches(paths, OPEN_AT_ONCE):
            with ExitStack() as opened:
                files = [_open(opened, path) for path in batch]
                answers = list(inspector.inspect(box, (file.sample for file in files)))
                for file, answer in zip(files, answers, strict=True):
                    yield _judged(inspector, file, answer, _inside(inspector, box, file, answer))


def _open(opened: ExitStack, path: bytes) -> OpenedFile:
    """Open a regular file; anything else could block or never end."""
    shown = escape(path)
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC | os.O_NOCTTY)
        stream = opened.enter_context(os.fdopen(descriptor, "rb"))
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise UsageError(
                f"{shown} is no file", next_step="name files; `autoclave recover` takes folders"
            )
        digest, size = _read(stream)
    except IsADirectoryError as error:
        raise UsageError(
            f"{shown} is a folder", next_step="name files; `autoclave recover` takes folders"
        ) from error
    except OSError as error:
        raise SourceError(
            f"{shown} cannot be read: {error.strerror}", next_step="check the path and its rights"
        ) from error
    return OpenedFile(path=path, stream=stream, digest=digest, size=size)


def _read(stream: BinaryIO) -> tuple[Digest, int]:
    running, size = hashlib.sha256(), 0
    while chunk := stream.read(READ_BYTES):
        running.update(chunk)
        size += len(chunk)
    return Digest(running.hexdigest()), size


def _inside(inspector: Inspector, box: Box, file: OpenedFile, answer: Inspected) -> Contents:
    """Take a container apart; nothing of it is kept."""
    media_type = answer.inspection.media_type
    expander = Expander(
        inspector, box, keep=lambda *_: None, known=lambda _: False, pause=lambda: None
    )
    if media_type in CONTAINERS:
        content = file.sample.content
        container = Container(
            digest=file.digest, content=content, size=file.size, media_type=media_type
        )
        expander.expand(container)
    return contents_taken(expander.taken)


def _judged(
    inspector: Inspector, file: OpenedFile, answer: Inspected, contents: Contents
) -> JudgedFile:
    about_name = answer.name_findings[0] if answer.name_findings else None
    given: list[Outcome] = [
        *said_of(inspector.policy, file.digest, answer.inspection, contents),
        names_outcome(about_name),
    ]
    if not inspector.sandboxed:
        given.append(UNLOCKED)
    said = Inspection(media_type=answer.inspection.media_type, outcomes=tuple(given))
    return JudgedFile(
        path=file.path,
        digest=file.digest,
        size=file.size,
        inspection=said,
        judgement=judge(given, inspector.policy.required),
    )
