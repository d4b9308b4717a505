"""Damage in the small picture of its first page that an old Office document carries."""

from collections.abc import Iterator

from formats.metafiles import emf_records, wmf_records
from formats.properties import Drawn, thumbnail_of
from formats.randomness import SECTOR, first_random_sector
from sanitizers.damage.drawn_bitmaps import zeros_in_bitmap, zeros_in_record
from sanitizers.damage.fault import Fault, noise

_WMF_MARKS = (b"\x01\x00\x09\x00", b"\x02\x00\x09\x00")


def check_thumbnail(stream: bytes) -> Iterator[Fault]:
    """Yield what is wrong with the picture in a summary: its records, noise, and lost rows.

    Raises:
        TruncatedError: it is shorter than it says.
        MalformedError: a record or a bitmap is not where it has to be.
        LimitError: it has too many records.
    """
    found = thumbnail_of(stream)
    if found is None:
        return
    yield from _noise(stream, found.start, found.end)
    if found.drawn is Drawn.BITMAP:
        yield from zeros_in_bitmap(stream, found.start, found.end)
        return
    picture = stream[found.start : found.end]
    if found.drawn is Drawn.EMF or picture.startswith(_WMF_MARKS):
        emf = found.drawn is Drawn.EMF
        for record in emf_records(picture) if emf else wmf_records(picture):
            yield from zeros_in_record(picture, record, emf=emf)


def _noise(stream: bytes, start: int, end: int) -> Iterator[Fault]:
    """Look for two sectors of noise in a row: no small picture is packed."""
    at = first_random_sector(stream, start, end)
    while at >= 0:
        following = first_random_sector(stream, at + SECTOR, end)
        if following == at + SECTOR:
            yield noise("random-region", at, "noise in a small picture")
            return
        at = following
