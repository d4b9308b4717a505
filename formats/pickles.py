"""Serialised objects of Python that are written as text, and call something when they are read.

A pickle is a program for a small machine (pickletools, opcodes of protocols 0 to 5). One that is
written in letters passes for a text; what it imports and calls runs while a program loads it.
"""

import pickletools
import re
import struct
from io import BytesIO

_MARK = pickletools.markobject
_NAMED = re.compile(r"[A-Za-z_][\w.]* [A-Za-z_][\w.]*")
_IMPORTS = frozenset({"GLOBAL", "INST"})
_CALLS = frozenset({"REDUCE", "INST", "OBJ"})
# A text of so many codes in a row is none.
_MOST_CODES = 100_000
_FIRST = frozenset(b"(])}]cIFLSVNUTMKJGX")


def calls_when_read(view: bytes) -> bool:
    """Tell whether a text is a pickle that imports something and calls it.

    The machine stops at the first code that does not fit; what stands before it was run.
    """
    if not view or view[0] not in _FIRST:
        return False
    try:
        return _calls(view)
    except (ValueError, OverflowError, struct.error):
        return False


def _calls(view: bytes) -> bool:
    stack: list[object] = []
    imported = False
    for count, (code, given, _) in enumerate(pickletools.genops(BytesIO(view))):
        if count > _MOST_CODES:
            return True
        if code.name in _IMPORTS:
            if not _NAMED.fullmatch(str(given)):
                return False
            imported = True
        if not _step(code, stack):
            return False
        if imported and code.name in _CALLS:
            return True
    return False


def _step(code: pickletools.OpcodeInfo, stack: list[object]) -> bool:
    """Do to the stack what a code does; False when it lacks what the code takes from it."""
    before = list(code.stack_before)
    if _MARK in before:
        if _MARK not in stack:
            return False
        while stack.pop() is not _MARK:
            pass
        before = before[: before.index(_MARK)]
    if len(stack) < len(before):
        return False
    del stack[len(stack) - len(before) :]
    stack.extend(code.stack_after)
    return True
