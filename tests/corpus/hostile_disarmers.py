"""Disarmers that hostile calendars took over: what each does stands in the calendar itself."""

import ctypes
from collections.abc import Mapping

from custody.box import Emit, Json, Lane, Program, Sample
from sanitizers.disarming import programs as ours
from sanitizers.limits import Limits
from tests.corpus.calendars import calendar, sound, starting

MARK = b"X-MISDEED:"


def misbehaving(misdeed: str) -> bytes:
    """A calendar that would be disarmed, and has its disarmer do something else."""
    return calendar(starting(), sound(), MARK + misdeed.encode() + b"\r\n")


def programs(limits: Limits) -> tuple[Program, ...]:
    """The two programs of the box, taken over by what they read."""
    return tuple(
        Program(
            name=name,
            factory=f"{__name__}:{function}",
            lane=Lane.FORKED,
            params={"limits": dict(limits.encode())},
        )
        for name, function in (("disarm", "disarming"), ("prove", "proving"))
    )


def disarming(params: Mapping[str, Json]) -> ours.Disarm:
    """Make the program that disarms, or does what the calendar says."""
    return _TakenOver(ours.disarming(params))


def proving(params: Mapping[str, Json]) -> ours.Prove:
    """Make the program that proves, or says what the calendar wants."""
    return _Lying(ours.proving(params))


class _TakenOver:
    def __init__(self, honest: ours.Disarm) -> None:
        self._honest = honest

    def __call__(self, sample: Sample, params: Mapping[str, Json], emit: Emit) -> Json:
        content = bytes(sample.view())
        at = content.find(MARK)
        if at < 0:
            return self._honest(sample, params, emit)
        name = content[at + len(MARK) :].split(b"\r\n")[0].decode()
        return MISDEEDS[name](content, emit)


class _Lying:
    def __init__(self, honest: ours.Prove) -> None:
        self._honest = honest

    def __call__(self, sample: Sample, params: Mapping[str, Json], emit: Emit) -> Json:
        content = bytes(sample.view())
        if any(MARK + name in content for name in (b"smuggle", b"disguise")):
            return {"refusal": "", "measures": {"text": "the same"}, "left": []}
        return self._honest(sample, params, emit)


def _said(emit: Emit, copy: bytes, **changed: Json) -> Json:
    emit("copy", copy)
    told = {
        "refusal": "",
        "media_type": "text/calendar",
        "removed": [["calendar.program", "VALARM", 1]],
    }
    return {**told, **changed}


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
    return _said(emit, b"x", removed=[["Patient DURAND", "", 1]])


def _change(content: bytes, emit: Emit) -> Json:
    return _said(emit, content + b"X-MORE:1\r\n")


def _leave(content: bytes, emit: Emit) -> Json:
    return _said(emit, calendar(starting(), MARK + b"leave\r\n"))


def _lose(content: bytes, emit: Emit) -> Json:
    return _said(emit, calendar())


def _smuggle(content: bytes, emit: Emit) -> Json:
    return _said(emit, calendar(starting(), MARK + b"smuggle\r\n"))


def _disguise(content: bytes, emit: Emit) -> Json:
    return _said(emit, MARK + b"disguise\r\nDear colleague, nothing of a calendar.\n")


MISDEEDS = {
    "crash": _crash,
    "loop": _loop,
    "allocate": _allocate,
    "flood": _flood,
    "forge": _forge,
    "change": _change,
    "leave": _leave,
    "lose": _lose,
    "smuggle": _smuggle,
    "disguise": _disguise,
}
