"""Damage in bitmaps that drawings of Windows carry in a record, without a file around them."""

from collections.abc import Iterator
from contextlib import suppress

from formats.device_bitmaps import rows_of_bitmap
from formats.faults import TruncatedError
from formats.metafiles import Record, bitmap_of_record
from sanitizers.damage.fault import Fault
from sanitizers.damage.plain import zeros_in_rows


def zeros_in_record(content: bytes, record: Record, *, emf: bool) -> Iterator[Fault]:
    """Yield pixels that were never written, in a record that draws a bitmap.

    A record may carry a few of the rows, or colours that are numbers of other ones (DIB_PAL_COLORS,
    [MS-WMF] 2.1.1.6): where pixels do not fit in it nothing is said. Whether it is whole the walk
    over the records tells.

    Raises:
        MalformedError: no bitmap stands where the record says.
    """
    at = bitmap_of_record(content, record, emf=emf)
    if at >= 0:
        with suppress(TruncatedError):
            yield from zeros_in_bitmap(content, at, record.end)


def zeros_in_bitmap(content: bytes, at: int, end: int) -> Iterator[Fault]:
    """Yield pixels that were never written, in a bitmap without a file around it.

    Raises:
        TruncatedError: there is no room for the pixels.
        MalformedError: no bitmap begins here.
    """
    rows = rows_of_bitmap(content, at, end)
    if rows.row:
        yield from zeros_in_rows(content, rows.start, rows.end, rows.row)
