"""Damage in Publisher documents: chunks and records that do not follow one another, and noise."""

from collections.abc import Callable, Iterator, Mapping

from formats.faults import MalformedError, TruncatedError
from formats.ole2 import Compound
from formats.publisher import check_contents, check_quill, check_shapes
from formats.randomness import first_random_sector
from sanitizers.damage.blips import check_blips
from sanitizers.damage.compound import check_compound, in_stream
from sanitizers.damage.fault import Fault, noise
from sanitizers.interface import Opened

_PARTS: Mapping[tuple[str, ...], Callable[[bytes], object]] = {
    ("Contents",): check_contents,
    ("Quill", "QuillSub", "CONTENTS"): check_quill,
    ("Escher", "EscherStm"): check_shapes,
}
_PICTURES = ("Escher", "EscherDelayStm")


def check_publication(opened: Opened) -> Iterator[Fault]:
    """Yield what is wrong with a document.

    Raises:
        UnsupportedError: it was written by Publisher 98 or before.
    """
    faults = list(check_compound(opened))
    yield from faults
    if faults:
        return
    compound = Compound(opened.content)
    for path, check in _PARTS.items():
        entry = compound.find(*path)
        if entry is not None:
            yield from _part(compound.stream(entry), check)
    pictures = compound.find(*_PICTURES)
    if pictures is not None:
        yield from check_blips(compound.stream(pictures))


def _part(stream: bytes, check: Callable[[bytes], object]) -> Iterator[Fault]:
    """Follow a part that nothing packs; noise in it is looked for first, and says more."""
    at = first_random_sector(stream, 0, len(stream))
    if at >= 0:
        yield noise("random-region", at, "a random-like sector in a part that is never packed")
        return
    try:
        check(stream)
    except (TruncatedError, MalformedError) as error:
        yield in_stream(stream, error)
