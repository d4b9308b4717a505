"""Values of a database that are documents or programs: no scanner has looked inside of them.

What a program keeps in a column comes out as a file at the next click. Pictures pass; everything
that is a file of another kind has to be taken out and inspected on its own, and so is held.
"""

import re
from enum import Enum, unique

from formats.families import PROHIBITED_FAMILIES, Family
from formats.randomness import WINDOW, is_random_like
from formats.signatures import candidates
from sanitizers.containers.embedded.decoding import BEFORE, MARKS

LEAST = 24
_PICTURES = frozenset({Family.IMAGE, Family.MEDIA, Family.FONT})
_ENCODED = re.compile(
    rb"(?:\A|[%s])(?:%s)"
    % (
        re.escape("".join(sorted(BEFORE)).encode("ascii")),
        b"|".join(mark.encode("ascii") for mark in MARKS),
    )
)


@unique
class ValueKind(Enum):
    """What a value is, worst first."""

    PROGRAM = "program"
    DOCUMENT = "document"
    SEALED = "sealed"
    PICTURE = "picture"


def kind_of_value(value: bytes) -> ValueKind | None:
    """Return what one value is, if it is a file of its own."""
    families = {kind.family for kind in candidates(value)}
    if families & PROHIBITED_FAMILIES:
        return ValueKind.PROGRAM
    if families - _PICTURES or _ENCODED.search(value):
        return ValueKind.DOCUMENT
    if families:
        return ValueKind.PICTURE
    is_sealed = len(value) >= WINDOW and is_random_like(value)
    return ValueKind.SEALED if is_sealed else None
