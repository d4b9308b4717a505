"""Disarms calendars: an alarm that starts a program goes, and nothing else (RFC 2445 4.8.6.1).

The bytes of all other lines stay as they are, folds and line ends too.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from hashlib import sha256

from formats.faults import MalformedError
from sanitizers.disarming.interface import Copy, Disarmer, Measures, Removed, Switch

MEDIA_TYPE = "text/calendar"
PROGRAM = "calendar.program"
# A line and the lines that go on with it (RFC 5545 3.1).
_LINE = re.compile(rb"[^\n]*(?:\n[ \t][^\n]*)*\n?")
_FOLD = re.compile(rb"\r?\n[ \t]")
_BEGIN = re.compile(rb"begin[ \t]*:[ \t]*valarm\s*\Z", re.IGNORECASE)
_END = re.compile(rb"end[ \t]*:[ \t]*valarm\s*\Z", re.IGNORECASE)
_ACTION = re.compile(rb"action[^:]{0,80}:[ \t]*procedure", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Piece:
    """Some lines: an alarm from its beginning to its end, or one other line."""

    content: bytes
    starts_program: bool


def disarm(content: bytes, switches: frozenset[Switch]) -> Copy:
    """Return the calendar without alarms that start programs.

    Raises:
        MalformedError: an alarm has no end, or a line outside of alarms starts a program.
    """
    del switches
    pieces = list(_pieces(content))
    gone = sum(piece.starts_program for piece in pieces)
    kept = b"".join(piece.content for piece in pieces if not piece.starts_program)
    removed = (Removed(code=PROGRAM, where="VALARM", times=gone),) if gone else ()
    return Copy(content=kept, media_type=MEDIA_TYPE, removed=removed)


def measure(content: bytes) -> Measures:
    """Return the digest of everything that does not belong to such an alarm, and its lines."""
    kept = [piece.content for piece in _pieces(content) if not piece.starts_program]
    text = sha256(_FOLD.sub(b"", b"".join(kept))).hexdigest()
    return Measures(values={"text": text, "pieces": str(len(kept))})


def walk(content: bytes) -> tuple[str, ...]:
    """Return the code of a program that the calendar still starts."""
    plain = _FOLD.sub(b"", content.replace(b"\0", b""))
    lines = re.split(rb"[\r\n]+", plain)
    return (PROGRAM,) if any(_ACTION.match(line.lstrip()) for line in lines) else ()


def _pieces(content: bytes) -> Iterator[_Piece]:
    alarm: list[bytes] = []
    for line in _LINE.findall(content.replace(b"\0", b"")):
        plain = _FOLD.sub(b"", line)
        if not alarm and not _BEGIN.match(plain):
            if line:
                yield _Piece(line, starts_program=False)
            continue
        if alarm and _BEGIN.match(plain):
            raise MalformedError("an alarm begins within an alarm")
        alarm.append(line)
        if _END.match(plain):
            starts = any(_ACTION.match(_FOLD.sub(b"", each)) for each in alarm)
            yield _Piece(b"".join(alarm), starts_program=starts)
            alarm = []
    if alarm:
        raise MalformedError("an alarm has no end")


DISARMER = Disarmer(disarm=disarm, measure=measure, walk=walk)
