"""Writers of containers that hostile archives took over: what each does stands in the archive."""

import ctypes
from collections.abc import Mapping

from custody.box import Emit, Json, Lane, Program, Sample
from sanitizers.disarming.rebuilding import programs as ours
from sanitizers.limits import Limits
from tests.corpus.calendars import calendar, sound, starting
from tests.corpus.packages import archive

MARK = "misdeed-"
NOTE = b"Nothing to report.\n"
PROGRAM = b"#!/bin/sh\nrm -rf /\n"


def misbehaving(misdeed: str) -> bytes:
    """An archive that would be written anew, and has its writer do something else."""
    return archive({f"{MARK}{misdeed}.txt": NOTE, "visit.ics": calendar(starting(), sound())})


def programs(limits: Limits) -> tuple[Program, ...]:
    """The two programs of the box, taken over by what they read."""
    return tuple(
        Program(
            name=name,
            factory=f"{__name__}:{function}",
            lane=Lane.FORKED,
            params={"limits": dict(limits.encode())},
        )
        for name, function in (("rebuild", "rebuilding"), ("reread", "rereading"))
    )


def rebuilding(params: Mapping[str, Json]) -> "_TakenOver":
    """Make the program that writes, or does what the archive says."""
    return _TakenOver(ours.rebuilding(params))


def rereading(params: Mapping[str, Json]) -> ours.Reread:
    """Make the program that reads."""
    return ours.rereading(params)


class _TakenOver:
    def __init__(self, honest: ours.Rebuild) -> None:
        self._honest = honest

    def __call__(self, sample: Sample, params: Mapping[str, Json], emit: Emit) -> Json:
        content = bytes(sample.view())
        for name, misdeed in MISDEEDS.items():
            if f"{MARK}{name}".encode() in content:
                return misdeed(content, emit)
        return self._honest(sample, params, emit)


def _said(emit: Emit, copy: bytes, media_type: str = "application/zip") -> Json:
    emit("copy", copy)
    return {"refusal": "", "media_type": media_type}


def _crash(content: bytes, emit: Emit) -> Json:
    return repr(ctypes.string_at(0))


def _loop(content: bytes, emit: Emit) -> Json:
    while True:
        pass


def _allocate(content: bytes, emit: Emit) -> Json:
    return len(bytearray(8 << 30))


def _flood(content: bytes, emit: Emit) -> Json:
    for _ in range(1024):
        emit("copy", bytes(1 << 20))
    return {}


def _forge(content: bytes, emit: Emit) -> Json:
    return _said(emit, b"x", "text/plain")


def _echo(content: bytes, emit: Emit) -> Json:
    """Say that the archive as it was is the copy, each time."""
    return _said(emit, content[: content.rindex(b"PK\x05\x06") + 22])


def _smuggle(content: bytes, emit: Emit) -> Json:
    """Put in a program that nobody looked at, each time."""
    members = {f"{MARK}smuggle.txt": NOTE, "visit.ics": calendar(sound()), "run.sh": PROGRAM}
    return _said(emit, archive(members))


def _lose(content: bytes, emit: Emit) -> Json:
    """Leave out what may be in it."""
    return _said(emit, archive({f"{MARK}lose.txt": NOTE}))


def _swap(content: bytes, emit: Emit) -> Json:
    """Put another content under a name that may be in it."""
    return _said(emit, archive({f"{MARK}swap.txt": PROGRAM, "visit.ics": calendar(sound())}))


def _hide(content: bytes, emit: Emit) -> Json:
    """Put something behind the end, where readers of archives do not look."""
    members = {f"{MARK}hide.txt": NOTE, "visit.ics": calendar(sound())}
    return _said(emit, archive(members) + PROGRAM)


def _tuck(content: bytes, emit: Emit) -> Json:
    """Put something between a member and the directory, where no reader of ours looks."""
    members = {f"{MARK}tuck.txt": NOTE, "visit.ics": calendar(sound())}
    whole = archive(members)
    directory = whole.index(b"PK\x01\x02")
    end = whole.rindex(b"PK\x05\x06")
    moved = directory + len(PROGRAM)
    told = whole[end : end + 16] + moved.to_bytes(4, "little") + whole[end + 20 :]
    return _said(emit, whole[:directory] + PROGRAM + whole[directory:end] + told)


MISDEEDS = {
    "crash": _crash,
    "loop": _loop,
    "allocate": _allocate,
    "flood": _flood,
    "forge": _forge,
    "echo": _echo,
    "smuggle": _smuggle,
    "lose": _lose,
    "swap": _swap,
    "hide": _hide,
    "tuck": _tuck,
}
