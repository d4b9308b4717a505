"""Damage in OLE2 compound files: chains of sectors, records, and noise in parts never packed."""

from collections.abc import Iterator

from formats import biff
from formats.faults import FormatError, MalformedError, TruncatedError
from formats.ole2 import Compound, Entry, guiding_sectors
from formats.properties import check_property_sets
from formats.randomness import CELL, SECTOR, first_random_sector, first_random_window, is_noise
from formats.stripes import find_stripes
from sanitizers.damage.blips import check_blips, may_hold_pictures
from sanitizers.damage.fault import Fault, Nature, after_end, broken_at, cut, noise, zero_run
from sanitizers.damage.fault import zeroed as zeros_at
from sanitizers.damage.letters import check_letters
from sanitizers.damage.thumbnails import check_thumbnail
from sanitizers.damage.word_parts import check_plain_part
from sanitizers.interface import Opened

_NEVER_PACKED = frozenset({"worddocument", "0table", "1table"})
_SUMMARY = "\x05SummaryInformation"
_PROPERTY_SETS = frozenset({_SUMMARY, "\x05DocumentSummaryInformation"})
# Where presentations and texts keep their pictures, packed by right.
_PICTURES = frozenset({"pictures", "data"})
_ZERO_TAIL = 4096


def check_compound(opened: Opened) -> Iterator[Fault]:
    """Yield what is wrong with a document."""
    content = opened.content
    try:
        compound = Compound(content)
        user = compound.find("Current User")
        if user is not None and biff.slides_are_encrypted(compound.stream(user)):
            return
        if len(content) > 2 * _ZERO_TAIL and not content[-_ZERO_TAIL:].strip(b"\x00"):
            yield cut(content, "nothing but zeros at the end")
            return
        faults = list(_streams(compound))
        yield from faults[:1] or _behind(content, compound)
    except (TruncatedError, MalformedError) as error:
        yield _broken(content, error)


def check_sealed(opened: Opened) -> Iterator[Fault]:
    """Yield what is wrong with a document behind a password: noise in its package is its cipher.

    A stream that is shorter than its entry says was written so, as long as no sector is missing.
    """
    content = opened.content
    for fault in check_compound(opened):
        if fault.nature is not Nature.CUT or _is_short(content, guiding_sectors(content)):
            yield fault


def _behind(content: bytes, compound: Compound) -> Iterator[Fault]:
    """Judge what follows the last sector, or that a part of it is missing.

    Some writers stop with the last byte of a stream. What ends in the filling behind it was cut.
    """
    if len(content) < compound.end <= len(content) + compound.sector and not _stops(
        content, compound
    ):
        yield cut(content, "the last sector is cut", len(content))
    else:
        yield from after_end(content, compound.end)


def _stops(content: bytes, compound: Compound) -> bool:
    """Tell whether some stream ends where the content does."""
    rest = len(content) % compound.sector
    return any(e.is_stream and e.size % compound.sector == rest for e in compound.entries)


def _broken(content: bytes, error: TruncatedError | MalformedError) -> Fault:
    """Judge a walk that failed by the sectors that guided it, not by where it ended up."""
    guides = guiding_sectors(content)
    for place in guides:
        if _is_destroyed(content[place : place + SECTOR]):
            return noise("overwritten-structure", place, error.reason)
    if _is_short(content, guides):
        return cut(content, error.reason, len(content))
    zeros = zero_run(content, SECTOR)
    if zeros >= 0:
        return zeros_at(zeros, error.reason)
    if isinstance(error, TruncatedError):
        return cut(content, error.reason, len(content))
    return broken_at(content, error.offset, error.reason)


def _is_destroyed(sector: bytes) -> bool:
    """Tell whether a sector of numbers or names is noise, whole or in stripes.

    An entry of the directory may hold one class identifier, which is a cell of noise by right.
    """
    cells = [is_noise(sector[at : at + CELL]) for at in range(0, len(sector) - CELL + 1, CELL)]
    return sum(cells) > len(cells) // 5


def _is_short(content: bytes, guides: list[int]) -> bool:
    """Tell whether sectors that the tables know to be in use lie beyond the last byte."""
    if any(place + SECTOR > len(content) for place in guides):
        return True
    try:
        return Compound(content).end > len(content) + SECTOR
    except FormatError:
        return False


def _streams(compound: Compound) -> Iterator[Fault]:
    word = compound.find("WordDocument")
    text = compound.stream(word) if word is not None else b""
    protected = biff.text_is_encrypted(text)
    if not protected:
        yield from check_letters(compound, text)
    for entry in compound.entries:
        if not entry.is_stream:
            continue
        stream = compound.stream(entry)
        try:
            if entry.name in _PROPERTY_SETS:
                check_property_sets(stream)
                yield from _noise_in(stream)
                if entry.name == _SUMMARY:
                    yield from check_thumbnail(stream)
            elif len(entry.path) == 1 and entry.name.lower() in _PICTURES:
                yield from check_blips(stream) if may_hold_pictures(stream) else _noisy(stream)
            elif not _is_packed(entry, stream, word_is_protected=protected):
                yield from check_plain_part(stream)
        except (TruncatedError, MalformedError) as error:
            yield in_stream(stream, error)


def in_stream(stream: bytes, error: TruncatedError | MalformedError) -> Fault:
    """Judge records that lead nowhere: by what stands there, then by what stands before it.

    A walk follows lengths, so that it may go astray long before it is seen to.
    """
    fault = broken_at(stream, max(error.offset, 0), error.reason)
    if fault.nature in (Nature.ZEROED, Nature.NOISE):
        return fault
    noisy = first_random_sector(stream, 0, len(stream))
    if noisy >= 0:
        return noise("overwritten-structure", noisy, error.reason)
    zeros = zero_run(stream)
    return zeros_at(zeros, error.reason) if zeros >= 0 else fault


def _is_packed(entry: Entry, stream: bytes, *, word_is_protected: bool) -> bool:
    """Walk the records of a stream, and tell whether it may hold packed bytes."""
    name = entry.name.lower() if len(entry.path) == 1 else ""
    if name == "workbook":
        return _any_of(biff.excel_records(stream), biff.PICTURES)
    if name == "powerpoint document":
        return _any_of(biff.slide_records(stream), biff.STORED_OBJECTS)
    return name not in _NEVER_PACKED or word_is_protected


def _any_of(records: Iterator[biff.Record], numbers: frozenset[int]) -> bool:
    """Walk all records to the end, and tell whether one of them holds packed bytes."""
    return bool({record.number for record in records} & numbers)


def _noisy(stream: bytes) -> Iterator[Fault]:
    """Yield a single sector of noise: in a small stream of numbers there is no whole window."""
    at = first_random_sector(stream, 0, len(stream))
    if at >= 0:
        yield noise("random-region", at, "a random-like sector in a part that is never packed")


def _noise_in(stream: bytes) -> Iterator[Fault]:
    at = first_random_window(stream, 0, len(stream), step=SECTOR)
    if at >= 0:
        yield noise("random-region", at, "random-like bytes in a part that is never packed")
        return
    stripes = find_stripes(stream, 0, len(stream))
    if stripes is not None:
        yield noise("random-stripes", 0, f"{stripes.on} of every {stripes.period} bytes")
