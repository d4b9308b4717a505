"""Copies without active content, as their caller sees them: jobs for the box, proof, and doubt.

The steps of `disarmed`, in order; the first one that fails ends it, and is named:

1. A process makes the copy. It tells the type that the copy is of, and what it took out.
2. Another process does the same with the copy: nothing changes any more.
3. A third one walks the copy by the deny-list of its format: nothing active is left.
4. It measures the copy, as a fourth one does the original: text, pages and pixels are equal.

That the copy is of this type, is whole, and that no scanner finds anything, is not asked here: the
copy is inspected from the start, like any content that comes from outside.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from custody.box import Answer, Box, Content, Failure, FailureCode, Job, Json, Lane, Program, Reply
from sanitizers.disarming.interface import CannotDisarmError, Removed, Switch
from sanitizers.disarming.programs import COPY, MOST_LISTED
from sanitizers.disarming.registry import converter_of, has_disarmer
from sanitizers.disarming.rulings import PLAIN, Switches
from sanitizers.limits import Limits

DISARM = "disarm"
PROVE = "prove"
SECONDS = 60.0
SECONDS_TO_DRAW = 600.0
BYTES_A_SECOND = 1024 * 1024
FREE_BYTES = 64 << 20
MOST_GROWTH = 64
LONGEST_REFUSAL = 200
MOST_CODES = 64
MOST_MEASURES = 64
MOST_TIMES = 10**9
_CODE = re.compile(r"[a-z0-9][a-z0-9.-]{0,63}")
_MEASURE = re.compile(r"[\x20-\x7e]{0,200}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """A content that is to be disarmed, and the type that inspection found."""

    content: Content
    size: int
    media_type: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Made:
    """A proven copy: what was taken out of it, and what is equal in both."""

    content: bytes
    media_type: str
    removed: tuple[Removed, ...]
    measures: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class NotMade:
    """There is no copy, for a reason that names the check; a transient one is the machine's."""

    reason: str
    transient: bool = False


def programs(limits: Limits) -> tuple[Program, ...]:
    """Return what the box has to prepare."""
    factories = ((DISARM, "disarming"), (PROVE, "proving"))
    return tuple(
        Program(
            name=name,
            factory=f"sanitizers.disarming.programs:{function}",
            lane=Lane.FORKED,
            params={"limits": dict(limits.encode())},
        )
        for name, function in factories
    )


def disarmed(box: Box, original: Original, switches: Switches, limits: Limits) -> Made | NotMade:
    """Return a proven copy of a content, or why there is none.

    What a converter has to make first is measured as it came from there.
    """
    converter = converter_of(original.media_type)
    if converter is None:
        return _disarmed(box, original, switches, limits)
    try:
        found = converter.convert(bytes_of(original), original.media_type)
    except CannotDisarmError as error:
        return NotMade(reason=f"refused: {plain(str(error))}")
    size = len(found.content)
    before = Original(content=found.content, size=size, media_type=found.media_type)
    return _disarmed(box, before, switches, limits, gone=found.removed)


def is_still_proven(box: Box, copy: Original) -> bool:
    """Whether nothing active is found in a copy that was proven once, as its format is walked now.

    That it is clean is asked of the scanners again, as of every copy.
    """
    if not has_disarmer(copy.media_type):
        return False
    (reply,) = box.run([_prove_job(copy, PLAIN, walk=True)])
    walked = _measured(reply)
    return isinstance(walked, _Measured) and not walked.left


def bytes_of(original: Original) -> bytes:
    """Return the bytes of a content, read from its descriptor where it has one."""
    content = original.content
    if isinstance(content, bytes):
        return content
    return os.pread(content.descriptor, content.length, content.offset)


def _disarmed(
    box: Box,
    original: Original,
    switches: Switches,
    limits: Limits,
    gone: tuple[Removed, ...] = (),
) -> Made | NotMade:
    (first,) = box.run([_disarm_job(original, switches, limits)])
    made = _made(first)
    if isinstance(made, NotMade):
        return made
    made = replace(made, removed=(*gone, *made.removed))
    if not made.removed:
        return NotMade(reason="nothing: no active content was found that could be taken out")
    copy = Original(content=made.content, size=len(made.content), media_type=made.media_type)
    jobs = [
        _disarm_job(copy, switches, limits),
        _prove_job(copy, switches, walk=True),
        _prove_job(original, switches, walk=False),
    ]
    again, walked, measured = box.run(jobs)
    return _proven(made, _made(again), _measured(walked), _measured(measured))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Measured:
    measures: Mapping[str, str]
    left: tuple[str, ...]


