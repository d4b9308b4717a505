"""Damage in JPEG 2000 pictures: boxes, tiles, and the codes of their packets."""

from collections.abc import Iterator

from formats.faults import MalformedError, TruncatedError
from formats.jpeg2000 import codestreams, end_of_codestream
from formats.randomness import first_random_sector
from sanitizers.damage.fault import (
    Fault,
    Nature,
    after_end,
    broken_at,
    changed,
    cut,
    noise,
    zero_run,
    zeroed,
)
from sanitizers.interface import Opened


def check_jpeg2000(opened: Opened) -> Iterator[Fault]:
    """Yield what is wrong with a picture: its boxes, its tiles, and their packets.

    Raises:
        UnsupportedError: it has boxes that a picture has no need of.
        LimitError: it has too many tiles.
    """
    content = opened.content
    last = 0
    try:
        for start, end in codestreams(content):
            last = end_of_codestream(content, start, end)
            if end < len(content):
                # No box has a part of its own behind the codestream's end mark.
                yield from after_end(content[:end], last)
                last = end
            zeros = zero_run(content, start, end)
            if zeros >= 0:
                yield zeroed(zeros, "in the packed part")
                return
    except TruncatedError as error:
        zeros = zero_run(content, 0)
        fault = cut(content, error.reason, error.offset)
        yield fault if zeros < 0 or fault.nature is Nature.ZEROED else zeroed(zeros, error.reason)
        return
    except MalformedError as error:
        yield _code_fault(content, error)
        return
    yield from after_end(content, last)


def _code_fault(content: bytes, error: MalformedError) -> Fault:
    fault = broken_at(content, error.offset, error.reason)
    if fault.nature is not Nature.CHANGED:
        return fault
    zeros = zero_run(content, 0)
    if zeros >= 0:
        return zeroed(zeros, error.reason)
    if first_random_sector(content, 0, len(content)) >= 0:
        return noise("overwritten-structure", error.offset, error.reason)
    return changed(fault.rule, error.offset, error.reason)
