"""Containers written anew, as their caller sees it: jobs for the box, proof, and doubt.

The steps of `rebuilt`, in order; the first one that fails ends it, and is named:

1. The container is taken apart again: what comes out is what was inspected, part by part.
2. A process writes it anew, as the plan has it.
3. Another one writes what that wrote anew, without a change: not a byte may differ.
4. A third one takes the copy apart: its parts are those that the plan leaves, in their order, under
   their names, and nothing else is in it.
5. A fourth one reads the copy with a reader of its own: it sees the same parts.

No part of a copy was not inspected: what it is taken apart into are contents whose digests were
known before. The copy itself is inspected from the start, like everything.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256

from custody.box import Answer, Box, Failure, FailureCode, Job, Lane, Program, Reply
from custody.digest import Digest, digest_of
from custody.names import escape
from sanitizers.containers.expanding import batches
from sanitizers.disarming import making
from sanitizers.disarming.interface import Removed
from sanitizers.disarming.making import Made, NotMade, Original
from sanitizers.disarming.names import name_of_copy
from sanitizers.disarming.programs import COPY, bounded
from sanitizers.disarming.rebuilding.notes import note_of
from sanitizers.disarming.rebuilding.plan import NOTHING_CHANGES, Plan, Substitute, encode
from sanitizers.disarming.registry import REBUILT
from sanitizers.limits import Limits

REBUILD = "rebuild"
REREAD = "reread"
MAIL = "message/rfc822"
MOST_CHANGED = 1000
_LONGEST_NAME = 80
_CHANGED = "what is in it is not what was inspected"


@dataclass(frozen=True, slots=True, kw_only=True)
class CopyOfPart:
    """A disarmed copy that stands for a part: what it is of, and how often what is gone from it."""

    content: bytes
    media_type: str
    original_type: str
    removed: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedPart:
    """What becomes of a part: it stays, its copy stands for it, or its verdict leaves it out."""

    digest: Digest
    copy: CopyOfPart | None = None
    left_out: str = ""


def programs(limits: Limits) -> tuple[Program, ...]:
    """Return what the box has to prepare."""
    return tuple(
        Program(
            name=name,
            factory=f"sanitizers.disarming.rebuilding.programs:{function}",
            lane=Lane.FORKED,
            params={"limits": dict(limits.encode())},
        )
        for name, function in ((REBUILD, "rebuilding"), (REREAD, "rereading"))
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Listed:
    """A part as a reader listed it."""

    untrusted_name: bytes
    digest: Digest


@dataclass(frozen=True, slots=True, kw_only=True)
class _Planned:
    """A plan, the parts that it has to lead to, and what a report says is gone."""

    plan: Plan
    expected: tuple[_Listed, ...]
    removed: tuple[Removed, ...]
    kept: tuple[Digest, ...]


def rebuilt(
    box: Box, original: Original, parts: Sequence[PlannedPart], limits: Limits
) -> Made | NotMade:
    """Return a proven copy of a container with the parts that may be in it, or why there is none.

    `parts` are all of its parts, in the order in which the reader of the container yields them.
    """
    listed = _taken_apart(box, original, limits)
    if isinstance(listed, NotMade):
        return listed
    if [each.digest for each in listed] != [each.digest for each in parts]:
        return NotMade(reason=f"malformed: {_CHANGED}")
    planned = _planned(original.media_type, listed, parts)
    if isinstance(planned, NotMade):
        return planned
    job = _rebuild_job(original, planned.plan, limits)
    if isinstance(job, NotMade):
        return job
    (reply,) = box.run([job])
    made = _made(reply, REBUILT[original.media_type])
    return made if isinstance(made, NotMade) else _proven(box, made, planned, limits)


def _taken_apart(box: Box, original: Original, limits: Limits) -> list[_Listed] | NotMade:
    listed: list[_Listed] = []
    size = 0
    taken = batches(box, original.content, original.size, original.media_type, limits)
    for batch in taken:
        for part in batch.parts:
            if part.refusal:
                return NotMade(reason=f"malformed: a part that cannot be read: {part.refusal}")
            size += len(part.content)
            listed.append(
                _Listed(untrusted_name=part.untrusted_name, digest=digest_of(part.content))
            )
        if batch.fault:
            return NotMade(reason=batch.fault, transient=batch.transient)
        if size > limits.most_expanded_bytes or len(listed) > limits.most_parts:
            return NotMade(reason="limit: the parts are too many, or come to too many bytes")
    return listed


def _planned(
    media_type: str, listed: Sequence[_Listed], parts: Sequence[PlannedPart]
) -> _Planned | NotMade:
    substitutes: dict[int, Substitute] = {}
    left_out: dict[int, str] = {}
    expected: list[_Listed] = []
    removed: list[Removed] = []
    kept: list[Digest] = []
    for number, (name, part) in enumerate(zip(listed, parts, strict=True), 1):
        shown = making.plain(escape(name.untrusted_name)[:_LONGEST_NAME])
        where = f"part {number} {part.digest} {shown}".strip()
        if part.left_out:
            left_out[number] = part.left_out
            removed.append(Removed(code=f"container.part-{part.left_out}", where=where))
            expected += _instead(media_type, part)
        elif part.copy is not None:
            other = _substitute(name.untrusted_name, part.copy)
            substitutes[number] = other
            expected.append(
                _Listed(untrusted_name=other.untrusted_name, digest=digest_of(other.content))
            )
            removed += _gone(number, where, part.copy)
        else:
            expected.append(name)
            kept.append(part.digest)
    if not kept and not substitutes:
        return NotMade(reason="refused: no part of it can be promoted")
    if not removed:
        return NotMade(reason="nothing: every part of it can be promoted")
    if len(left_out) + len(substitutes) > MOST_CHANGED:
        return NotMade(reason=f"limit: more than {MOST_CHANGED} parts would change")
    return _Planned(
        plan=Plan(substitutes=substitutes, left_out=left_out),
        expected=tuple(expected),
        removed=bounded(tuple(removed)),
        kept=tuple(kept),
    )


def _instead(media_type: str, part: PlannedPart) -> Iterator[_Listed]:
    """Yield what stands where a part was left out: a note in mails, nothing in archives."""
    if media_type == MAIL:
        note = note_of(part.left_out, part.digest)
        yield _Listed(untrusted_name=b"", digest=digest_of(note))


def _substitute(untrusted_name: bytes, copy: CopyOfPart) -> Substitute:
    name = untrusted_name
    if name:
        name = name_of_copy(name, copy.original_type, copy.media_type)
    return Substitute(untrusted_name=name, content=copy.content, media_type=copy.media_type)


def _gone(number: int, where: str, copy: CopyOfPart) -> Iterator[Removed]:
    yield Removed(code="container.part-replaced", where=f"{where} by {digest_of(copy.content)}")
    for code, times in sorted(copy.removed.items()):
        yield Removed(code=code, where=f"part {number}", times=times)


def _rebuild_job(original: Original, plan: Plan, limits: Limits) -> Job | NotMade:
    told, behind = encode(plan, original.size)
    size = original.size + len(behind)
    if size > limits.most_content_bytes:
        return NotMade(reason=f"limit: larger than {limits.most_content_bytes} bytes")
    content = making.bytes_of(original) + behind if behind else original.content
    most = min(limits.most_content_bytes, making.FREE_BYTES + making.MOST_GROWTH * size)
    return Job(
        program=REBUILD,
        content=content,
        params={"media_type": original.media_type, "size": original.size, "parts": told},
        seconds=making.SECONDS + size / making.BYTES_A_SECOND,
        produce_limit=most,
    )


def _proven(box: Box, made: Made, planned: _Planned, limits: Limits) -> Made | NotMade:
    copy = Original(content=made.content, size=len(made.content), media_type=made.media_type)
    job = _rebuild_job(copy, NOTHING_CHANGES, limits)
    if isinstance(job, NotMade):
        return job
    reread = replace(job, program=REREAD, produce_limit=0, params={"media_type": copy.media_type})
    again, seen = box.run([job, reread])
    for faulty in (_unlike(again, made), _unlike_listed(box, copy, planned, limits)):
        if faulty is not None:
            return faulty
    return _unseen(seen, planned) or replace(
        made, removed=planned.removed, measures=_measures(planned)
    )


def _unlike(again: Reply, made: Made) -> NotMade | None:
    """Return what is wrong with the copy of a copy; None if they are equal."""
    other = _made(again, made.media_type)
    if isinstance(other, NotMade):
        return NotMade(reason=f"again: {other.reason}", transient=other.transient)
    if other.content != made.content:
        return NotMade(reason="again: written anew once more, the copy changes")
    return None


def _unlike_listed(box: Box, copy: Original, planned: _Planned, limits: Limits) -> NotMade | None:
    found = _taken_apart(box, copy, limits)
    if isinstance(found, NotMade):
        return NotMade(reason=f"measures: {found.reason}", transient=found.transient)
    if tuple(found) != planned.expected:
        return NotMade(reason="measures: the copy does not hold the parts that it should")
    return None


def _unseen(reply: Reply, planned: _Planned) -> NotMade | None:
    if isinstance(reply, Failure):
        failed = making.failed(reply)
        return NotMade(reason=f"walk of the copy: {failed.reason}", transient=failed.transient)
    said = reply.untrusted_value
    digest = sha256(b"".join(bytes.fromhex(each.digest) for each in planned.expected)).hexdigest()
    if said == {"refusal": "", "parts": len(planned.expected), "digest": digest}:
        return None
    return NotMade(reason="walk of the copy: another reader sees other parts in it")


def _measures(planned: _Planned) -> dict[str, str]:
    digests = b"".join(bytes.fromhex(digest) for digest in planned.kept)
    return {"parts": str(len(planned.kept)), "contents": sha256(digests).hexdigest()}


def _made(reply: Reply, intended: str) -> Made | NotMade:
    """Return what a reply holds; one of the wrong shape, or of another type, is no copy."""
    if isinstance(reply, Failure):
        return making.failed(reply)
    try:
        said = reply.untrusted_value
        refusal = making.plain(said["refusal"])
        return NotMade(reason=refusal) if refusal else _copy(reply, intended)
    except (ValueError, TypeError, KeyError, AttributeError):
        return making.failed(Failure(code=FailureCode.FORGED))


def _copy(reply: Answer, intended: str) -> Made:
    (stream,) = reply.produced
    media_type = reply.untrusted_value["media_type"]
    if stream.untrusted_label != COPY or media_type != intended or not stream.content:
        raise ValueError("a copy is one stream of the intended type")
    return Made(content=stream.content, media_type=intended, removed=())
