"""Faults: where content contradicts its own format, and what stands there instead.

Nothing (it was cut), zeros (it was never written), noise (it was encrypted) or other bytes (it was
changed): the bytes at the fault decide between a power failure and an attack, not the fault.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, unique

from formats.faults import FormatError
from formats.hidden import MARKUP, first_hidden
from formats.randomness import CELL, SECTOR, WINDOW, is_noise, is_random_window
from formats.signatures import candidates

_PICTURE = "image/jpeg"
_ZERO_CELL = bytes(CELL)
_PADDING = b"\x00\r\n\t \x1a"
_LEAST_TRAILER = 64
_ZERO_TAIL = 512
_MOST_OF_A_KEY = 8
# A run of zeros this long is never part of packed bytes that are not themselves of zeros.
_ZERO_RUN = re.compile(rb"\x00{256,}+")
_SHORT_ZERO_RUN = re.compile(rb"\x00{64,}+")
_SMALL = 8192


@unique
class Nature(Enum):
    """What stands where something else has to. DOUBT and NOTE are about what is whole."""

    CUT = "cut"
    ZEROED = "zeroed"
    NOISE = "noise"
    CHANGED = "changed"
    DOUBT = "doubt"
    NOTE = "note"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One contradiction: the rule that it breaks, what it looks like, and where."""

    rule: str
    nature: Nature
    offset: int = -1
    detail: str = ""


def cut(content: bytes, detail: str, offset: int = -1) -> Fault:
    """Return the fault of content that goes on beyond its last byte.

    When it ends in zeros it was not cut: its last blocks were allocated and never written.
    """
    if _ends_in_zeros(content):
        offset = len(content.rstrip(b"\x00"))
        return Fault(rule="zero-filled-end", nature=Nature.ZEROED, offset=offset, detail=detail)
    return Fault(rule="cut", nature=Nature.CUT, offset=offset, detail=detail)


def _ends_in_zeros(content: bytes) -> bool:
    return len(content) >= _ZERO_TAIL and not content[-_ZERO_TAIL:].strip(b"\x00")


def zeroed(offset: int, detail: str = "") -> Fault:
    """Return the fault of zeros inside of content."""
    return Fault(rule="zero-filled", nature=Nature.ZEROED, offset=offset, detail=detail)


def noise(rule: str, offset: int, detail: str = "") -> Fault:
    """Return the fault of noise where structure has to be."""
    return Fault(rule=rule, nature=Nature.NOISE, offset=offset, detail=detail)


def changed(rule: str, offset: int, detail: str = "") -> Fault:
    """Return the fault of bytes that are wrong, and neither zeros nor noise."""
    return Fault(rule=rule, nature=Nature.CHANGED, offset=offset, detail=detail)


def doubt(rule: str, detail: str = "", offset: int = -1) -> Fault:
    """Return what cannot be vouched for although nothing is broken."""
    return Fault(rule=rule, nature=Nature.DOUBT, offset=offset, detail=detail)


def zero_run(content: bytes, start: int = 0, end: int | None = None) -> int:
    """Return where the first long run of zeros stands, -1 if there is none."""
    run = _ZERO_RUN if len(content) >= _SMALL else _SHORT_ZERO_RUN
    found = run.search(content, start, len(content) if end is None else end)
    return found.start() if found else -1


def broken(content: bytes, error: FormatError) -> Fault:
    """Return the fault of a structure that is not where it has to be, by what stands there."""
    return broken_at(content, error.offset, error.reason)


def broken_at(content: bytes, offset: int, detail: str) -> Fault:
    """Return the fault of a structure that is missing at an offset."""
    at = max(offset, 0)
    here = content[at : at + 4 * CELL]
    if not here:
        return cut(content, detail, offset)
    if not here.strip(b"\x00") or content.startswith(_ZERO_CELL, _aligned(at)):
        return zeroed(offset, detail)
    if is_noise_at(content, at):
        return noise("overwritten-structure", offset, detail)
    if _ends_in_zeros(content):
        return cut(content, detail, offset)
    return changed("broken-structure", offset, detail)


def is_noise_at(content: bytes, at: int) -> bool:
    """Tell whether noise starts at an offset, or at the next cell that an encryptor would align."""
    following = _aligned(at)
    return is_noise(content[at : at + CELL]) or is_noise(content[following : following + CELL])


def _aligned(at: int) -> int:
    return (at + CELL - 1) // CELL * CELL


def after_end(content: bytes, end: int, *, allowed: int = 0) -> Iterator[Fault]:
    """Judge what was appended: nothing, padding, harmless bytes, noise, or a file of its own."""
    rest = content[end:]
    if not rest.strip(_PADDING):
        return
    kinds = [k.media_type for k in candidates(rest.lstrip(_PADDING)) if k.media_type != _PICTURE]
    # A camera fills the last sector of a picture with whatever stood in its memory.
    is_filling = len(rest) < SECTOR and len(content) % SECTOR == 0
    is_long = len(rest) >= _LEAST_TRAILER and not is_filling
    if not kinds and is_long and _is_noise_throughout(rest):
        yield noise("random-trailer", end, f"{len(rest)} bytes behind the end")
    elif kinds:
        yield doubt("trailing-data", ", ".join(kinds), end)
    elif hidden := first_hidden(rest):
        yield doubt("trailing-markup" if hidden == MARKUP else "trailing-data", hidden, end)
    elif allowed and len(rest) > allowed:
        yield doubt("trailing-data", f"{len(rest)} bytes", end)
    else:
        yield Fault(
            rule="trailing-bytes", nature=Nature.NOTE, offset=end, detail=f"{len(rest)} bytes"
        )


def _is_noise_throughout(rest: bytes) -> bool:
    """Look at the first and the last bytes of a trailer: a footer has its key at either end.

    What stands before it may end in a line end or zeros; of a long trailer one end may be a text.
    """
    keys = rest.strip(_PADDING)
    if len(keys) < SECTOR:
        return is_noise(keys)
    ends = is_random_window(keys[:SECTOR]), is_random_window(keys[-SECTOR:])
    return all(ends) or (any(ends) and is_random_window(keys[:WINDOW])) or _ends_in_a_key(rest)


def _ends_in_a_key(rest: bytes) -> bool:
    """Tell whether a few last sectors are noise behind bytes that are none, and not packed."""
    for sectors in range(1, _MOST_OF_A_KEY + 2):
        start = len(rest) - sectors * SECTOR
        if start < 0:  # what stood there before the key fills no sector of its own
            return sectors > 1 and not is_noise(rest[: start + SECTOR])
        if not is_random_window(rest[start : start + SECTOR]):
            return sectors > 1
    return False
