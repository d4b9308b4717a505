"""Damage in WebP pictures: chunks that do not follow one another, zeros, noise in notes."""

from collections.abc import Iterator

from formats.faults import MalformedError, TruncatedError, UnsupportedError
from formats.hidden import first_hidden
from formats.randomness import first_random_sector
from formats.webp import Chunk, chunks, last_byte
from sanitizers.damage.fault import (
    Fault,
    after_end,
    broken_at,
    cut,
    noise,
    zero_run,
    zeroed,
)
from sanitizers.interface import Opened

_XMP, _UNKNOWN_LONGEST = b"XMP ", 1 << 16


def check_webp(opened: Opened) -> Iterator[Fault]:
    """Yield what is wrong with a picture; noise amid what is packed is not among it.

    Raises:
        UnsupportedError: a chunk may hold a file.
        LimitError: there are too many chunks.
    """
    content = opened.content
    try:
        faults = [fault for chunk in chunks(content) for fault in _chunk(content, chunk)]
    except TruncatedError as error:
        yield cut(content, error.reason, error.offset)
        return
    except MalformedError as error:
        yield broken_at(content, error.offset, error.reason)
        return
    yield from faults[:1] or after_end(content, min(last_byte(content), len(content)))


def _chunk(content: bytes, chunk: Chunk) -> Iterator[Fault]:
    held = content[chunk.start : chunk.end]
    if chunk.packed:
        zeros = zero_run(content, chunk.start, chunk.end)
        if zeros >= 0:
            yield zeroed(zeros, "in packed pixels")
    elif chunk.name == _XMP:
        at = first_random_sector(content, chunk.start, chunk.end)
        if at >= 0:
            yield noise("random-region", at, "a random-like sector amid notes")
    elif chunk.name == b"ANMF":
        return
    elif first_hidden(held) or (not chunk.is_known and len(held) > _UNKNOWN_LONGEST):
        raise UnsupportedError("a chunk that may hold a file", offset=chunk.start)
