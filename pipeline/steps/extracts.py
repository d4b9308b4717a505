"""Extracts of records as the box sees them: jobs to validate them, replies read with care."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path

from custody.box import Answer, Content, Failure, FailureCode, Job, Json, Lane, Program, Reply
from custody.records import Counts, ReasonCount, Validation
from schemas.reasons.table import BY_CODE
from schemas.record_types import NAME, PURE
from schemas.splitting import Span, apart, unpack
from schemas.subjects.gathering import LEAST_BYTES, MOST_BYTES, are_lines

SECONDS = 60.0
BYTES_A_SECOND = 1024 * 1024
MOST_LISTED = 32 * 1024 * 1024
LEAST_LISTED = 256 * 1024
# A list of why goes on beyond its bound for one record; a span takes 16 bytes, a record at least 2.
LONGEST_LINE = 64 * 1024
MOST_REASONS = 1000
LONGEST_TEXT = 300
NOTHING = Counts(read=0, accepted=0, refused=0, flagged=0)
# What our own code reads alone is read where other such readers are; a large extract has its
# process to itself, and so has what a native parser looks into.
MOST_RESIDENT = 4 * 1024 * 1024
FORKED_NAME = f"{NAME}-forked"
KEYS_NAME = "record-keys"
STUDIES_NAME = "record-studies"


def programs(definitions: Sequence[Path] = ()) -> tuple[Program, ...]:
    """Return what the box has to prepare, with the official definitions of some folders."""
    folders: list[Json] = [str(folder) for folder in definitions]
    validating = (
        Program(
            name=name,
            factory="schemas.extracts:prepare",
            lane=lane,
            params={"native": lane is Lane.FORKED, "definitions": folders},
        )
        for name, lane in ((NAME, Lane.RESIDENT), (FORKED_NAME, Lane.FORKED))
    )
    keys = Program(name=KEYS_NAME, factory="schemas.references:prepare", lane=Lane.FORKED)
    studies = Program(name=STUDIES_NAME, factory="schemas.studies:prepare", lane=Lane.RESIDENT)
    return (*validating, keys, studies)


PROGRAMS = programs()


@dataclass(frozen=True, slots=True, kw_only=True)
class Subjects:
    """Whom an extract's records are about: lines that were checked, and what they leave out.

    `nameless` records name no patient; for `unlisted` identifiers there was no room.
    """

    lines: bytes = b""
    nameless: int = 0
    unlisted: int = 0


NOBODY = Subjects()


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """What the box said of one extract; a transient one says nothing about the extract.

    The spans are those of accepted and of refused records, where both are to be had; `listed` says
    of each refused record where it stands and why, without any value. A `forked` answer only says
    that the extract needs a process to itself.
    """

    validation: Validation
    transient: bool = False
    accepted: tuple[Span, ...] = ()
    refused: tuple[Span, ...] = ()
    listed: bytes = b""
    forked: bool = False
    subjects: Subjects = NOBODY

    @property
    def counted(self) -> "Answered":
        """The same without what the extract is cut by, and without whom it is about."""
        return replace(self, accepted=(), refused=(), listed=b"", subjects=NOBODY)


@dataclass(frozen=True, slots=True, kw_only=True)
class ToValidate:
    """An extract: its bytes, the type that scanners found, and a contract's text, if declared.

    Where `subjects` is set, the box also says whom the records are about; `accepts` are the groups
    of refused records that their owners accept.
    """

    content: Content
    size: int
    media_type: str
    contract: str = ""
    native: bool = False
    subjects: bool = False
    accepts: frozenset[str] = frozenset()

    @property
    def program(self) -> str:
        """The program that validates it; `native` asks for a process to itself."""
        if self.native:
            return FORKED_NAME
        resident = self.media_type in PURE and self.size <= MOST_RESIDENT
        return NAME if resident else FORKED_NAME


def job_of(extract: ToValidate, today: date) -> Job:
    """Return the job that validates an extract, by a contract's text or by what its bytes say."""
    size = extract.size
    listed = min(MOST_LISTED, LEAST_LISTED + 16 * size)
    return Job(
        program=extract.program,
        content=extract.content,
        params={
            "today": today.isoformat(),
            "contract": extract.contract,
            "most_listed": listed,
            "subjects": extract.subjects,
            "accepts": sorted(extract.accepts),
        },
        seconds=SECONDS + size / BYTES_A_SECOND,
        produce_limit=listed + LONGEST_LINE + 8 * size + _most_subjects(extract),
    )


