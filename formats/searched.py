"""Types that are searched for, not met at the start: which of them are only members of the file.

A ZIP archive is found by its end and a PDF behind other bytes, wherever they stand. In a tar
archive of documents both are found, and neither is a second type of the tar archive.
"""

from collections.abc import Iterator

from formats.extents import Extent, extents_of, is_within
from formats.families import PDF, SQL, ZIP, Kind
from formats.faults import FormatError, LimitError
from formats.shapes import directory_ends, document_starts
from formats.sql.dialects import is_signed
from formats.zip import span_of

_AT_START = {ZIP: b"PK", PDF: b"%PDF-"}
_MOST_ENDS, _MOST_MEMBERS = 500, 100_000


def without_members(kinds: tuple[Kind, ...], content: bytes) -> tuple[Kind, ...]:
    """Return the kinds without those that are found nowhere but in members of another one.

    A dump of a database has no mark of its own, and is known by its first lines.
    """
    searched = [kind for kind in kinds if kind in _AT_START and not _begins(kind, content)]
    if not searched:
        return kinds
    outer = [kind for kind in kinds if kind not in searched]
    if not outer and is_signed(content):
        outer = [SQL]
    members = {
        kind
        for around in outer
        if (extents := extents_of(around.media_type, content))
        for kind in searched
        if all(is_within(extents, *place) for place in _places(kind, content))
    }
    return tuple(kind for kind in kinds if kind not in members)


def _begins(kind: Kind, content: bytes) -> bool:
    return content.startswith(_AT_START[kind])


def _places(kind: Kind, content: bytes) -> Iterator[Extent]:
    """Yield all that a search finds of a kind, each from its first to its last byte."""
    if kind == PDF:
        yield from ((at, at + 1) for at in document_starts(content))
        return
    for number, at in enumerate(directory_ends(content)):
        try:
            if number == _MOST_ENDS:
                raise LimitError("more ends of directories than anybody writes")
            # So that all walks together take no longer than a few long ones.
            yield span_of(content, at, most_members=_MOST_MEMBERS // (number + 1))
        except FormatError:
            yield 0, len(content)  # what cannot be followed may begin anywhere
            return
