"""Serialised objects of Python that are written as text, and call something when they are read.

A pickle is a program for a small machine (pickletools, opcodes of protocols 0 to 5). One that is
written in letters passes for a text; what it imports and calls runs while a program loads it. The
arguments are cut here as the machine cuts them: a reader that is stricter stops before the call.
"""

import pickletools
import re
from collections.abc import Iterator

from formats.families import Family, Kind

PICKLE = Kind("application/x-python-pickle", Family.DATABASE)
_MARK = pickletools.markobject
_CODES = {ord(code.code): code for code in pickletools.opcodes}
_NAMED = re.compile(rb"[A-Za-z_][\w.]*\n[A-Za-z_][\w.]*\n")
_IMPORTS = frozenset({"GLOBAL", "INST"})
# BUILD calls a method, or sets the attributes, of what was imported.
_CALLS = frozenset({"REDUCE", "INST", "OBJ", "NEWOBJ", "NEWOBJ_EX", "BUILD"})
# Numbers may be written as in programs, with 0x too, and be of any length.
_NUMBERS = frozenset({"INT", "LONG", "FLOAT"})
_DIGITS = re.compile(rb"\s*[-+.\w]+\s*\n")
_QUOTED = re.compile(rb"\s*(['\"]).*\1\s*\n")
# How many bytes the length of an argument has.
_LENGTHS = {
    pickletools.TAKEN_FROM_ARGUMENT1: 1,
    pickletools.TAKEN_FROM_ARGUMENT4: 4,
    pickletools.TAKEN_FROM_ARGUMENT4U: 4,
    pickletools.TAKEN_FROM_ARGUMENT8U: 8,
}
# A text of so many codes in a row is none.
_MOST_CODES = 100_000


def calls_when_read(content: bytes) -> bool:
    """Tell whether content is a pickle that imports something and calls it.

    The machine stops at the first code that does not fit; what stands before it was run.
    """
    stack: list[object] = []
    marks: list[int] = []
    imported = False
    for count, (code, given) in enumerate(_codes(content)):
        if count > _MOST_CODES:
            return True
        if code.name in _IMPORTS:
            imported = _NAMED.fullmatch(given) is not None
            if not imported:
                return False
        if not (_is_possible(code.name, given) and _step(code, stack, marks)):
            return False
        if imported and code.name in _CALLS:
            return True
    return False


def _codes(content: bytes) -> Iterator[tuple[pickletools.OpcodeInfo, bytes]]:
    """Yield each code and its argument, up to a byte that is none, or an argument that is cut."""
    at = 0
    while (code := _CODES.get(content[at]) if at < len(content) else None) is not None:
        end = _end_of_argument(content, at + 1, code)
        if end > len(content) or end <= at:
            return
        yield code, content[at + 1 : end]
        at = end


def _end_of_argument(content: bytes, at: int, code: pickletools.OpcodeInfo) -> int:
    """Return where an argument ends; 0 when its line has no end."""
    if code.arg is None:
        return at
    if code.arg.n >= 0:
        return at + code.arg.n
    if code.arg.n != pickletools.UP_TO_NEWLINE:
        start = at + _LENGTHS[code.arg.n]
        return start + int.from_bytes(content[at:start], "little")
    end = content.find(b"\n", at) + 1
    return content.find(b"\n", end) + 1 if end and code.name in _IMPORTS else end


def _is_possible(name: str, given: bytes) -> bool:
    """Tell whether the machine can take an argument for what its code says that it is."""
    if name in _NUMBERS:
        return _DIGITS.fullmatch(given) is not None
    return name != "STRING" or _QUOTED.fullmatch(given) is not None


def _step(code: pickletools.OpcodeInfo, stack: list[object], marks: list[int]) -> bool:
    """Do to the stack what a code does; False when it lacks what the code takes from it.

    The places of the marks are kept, so that no code looks through the stack for one.
    """
    before = list(code.stack_before)
    if _MARK in before:
        if not marks:
            return False
        del stack[marks.pop() :]
        before = before[: before.index(_MARK)]
    if len(stack) < len(before):
        return False
    del stack[len(stack) - len(before) :]
    while marks and marks[-1] >= len(stack):
        marks.pop()
    if code.name == "MARK":
        marks.append(len(stack))
    stack.extend(code.stack_after)
    return True
