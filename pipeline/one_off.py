"""Judges files on this machine without taking them in: nothing is stored, recorded or promoted."""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass

from catalogue.statements import in_batches
from custody.box import Box
from custody.digest import Digest
from custody.outcome import Inspection, Outcome
from custody.verdict import Judgement, judge
from pipeline.opened_files import OpenedFile, open_file
from pipeline.steps.assess import UNLOCKED
from pipeline.steps.contents import contents_taken
from pipeline.steps.expand import Container, Expander
from pipeline.steps.instruments import OnDemandBox, open_inspector
from pipeline.wiring import Runtime
from sanitizers.containers.judging import Contents
from sanitizers.containers.unpacked import has_parts
from sanitizers.inspection import Inspected, Inspector, SampleToInspect
from sanitizers.names import names_outcome
from sanitizers.saying import said_of

OPEN_AT_ONCE = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class JudgedFile:
    """What one file would come to by itself: without neighbours, waivers or earlier decisions."""

    path: bytes
    digest: Digest
    size: int
    inspection: Inspection
    judgement: Judgement


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
                files = [open_file(opened, path) for path in batch]
                answers = list(inspector.inspect(box, (_sample(file) for file in files)))
                for file, answer in zip(files, answers, strict=True):
                    yield _judged(inspector, file, answer, _inside(inspector, box, file, answer))


def _sample(file: OpenedFile) -> SampleToInspect:
    return SampleToInspect(content=file.content, size=file.size, names=(file.path,))


def _inside(inspector: Inspector, box: Box, file: OpenedFile, answer: Inspected) -> Contents:
    """Take a container apart; nothing of it is kept."""
    expander = Expander(
        inspector, box, keep=lambda *_: None, known=lambda _: False, pause=lambda: None
    )
    if has_parts(answer.inspection):
        container = Container(
            digest=file.digest,
            content=file.content,
            size=file.size,
            media_type=answer.inspection.media_type,
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
