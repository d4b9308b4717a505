"""Damage in AAC streams: frames that say how long they are, one behind the other."""

from collections.abc import Iterator

from formats.adts import end_of_frames
from formats.faults import MalformedError, TruncatedError
from sanitizers.damage.fault import Fault, after_end, cut
from sanitizers.damage.mpeg_audio import astray
from sanitizers.interface import Opened

_LEAST_UNWRITTEN = 512


def check_adts(opened: Opened) -> Iterator[Fault]:
    """Yield what is wrong with the frames of a recording.

    Raises:
        UnsupportedError: there are too few to be sure.
        LimitError: there are too many.
    """
    content = opened.content
    try:
        end = end_of_frames(content, 0)
    except TruncatedError as error:
        yield cut(content, error.reason, len(content))
    except MalformedError as error:
        yield astray(content, error)
    else:
        if len(content) - end >= _LEAST_UNWRITTEN and not content[end:].strip(b"\x00"):
            yield cut(content, "no frames at the end", end)
        else:
            yield from after_end(content, end)
