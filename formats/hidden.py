"""What hides behind the end of a file, wherever in the rest it begins: programs, archives, scripts.

A program that looks for its mark anywhere, or from the end, finds it behind any filling.
"""

import re

from formats.shapes import COMPOUND, is_program

_MARKS: tuple[tuple[bytes, str], ...] = (
    (b"\x7fELF", "a program"),
    (b"L\x00\x00\x00\x01\x14\x02\x00", "a shortcut"),
    (b"PK\x03\x04", "an archive"),
    (b"Rar!\x1a\x07", "an archive"),
    (b"7z\xbc\xaf\x27\x1c", "an archive"),
    (b"MSCF\x00\x00\x00\x00", "an archive"),
    (COMPOUND, "a compound file"),
    (b"%PDF-", "a document"),
    (b"{\\rtf", "a document"),
    (b"#!/bin/", "a script"),
    (b"#!/usr/", "a script"),
)
_WORDS = re.compile(
    rb"<(?:script|html|body|iframe|svg|object|embed|hta:)|<\?(?:php|xml)|<%@|^\s*\*/[\s;=(]",
    re.IGNORECASE,
)
_MOST_PROGRAMS = 64
MARKUP = "markup or a script"


def first_hidden(rest: bytes) -> str:
    """Name what begins in bytes behind an end; empty when nothing that is known does."""
    found = next((what for mark, what in _MARKS if mark in rest), "")
    if found or _has_program(rest):
        return found or "a program"
    return MARKUP if _WORDS.search(rest) else ""


def _has_program(rest: bytes) -> bool:
    at = rest.find(b"MZ")
    for _ in range(_MOST_PROGRAMS):
        if at < 0:
            return False
        if is_program(rest, at) and b"PE\x00\x00" in rest[at : at + 4096]:
            return True
        at = rest.find(b"MZ", at + 1)
    return False
