"""The values of a flat column, row by row, as they are stored; None where a row has none."""

from collections.abc import Iterator, Sequence

from formats.faults import LimitError, MalformedError
from formats.parquet.columns import Column
from formats.parquet.compact import whole
from formats.parquet.encodings import POINTING, Raw, read_runs, read_values
from formats.parquet.footer import MOST_UNPACKED, Chunk, Footer
from formats.parquet.pages import Page, Stored, open_page, walk_pages

_NO_DICTIONARY: Sequence[Raw] = ()


def column_values(content: memoryview, column: Column, chunk: Chunk) -> Iterator[Raw | None]:
    """Yield one value a row, page by page; memory holds a page and the dictionary.

    Raises:
        FormatError: a page is not what the footer or its header says.
    """
    dictionary = _NO_DICTIONARY
    for stored in walk_pages(content, chunk):
        page = open_page(content, chunk, stored, optional=column.optional)
        if page.is_dictionary:
            dictionary = read_values(column, 0, page.body, page.values)
        else:
            yield from _rows(column, page, dictionary)


def rows(
    content: memoryview, footer: Footer, order: Sequence[int]
) -> Iterator[tuple[Raw | None, ...]]:
    """Yield rows with the values of some columns, in that order.

    Raises:
        FormatError: a page is not what the footer or its header says.
    """
    for group in footer.groups:
        columns = [
            column_values(content, footer.columns[place], group.chunks[place]) for place in order
        ]
        yield from zip(*columns, strict=True)


def all_pages(content: memoryview, footer: Footer) -> Iterator[Stored]:
    """Yield all pages of all columns, group by group, as they are stored.

    Raises:
        FormatError: a page is not where it has to be.
        LimitError: the headers tell of more bytes than are unpacked, whatever the footer says.
    """
    unpacked = 0
    for group in footer.groups:
        for chunk in group.chunks:
            for page in walk_pages(content, chunk):
                unpacked += whole(page.header, 2)
                if unpacked > MOST_UNPACKED:
                    raise LimitError("pages of more bytes than are unpacked", offset=page.start)
                yield page


def _rows(column: Column, page: Page, dictionary: Sequence[Raw]) -> Iterator[Raw | None]:
    levels = None if page.levels is None else read_runs(page.levels, 1, page.values)
    present = page.values if levels is None else sum(levels)
    if page.encoding in POINTING:
        values: Sequence[Raw] = _pointed(page.body, present, dictionary)
    else:
        values = read_values(column, page.encoding, page.body, present)
    if levels is None or present == page.values:
        yield from values
        return
    following = iter(values)
    for level in levels:
        yield next(following) if level else None


def _pointed(body: bytes, count: int, dictionary: Sequence[Raw]) -> Sequence[Raw]:
    """Return values that are told by their places in the dictionary."""
    if not count:
        return ()
    if not body:
        raise MalformedError("a page without its values")
    places = read_runs(body[1:], body[0], count)
    try:
        return [dictionary[place] for place in places]
    except IndexError as error:
        raise MalformedError("a value that its dictionary does not have") from error
