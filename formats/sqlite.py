"""A walk over the pages of an SQLite database (file format 1.2 to 1.6): every b-tree from its root.

Only what leads from page to page is followed: page kinds, cell pointers, children. Pages that no
tree reaches (free ones) are not looked at: they may hold anything. Chains of overflow are followed
where somebody asks which bytes belong to rows.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

from formats.faults import LimitError, MalformedError, TruncatedError

MAGIC = b"SQLite format 3\x00"
_HEADER = 100
_INTERIOR_INDEX, _INTERIOR_TABLE, _LEAF_INDEX, _LEAF_TABLE = 2, 5, 10, 13
_INTERIOR = frozenset({_INTERIOR_INDEX, _INTERIOR_TABLE})
_KINDS = frozenset({_INTERIOR_INDEX, _INTERIOR_TABLE, _LEAF_INDEX, _LEAF_TABLE})
_MOST_PAGES = 4_000_000
_MOST_ROOTS = 10_000
_MOST_ROWS = 16
_INTEGER_SIZES = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}


@dataclass(frozen=True, slots=True, kw_only=True)
class Database:
    """What the header says: the size of a page, how many there are, and reserved bytes in each."""

    page_size: int
    pages: int
    reserved: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Page:
    start: int
    head: int
    kind: int
    cells: tuple[int, ...]


def read_database(content: bytes) -> Database:
    """Read the header (1.3).

    Raises:
        TruncatedError: there are fewer pages than it says.
        MalformedError: its fields cannot be.
    """
    if len(content) < _HEADER:
        raise TruncatedError("the header is cut", offset=len(content))
    (size,) = struct.unpack_from(">H", content, 16)
    size = 65_536 if size == 1 else size
    if size < 512 or size & (size - 1) or content[21:24] != b"\x40\x20\x20":
        raise MalformedError("impossible header fields", offset=16)
    changed, pages, version = struct.unpack_from(">I", content, 24) + struct.unpack_from(
        ">I60xI", content, 28
    )
    if changed != version or not pages:
        pages = max(1, len(content) // size)
    if pages * size > len(content):
        raise TruncatedError("pages are missing", offset=len(content))
    return Database(page_size=size, pages=pages, reserved=content[20])


def walk_pages(content: bytes, database: Database) -> Iterator[tuple[int, int]]:
    """Yield start and end of every page that a tree reaches; its header has been checked.

    Raises:
        MalformedError: a page that a tree leads to is none.
        LimitError: there are too many.
    """
    seen: set[int] = set()
    roots: list[int] = []
    yield from _tree(content, database, 1, seen, roots)
    for root in roots:
        yield from _tree(content, database, root, seen, None)


def _tree(
    content: bytes, database: Database, root: int, seen: set[int], roots: list[int] | None
) -> Iterator[tuple[int, int]]:
    todo = [root]
    while todo:
        number = todo.pop()
        if number in seen:
            raise MalformedError("a page is in two places", offset=_start(database, number))
        seen.add(number)
        if len(seen) > _MOST_PAGES:
            raise LimitError("too many pages")
        page = _read_page(content, database, number)
        yield page.start, page.start + database.page_size
        if page.kind in _INTERIOR:
            todo += _children(content, page)
        elif roots is not None:
            roots += _roots(content, page)


def row_extents(content: bytes) -> Iterator[tuple[int, int]]:
    """Yield where the payloads of rows lie, overflow included: neither gaps nor free pages (1.6).

    Raises:
        FormatError: the trees cannot be walked.
    """
    database = read_database(content)
    left = len(content)
    for start, _ in walk_pages(content, database):
        page = _read_page(content, database, start // database.page_size + 1)
        if page.kind != _LEAF_TABLE:
            continue
        for cell in page.cells:
            size, at = _payload_at(content, page.start + cell)
            left -= size
            if left < 0:
                raise LimitError("rows that share bytes")
            yield from _payload(content, database, size, at)


def _payload_at(content: bytes, at: int) -> tuple[int, int]:
    try:
        size, at = _varint(content, at)
        return size, _varint(content, at)[1]
    except IndexError as error:
        raise TruncatedError("a row is cut", offset=len(content)) from error


def _payload(content: bytes, database: Database, size: int, at: int) -> Iterator[tuple[int, int]]:
    """Yield the parts of one row: what stands in its cell, and what on further pages."""
    usable = database.page_size - database.reserved
    local = _local_size(size, usable)
    yield at, at + local
    left, at = size - local, at + local
    while left > 0:
        number = int.from_bytes(content[at : at + 4])
        at = _start(database, number)
        if not 1 < number <= database.pages:
            raise MalformedError("a row goes on outside of the file", offset=at)
        taken = min(left, usable - 4)
        yield at + 4, at + 4 + taken
        left -= taken


def _local_size(size: int, usable: int) -> int:
    """Return how much of a payload stands in its cell on a leaf of a table (1.6)."""
    if size <= usable - 35:
        return size
    least = (usable - 12) * 32 // 255 - 23
    filled = least + (size - least) % (usable - 4)
    return filled if filled <= usable - 35 else least


def _start(database: Database, number: int) -> int:
    return (number - 1) * database.page_size


def _read_page(content: bytes, database: Database, number: int) -> _Page:
    """Read a page's header and check its pointers (1.6)."""
    start = _start(database, number)
    if not 1 <= number <= database.pages or start + database.page_size > len(content):
        raise MalformedError("a tree leads outside of the file", offset=min(start, len(content)))
    head = start + (_HEADER if number == 1 else 0)
    kind = content[head]
    free, count, area, fragments = struct.unpack_from(">HHHB", content, head + 1)
    array = head + (12 if kind in _INTERIOR else 8)
    usable = database.page_size - database.reserved
    if kind not in _KINDS or fragments > 60 or free > usable:
        raise MalformedError("a page of no known kind", offset=head)
    if array - start + 2 * count > usable or (area or 65_536) < array - start + 2 * count:
        raise MalformedError("impossible page fields", offset=head)
    cells = struct.unpack_from(f">{count}H", content, array)
    if any(not array - start <= cell < usable for cell in cells):
        raise MalformedError("a cell lies outside of its page", offset=array)
    page = _Page(start=start, head=head, kind=kind, cells=cells)
    if kind == _LEAF_TABLE:
        _check_rows(content, page, usable)
    return page