def _most_subjects(extract: ToValidate) -> int:
    """Return how many bytes may tell whom the records are about."""
    return min(MOST_BYTES, LEAST_BYTES + 8 * extract.size) if extract.subjects else 0


def read_answer(reply: Reply, size: int) -> Answered:
    """Return what a reply says; one of the wrong shape is an extract that was not read."""
    match reply:
        case Failure():
            return _unread(reply)
        case Answer():
            try:
                return _answered(reply, size)
            except (ValueError, TypeError, KeyError, AttributeError):
                return _unread(Failure(code=FailureCode.FORGED))


def _unread(failure: Failure) -> Answered:
    detail = f": {failure.detail}" if failure.detail else ""
    validation = Validation(schema="", counts=NOTHING, unread=f"{failure.code.value}{detail}")
    return Answered(validation=validation, transient=failure.code is FailureCode.MACHINE)


def _answered(reply: Answer, size: int) -> Answered:
    said = reply.untrusted_value
    if said.get("forked") is True:
        reason = "it was left to a process that it did not get"
        validation = Validation(schema="", counts=NOTHING, unread=reason)
        return Answered(validation=validation, forked=True)
    read, accepted, refused, flagged = map(_number, said["counts"])
    if len(said["reasons"]) > MOST_REASONS:
        raise ValueError("too many reasons")
    validation = Validation(
        schema=_text(said["schema"]),
        counts=Counts(read=read, accepted=accepted, refused=refused, flagged=flagged),
        reasons=tuple(map(_reason, said["reasons"])),
        unread=_text(said["unread"]),
    )
    streams = {made.untrusted_label: made.content for made in reply.produced}
    if not streams.keys() <= {"listed", "accepted", "refused", "subjects"}:
        raise ValueError("a stream that nobody asked for")
    good = unpack(streams.get("accepted", b""), size)
    bad = unpack(streams.get("refused", b""), size)
    if not apart(good, bad, _number(said["heading"])) or bool(good) != bool(bad):
        raise ValueError("a byte that is accepted and refused")
    return Answered(
        validation=validation,
        accepted=good,
        refused=bad,
        listed=streams.get("listed", b""),
        subjects=_subjects(said, streams.get("subjects", b"")),
    )


def _subjects(said: Json, untrusted_lines: bytes) -> Subjects:
    """Check and return whom the records are about."""
    nameless, unlisted = map(_number, said.get("unnamed", (0, 0)))
    if len(untrusted_lines) > MOST_BYTES or not are_lines(untrusted_lines):
        raise ValueError("whom records are about, in another form")
    untrusted_lines.decode()
    return Subjects(lines=untrusted_lines, nameless=nameless, unlisted=unlisted)


def _reason(untrusted_reason: Json) -> ReasonCount:
    code, name, records, whole = untrusted_reason
    if code not in BY_CODE or name not in {"integrity", "conformance"} or type(whole) is not bool:
        raise ValueError("a reason that is none")
    return ReasonCount(
        code=code, refuses=name == "integrity", records=_number(records), whole=whole
    )


def _number(value: Json) -> int:
    if type(value) is not int or value < 0:
        raise ValueError("no number")
    return value


def _text(value: Json) -> str:
    """Return a name or reason of ours as one printable line: people and the ledger see it."""
    if not isinstance(value, str) or len(value) > LONGEST_TEXT:
        raise ValueError("no text")
    return "".join(c if c.isascii() and c.isprintable() else "?" for c in value)
