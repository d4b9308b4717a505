"""Values of a database that are documents or programs: no scanner has looked inside of them.

What a program keeps in a column comes out as a file at the next click. Pictures pass; everything
that is a file of another kind has to be taken out and inspected on its own, and so is held.
"""

import re
from collections.abc import Iterator

from custody.finding import Finding
from formats.families import PROHIBITED_FAMILIES, Family
from formats.randomness import WINDOW, is_random_like
from formats.signatures import candidates
from sanitizers.active.observation import note, prohibited, unverifiable
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


def look_at_value(value: bytes, where: str = "") -> Iterator[Finding]:
    """Yield what one value is, if it is a file of its own; `where` never names a column."""
    families = {kind.family for kind in candidates(value)}
    if families & PROHIBITED_FAMILIES:
        yield prohibited("program-in-value", where=where)
    elif families - _PICTURES or _ENCODED.search(value):
        yield unverifiable("document-in-value", where=where)
    elif families:
        yield note("picture-in-value", where=where)
    elif len(value) >= WINDOW and is_random_like(value):
        yield unverifiable("sealed-value", where=where)
