"""Judges files on this machine without taking them in: nothing is stored, recorded or promoted."""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date

from catalogue.statements import in_batches
from custody.box import Box, Content
from custody.digest import Digest
from custody.outcome import Inspection, Outcome
from custody.verdict import Judgement, judge
from pipeline.opened_files import OpenedFile, open_file
from pipeline.steps.assess import UNLOCKED
from pipeline.steps.contents import contents_taken
from pipeline.steps.expand import Container, Expander
from pipeline.steps.extracts import ToValidate, job_of, read_answer
from pipeline.steps.instruments import OnDemandBox, open_inspector
from pipeline.steps.validated import Validated
from pipeline.wiring import Runtime
from sanitizers.containers.judging import Contents
from sanitizers.containers.unpacked import has_parts
from sanitizers.inspection import Inspected, Inspector, SampleToInspect
from sanitizers.names import names_outcome
from sanitizers.saying import said_of
from schemas.record_types import may_hold_records

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
                today = runtime.ledger.now().date()
                for file, answer in zip(files, answers, strict=True):
                    contents, inner = _inside(inspector, box, file, answer)
                    looked = {file.digest: (file.content, file.size), **inner}
                    said = {file.digest: answer.inspection, **contents.inspections}
                    validated = _validated(box, looked, said, today)
                    yield _judged(inspector, file, answer, contents, validated)


def _sample(file: OpenedFile) -> SampleToInspect:
    return SampleToInspect(content=file.content, size=file.size, names=(file.path,))


def _inside(
    inspector: Inspector, box: Box, file: OpenedFile, answer: Inspected
) -> tuple[Contents, Mapping[Digest, tuple[Content, int]]]:
    """Take a container apart; of its parts only those that may hold records are kept, for a while.

    A part is kept before anybody knows what it is: all that may hold records are then picked out.
    """
    inner: dict[Digest, tuple[Content, int]] = {}

    def keep(digest: Digest, content: bytes) -> None:
        inner[digest] = content, len(content)

    expander = Expander(inspector, box, keep=keep, known=lambda _: False, pause=lambda: None)
    if has_parts(answer.inspection):
        container = Container(
            digest=file.digest,
            content=file.content,
            size=file.size,
            media_type=answer.inspection.media_type,
        )
        expander.expand(container)
    return contents_taken(expander.taken, inspector.limits), inner


def _validated(
    box: Box,
    looked: Mapping[Digest, tuple[Content, int]],
    said: Mapping[Digest, Inspection],
    today: date,
) -> Validated:
    """Validate the records in some contents, by what their bytes say."""
    wanted = [d for d in looked if d in said and may_hold_records(said[d].media_type, "")]
    extracts = [
        ToValidate(
            content=looked[d][0], size=looked[d][1], media_type=said[d].media_type, native=True
        )
        for d in wanted
    ]
    replies = box.run(job_of(extract, today) for extract in extracts)
    answers = [
        (digest, read_answer(reply, looked[digest][1]))
        for digest, reply in zip(wanted, replies, strict=True)
    ]
    return Validated(
        validations={(d, ""): a.validation for d, a in answers if not a.transient},
        trouble={(d, ""): a.validation.unread for d, a in answers if a.transient},
    )


def _judged(
    inspector: Inspector,
    file: OpenedFile,
    answer: Inspected,
    contents: Contents,
    validated: Validated,
) -> JudgedFile:
    about_name = answer.name_findings[0] if answer.name_findings else None
    inspection = validated.beside(file.digest, answer.inspection)
    inside = validated.inside(contents)
    given: list[Outcome] = [
        *said_of(inspector.policy, file.digest, inspection, inside),
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
