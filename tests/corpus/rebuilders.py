"""Containers that are written anew, in this very process: over inert samples of ours only."""

from collections.abc import Sequence

from custody.digest import digest_of
from sanitizers.containers.means import Means
from sanitizers.containers.unpacked import Unpacked
from sanitizers.containers.unpacking import READERS, Unpacking
from sanitizers.disarming.making import Made, NotMade, Original
from sanitizers.disarming.rebuilding.asking import CopyOfPart, PlannedPart, rebuilt
from sanitizers.disarming.rebuilding.plan import Plan, Rebuilt
from sanitizers.disarming.rebuilding.programs import WRITERS, Rebuild, Reread
from sanitizers.limits import DEFAULT_LIMITS, Limits
from tests.corpus.boxes import EmittingBox

ZIP, TAR, MAIL = "application/zip", "application/x-tar", "message/rfc822"
PAGE_COPY = b'<!DOCTYPE html>\n<meta charset="utf-8"><p>Bonjour</p>'


def a_box(limits: Limits = DEFAULT_LIMITS) -> EmittingBox:
    """A box with all that a container is written anew with."""
    return EmittingBox(
        {
            "unpack": Unpacking(Means(limits=limits)),
            "rebuild": Rebuild(limits),
            "reread": Reread(limits),
        }
    )


def parts_of(content: bytes, media_type: str) -> list[Unpacked]:
    """What the reader of a type takes out of a content."""
    return list(READERS[media_type](content, Means(limits=DEFAULT_LIMITS)))


def written(content: bytes, media_type: str, plan: Plan) -> Rebuilt:
    """A container as a plan has it."""
    return WRITERS[media_type].rebuild(content, plan, DEFAULT_LIMITS)


def planned(
    content: bytes,
    media_type: str,
    left_out: dict[int, str] | None = None,
    copies: dict[int, CopyOfPart] | None = None,
) -> list[PlannedPart]:
    """What becomes of each part: all stay but those that are named by their number."""
    return [
        PlannedPart(
            digest=digest_of(part.content),
            copy=(copies or {}).get(number),
            left_out=(left_out or {}).get(number, ""),
        )
        for number, part in enumerate(parts_of(content, media_type), 1)
    ]


def made_of(
    content: bytes,
    media_type: str,
    parts: Sequence[PlannedPart],
    *,
    limits: Limits = DEFAULT_LIMITS,
) -> Made | NotMade:
    """What becomes of a container and a plan."""
    original = Original(content=content, size=len(content), media_type=media_type)
    return rebuilt(a_box(limits), original, parts, limits)


def copy_of_part(content: bytes, media_type: str, original_type: str = "") -> CopyOfPart:
    """A copy that lacks one macro."""
    return CopyOfPart(
        content=content,
        media_type=media_type,
        original_type=original_type or media_type,
        removed={"ooxml.macro": 1},
    )
