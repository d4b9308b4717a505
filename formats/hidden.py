"""What hides behind the end of a file, wherever in the rest it begins: programs, archives, scripts.

A program that looks for its mark anywhere, or from the end, finds it behind any filling.
"""

import re
from collections.abc import Iterator

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
_LONGEST_STUB = 4096
_MOST_MARKS = 1000
# What a server, a browser or a shell would run, were the picture handed to it.
_SCRIPTS = (
    *(b"<?php", b"<script", b"<SCRIPT", b"#!/bin/", b"#!/usr/bin/"),
    *(b"<%@page", b"<%@ page", b"<%@ Page", b"<%eval", b"<%@ language", b"<%@ LANGUAGE"),
)
# Class, byte order, version, any system, and seven bytes of nothing (System V gABI, e_ident).
_ELF = re.compile(rb"\x7fELF[\x01\x02][\x01\x02]\x01[\x00-\xff]{2}\x00{7}")
_MACH_O = (b"\xcf\xfa\xed\xfe\x07\x00\x00\x01", b"\xcf\xfa\xed\xfe\x0c\x00\x00\x01")
MARKUP = "markup or a script"


def first_hidden(rest: bytes) -> str:
    """Name what begins in bytes behind an end; empty when nothing that is known does."""
    found = next((what for mark, what in _MARKS if mark in rest), "")
    if found or _has_program(rest):
        return found or "a program"
    return MARKUP if _WORDS.search(rest) else ""


def runs_within(content: bytes) -> tuple[bool, bool]:
    """Tell whether a program and whether a script begins anywhere within a picture.

    Whatever part of it they stand in, a comment, a profile, a field or its pixels: what takes them
    out and runs them needs no more than to know where. Marks are long, or have to fit their header,
    since short ones stand in any large picture by chance.
    """
    return program_within(content), any(mark in content for mark in _SCRIPTS)


def program_within(content: bytes) -> bool:
    """Tell whether the header of a program for Windows, Linux or macOS stands anywhere."""
    return (
        _has_pe(content)
        or any(_ELF.match(content, at) is not None for at in _places(content, b"\x7fELF"))
        or any(mark in content for mark in _MACH_O)
    )


def _has_pe(content: bytes) -> bool:
    """Look for the mark of a PE header, and before it for the one of DOS that leads to it.

    So many marks that nobody would weigh them all stand in no picture by chance.
    """
    for count, at in enumerate(_places(content, b"PE\x00\x00")):
        if count > _MOST_MARKS:
            return True
        start = content.find(b"MZ", max(0, at - _LONGEST_STUB), at)
        while start >= 0:
            if content[start + 60 : start + 64] == (at - start).to_bytes(4, "little"):
                return True
            start = content.find(b"MZ", start + 1, at)
    return False


def _places(content: bytes, mark: bytes) -> Iterator[int]:
    at = content.find(mark)
    while at >= 0:
        yield at
        at = content.find(mark, at + 1)


def _has_program(rest: bytes) -> bool:
    at = rest.find(b"MZ")
    for _ in range(_MOST_PROGRAMS):
        if at < 0:
            return False
        if is_program(rest, at) and b"PE\x00\x00" in rest[at : at + 4096]:
            return True
        at = rest.find(b"MZ", at + 1)
    return False
