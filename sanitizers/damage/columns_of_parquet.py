"""Damage in Parquet files: a footer or pages that are not where they have to be, sums that differ.

Pages are packed for the most part, and look like noise: only where a header has to be is noise
what destroyed it.
"""

from collections.abc import Iterator

from formats.faults import MalformedError
from formats.parquet.footer import read_footer
from formats.parquet.pages import OTHER_SUM
from formats.parquet.values import all_pages
from sanitizers.damage.fault import Fault, broken, changed, zero_run, zeroed
from sanitizers.interface import Opened


def check_parquet(opened: Opened) -> Iterator[Fault]:
    """Yield what is wrong with the footer, or with the first page that is none.

    Raises:
        FormatError: it is cut, its owner encrypted it, or it is kept in a way that is not read.
    """
    content = opened.content
    view = memoryview(content)
    try:
        for page in all_pages(view, read_footer(view)):
            if page.fits is False:
                zeros = zero_run(content, page.start, page.end)
                yield (
                    zeroed(zeros, OTHER_SUM)
                    if zeros >= 0
                    else changed("crc", page.start, OTHER_SUM)
                )
                return
    except MalformedError as error:
        is_placed = error.offset >= 0
        yield broken(content, error) if is_placed else changed("broken-structure", -1, error.reason)