def _proven(
    made: Made,
    again: Made | NotMade,
    copy: "_Measured | NotMade",
    original: "_Measured | NotMade",
) -> Made | NotMade:
    """Compare what four processes said; the first thing that does not fit is the reason."""
    for said, check in ((again, "again"), (copy, "walk of the copy"), (original, "measures")):
        if isinstance(said, NotMade):
            return NotMade(reason=f"{check}: {said.reason}", transient=said.transient)
    if isinstance(again, NotMade) or isinstance(copy, NotMade) or isinstance(original, NotMade):
        raise RuntimeError("every answer is there")  # noqa: TRY004  no question of types
    if (again.content, again.media_type) != (made.content, made.media_type):
        return NotMade(reason="again: disarmed once more, the copy changes")
    if copy.left:
        return NotMade(reason=f"walk of the copy: {', '.join(copy.left[:3])} is left")
    if not original.measures:
        return NotMade(reason="measures: nothing could be compared")
    for key, value in sorted(original.measures.items()):
        if copy.measures.get(key) != value:
            return NotMade(reason=f"measures: {key} differs between original and copy")
    return Made(
        content=made.content,
        media_type=made.media_type,
        removed=made.removed,
        measures=original.measures,
    )


def _disarm_job(original: Original, switches: Switches, limits: Limits) -> Job:
    most = FREE_BYTES + MOST_GROWTH * original.size
    if Switch.PIXELS in switches:
        most = limits.most_content_bytes
    return Job(
        program=DISARM,
        content=original.content,
        params=_params(original, switches),
        seconds=_seconds(original, switches),
        produce_limit=min(limits.most_content_bytes, most),
    )


def _prove_job(original: Original, switches: Switches, *, walk: bool) -> Job:
    return Job(
        program=PROVE,
        content=original.content,
        params={**_params(original, switches), "walk": walk},
        seconds=_seconds(original, switches),
    )


def _params(original: Original, switches: Switches) -> dict[str, Json]:
    return {
        "media_type": original.media_type,
        "switches": sorted(switch.value for switch in switches),
    }


def _seconds(original: Original, switches: Switches) -> float:
    """Return how long a job may take; pages are drawn one after the other."""
    least = SECONDS_TO_DRAW if Switch.PIXELS in switches else SECONDS
    return least + original.size / BYTES_A_SECOND


def _made(reply: Reply) -> Made | NotMade:
    """Return what a reply holds; one of the wrong shape is no copy."""
    if isinstance(reply, Failure):
        return failed(reply)
    try:
        refusal = _refusal(reply)
        return NotMade(reason=refusal) if refusal else _copy(reply)
    except (ValueError, TypeError, KeyError, AttributeError):
        return failed(Failure(code=FailureCode.FORGED))


def _copy(reply: Answer) -> Made:
    said = reply.untrusted_value
    (stream,) = reply.produced
    media_type, removed = said["media_type"], said["removed"]
    if stream.untrusted_label != COPY or not stream.content:
        raise ValueError("a copy is one stream")
    if not isinstance(media_type, str) or not has_disarmer(media_type):
        raise ValueError("a copy is of a type that can be disarmed")
    if not isinstance(removed, list) or len(removed) > MOST_LISTED:
        raise ValueError("a bounded list of what was taken out")
    told = tuple(map(_removed, removed))
    if len({each.code for each in told}) > MOST_CODES:
        raise ValueError("too many codes")
    return Made(content=stream.content, media_type=media_type, removed=told)


def _removed(untrusted_item: Json) -> Removed:
    code, where, times = untrusted_item
    if not isinstance(code, str) or _CODE.fullmatch(code) is None:
        raise ValueError("no code")
    if not isinstance(where, str) or type(times) is not int or not 0 < times <= MOST_TIMES:
        raise ValueError("no place, or no number")
    return Removed(code=code, where=plain(where), times=times)


def _measured(reply: Reply) -> _Measured | NotMade:
    if isinstance(reply, Failure):
        return failed(reply)
    try:
        refusal = _refusal(reply)
        return NotMade(reason=refusal) if refusal else _read_measures(reply)
    except (ValueError, TypeError, KeyError, AttributeError):
        return failed(Failure(code=FailureCode.FORGED))


def _read_measures(reply: Answer) -> _Measured:
    said = reply.untrusted_value
    measures, left = said["measures"], said["left"]
    if not isinstance(left, list) or len(left) > MOST_CODES or len(measures) > MOST_MEASURES:
        raise ValueError("bounded lists")
    for text in (*measures.keys(), *measures.values()):
        if not isinstance(text, str) or _MEASURE.fullmatch(text) is None:
            raise ValueError("a measure is a short text")
    if not all(isinstance(code, str) and _CODE.fullmatch(code) for code in left):
        raise ValueError("no code")
    return _Measured(measures=dict(measures), left=tuple(left))


def _refusal(reply: Answer) -> str:
    refusal = reply.untrusted_value["refusal"]
    if not isinstance(refusal, str):
        raise TypeError("a reason is a text")
    return plain(refusal)


def plain(untrusted_text: str) -> str:
    """Return a text as one printable line: people and the ledger see it."""
    shown = untrusted_text[:LONGEST_REFUSAL]
    return "".join(c if c.isascii() and c.isprintable() else "?" for c in shown)


def failed(failure: Failure) -> NotMade:
    """Return that a process gave no answer."""
    detail = f": {failure.detail}" if failure.detail else ""
    return NotMade(
        reason=f"{failure.code.value}{detail}", transient=failure.code is FailureCode.MACHINE
    )
