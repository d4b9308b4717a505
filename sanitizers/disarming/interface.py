"""What a disarmer is: plain functions over bytes that take active content out, and prove it.

A disarmer runs in the sandbox on hostile content, so it is not believed. The copy that it made is
measured and walked in a job of its own, by functions that know nothing of how it was made.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum, unique


@unique
class Switch(Enum):
    """What a policy, or a person, may ask of a disarmer beyond its defaults.

    Only a person may give up a signature: no policy says ALTHOUGH_SIGNED.
    """

    KEEP_LINKS = "keep-links"
    PIXELS = "pixels"
    ALTHOUGH_SIGNED = "although-signed"
    LEAVE_OUT = "leave-out"


@dataclass(frozen=True, slots=True, kw_only=True)
class Removed:
    """One kind of thing that was taken out of one place.

    `code` says what it was ("pdf.javascript", "ooxml.macro"). `where` is the part, object or
    element that held it, as the format names it (printable ASCII, never text of the document).
    """

    code: str
    where: str = ""
    times: int = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Copy:
    """A copy without active content, and what is no longer in it."""

    content: bytes
    media_type: str
    removed: tuple[Removed, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Measures:
    """What a copy must share with its original: digests of text and pixels, counts of pages.

    Keys are the disarmer's own ("text", "pages", "sheets", "cells", "pixels"); every key that the
    original has, the copy must have with an equal value.
    """

    values: Mapping[str, str] = field(default_factory=dict)


class CannotDisarmError(Exception):
    """Content that must be held as it is; the message says why, in words fit for the ledger.

    Signed documents, encrypted ones, and constructs that no copy can do without end here.
    """


@dataclass(frozen=True, slots=True, kw_only=True)
class Disarmer:
    """The three functions that a family of formats is disarmed and proven with.

    `disarm` is deterministic, and giving it its own output changes nothing. It raises
    CannotDisarmError, or a FormatError on content that cannot be read. `measure` reads what must
    stay equal. `walk` lists what active content there is, by code; a proven copy has none.
    """

    disarm: Callable[[bytes, frozenset[Switch]], Copy]
    measure: Callable[[bytes], Measures]
    walk: Callable[[bytes], tuple[str, ...]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Converter:
    """Makes a format that no disarmer reads into one that has a disarmer, in its own sandbox.

    `convert` is given a content and its media type, and returns what it became, with what that
    alone took out. It raises CannotDisarmError, also where its program is not installed.
    `version` says which program would do it, "none" without one: it is part of the profile, so
    that what was held for want of a program is tried again with one.
    """

    convert: Callable[[bytes, str], Copy]
    version: Callable[[], str]
