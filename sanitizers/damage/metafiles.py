"""Damage in drawings of Windows (EMF, WMF): records that do not follow one another, and noise."""

from collections.abc import Iterator

from formats.faults import MalformedError, TruncatedError
from formats.hidden import first_hidden
from formats.metafiles import EMF_COMMENT, WMF_ESCAPE, emf_records, is_emf, wmf_records
from formats.randomness import first_random_sector
from sanitizers.damage.drawn_bitmaps import zeros_in_record
from sanitizers.damage.fault import Fault, after_end, broken_at, cut, doubt, noise
from sanitizers.interface import Opened


def check_metafile(opened: Opened) -> Iterator[Fault]:
    """Yield what is wrong with a drawing.

    Remarks may hold pictures that are packed, and have no checksum: noise in them is a doubt.

    Raises:
        LimitError: there are too many records.
    """
    content = opened.content
    emf = is_emf(content)
    remarks = EMF_COMMENT if emf else WMF_ESCAPE
    end = 0
    faults: list[Fault] = []
    try:
        for record in emf_records(content) if emf else wmf_records(content):
            end = record.end
            is_remark = record.number == remarks
            faults += _record(content, record.start, record.end, is_remark=is_remark)
            faults += zeros_in_record(content, record, emf=emf)
    except TruncatedError as error:
        faults.append(cut(content, error.reason, error.offset))
    except MalformedError as error:
        faults.append(broken_at(content, error.offset, error.reason))
    yield from faults[:1] or after_end(content, end)


def _record(content: bytes, start: int, end: int, *, is_remark: bool) -> Iterator[Fault]:
    at = first_random_sector(content, start, end)
    if is_remark and at >= 0:
        yield doubt("packed-picture", "a picture within a remark cannot be verified", at)
    elif is_remark and (hidden := first_hidden(content[start:end])):
        yield doubt("hidden-in-record", hidden, start)
    elif at >= 0:
        yield noise("random-region", at, "a random-like sector in a record that nothing packs")