def _check_rows(content: bytes, page: _Page, usable: int) -> None:
    """Check rows at even distances in their page: header and columns fill the payload (2.1)."""
    ordered = sorted(page.cells)
    step = max(1, len(ordered) // _MOST_ROWS)
    for cell in {*ordered[::step], *ordered[-1:]}:
        at = page.start + cell
        try:
            payload, following = _varint(content, at)
            _, following = _varint(content, following)
            is_whole = payload > usable - 35 or _fills(content, following, payload)
        except IndexError:
            is_whole = False
        if not is_whole:
            raise MalformedError("a row does not fill its cell", offset=at)


def _fills(content: bytes, at: int, payload: int) -> bool:
    size, following = _varint(content, at)
    columns = 0
    while following < at + size <= at + payload:
        kind, following = _varint(content, following)
        columns += (kind - 12) // 2 if kind >= 12 else _INTEGER_SIZES.get(kind, 8 * (kind == 7))
    return following == at + size and size + columns == payload


def _children(content: bytes, page: _Page) -> list[int]:
    children = [struct.unpack_from(">I", content, page.start + cell)[0] for cell in page.cells]
    return [*children, struct.unpack_from(">I", content, page.head + 8)[0]]


def _roots(content: bytes, page: _Page) -> Iterator[int]:
    """Yield the root pages that the schema's rows name in their fourth column (2.6)."""
    for cell in page.cells[:_MOST_ROOTS]:
        root = _fourth_number(content, page.start + cell)
        if root:
            yield root


def _fourth_number(content: bytes, at: int) -> int:
    """Read one cell of the schema table as far as its fourth column (2.1, 1.5)."""
    try:
        _, at = _varint(content, at)
        _, at = _varint(content, at)
        size, following = _varint(content, at)
        body = at + size
        kinds: list[int] = []
        while following < at + size and len(kinds) < 4:
            kind, following = _varint(content, following)
            kinds.append(kind)
        for kind in kinds[:3]:
            body += (kind - 12) // 2 if kind >= 12 else _INTEGER_SIZES.get(kind, 0)
        if len(kinds) < 4:
            return 0
        if kinds[3] == 9:
            return 1
        width = _INTEGER_SIZES.get(kinds[3], 0)
        return int.from_bytes(content[body : body + width], "big")
    except IndexError:
        return 0


def _varint(content: bytes, at: int) -> tuple[int, int]:
    value = 0
    for place in range(at, at + 8):
        byte = content[place]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:
            return value, place + 1
    return value << 8 | content[at + 8], at + 9
