"""Disarms GIF pictures (GIF89a): frames, colours and the loop stay, remarks and what follows go."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from formats.faults import MalformedError, TruncatedError
from formats.hidden import first_hidden
from formats.images import end_of_gif
from sanitizers.disarming.interface import (
    CannotDisarmError,
    Copy,
    Disarmer,
    Measures,
    Removed,
    Switch,
)

MEDIA_TYPE = "image/gif"
_EXTENSION, _IMAGE = 0x21, 0x2C
_CONTROL, _REMARK, _PLAIN_TEXT, _APPLICATION = 0xF9, 0xFE, 0x01, 0xFF
_LOOPS = (b"\x0bNETSCAPE2.0\x03\x01", b"\x0bANIMEXTS1.0\x03\x01")
_LOOP, _CONTROL_SIZE = 18, 8


@dataclass(frozen=True, slots=True, kw_only=True)
class Block:
    """The head of the file, an extension or a frame, as its bytes stand there."""

    label: int
    content: bytes

    @property
    def code(self) -> str:
        """The code of a block that goes; empty for one that stays."""
        if self.label == _REMARK:
            return "image.comment"
        is_loop = self.content[2:].startswith(_LOOPS) and len(self.content) == _LOOP + 1
        is_control = self.label == _CONTROL and len(self.content) == _CONTROL_SIZE
        return "" if self.label in (0, _IMAGE) or is_control or is_loop else "image.metadata"


def disarm(content: bytes, switches: frozenset[Switch]) -> Copy:
    """Return the picture with the same frames.

    Raises:
        CannotDisarmError: it has text that a reader would draw.
        FormatError: the picture is not whole.
    """
    del switches
    end = end_of_gif(content)
    blocks = list(_blocks(content, end))
    if any(block.label == _PLAIN_TEXT for block in blocks):
        raise CannotDisarmError("it has text that readers draw")
    cut = Counter(block.code for block in blocks)
    cut["image.trailing"] += bool(content[end:].strip(b"\x00"))
    removed = tuple(Removed(code=code, times=n) for code, n in sorted(cut.items()) if code and n)
    written = b"".join(block.content for block in blocks if not block.code) + b"\x3b"
    return Copy(content=written, media_type=MEDIA_TYPE, removed=removed)


def _blocks(content: bytes, end: int) -> Iterator[Block]:
    if not content.startswith((b"GIF87a", b"GIF89a")):
        raise MalformedError("no picture begins here", offset=0)
    at = 13 + _colours(content[10])
    yield Block(label=0, content=content[:at])
    while at < end - 1:
        label, start = content[at], at + 2
        if label == _EXTENSION:
            label = content[at + 1]
        else:
            start = at + 11 + _colours(content[at + 9])
        stop = _behind(content, start, end)
        yield Block(label=label, content=content[at:stop])
        at = stop


def _colours(packed: int) -> int:
    return 3 << (packed & 7) + 1 if packed & 0x80 else 0


def _behind(content: bytes, at: int, end: int) -> int:
    while at < end:
        size = content[at]
        at += 1 + size
        if not size:
            return at
    raise TruncatedError("a block is cut", offset=end)


def measure(content: bytes) -> Measures:
    """Return a digest of the head, the frames and their order, and how many there are.

    Raises:
        FormatError: the picture is not whole.
    """
    drawn = [
        block.content
        for block in _blocks(content, end_of_gif(content))
        if block.label in (0, _IMAGE) or (block.label == _CONTROL and not block.code)
    ]
    frames = sum(content[:1] == b"\x2c" for content in drawn)
    return Measures(values={"pixels": sha256(b"".join(drawn)).hexdigest(), "frames": str(frames)})


def walk(content: bytes) -> tuple[str, ...]:
    """Return the codes of what a copy may not have.

    Raises:
        FormatError: the picture is not whole.
    """
    end = end_of_gif(content)
    found = {"image.trailing"} if content[end:] else set()
    for block in _blocks(content, end):
        if block.label not in (0, _IMAGE, _CONTROL, _APPLICATION):
            found.add("image.comment")
        elif block.label == _APPLICATION and len(block.content) > _LOOP + 1:
            found.add("image.metadata")
        if block.label != _IMAGE and first_hidden(block.content):
            found.add("image.hidden")
    return tuple(sorted(found))


DISARMER = Disarmer(disarm=disarm, measure=measure, walk=walk)
