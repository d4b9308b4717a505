"""Damage in fonts: tables that do not fit their checksums, by what stands in them instead."""

from collections.abc import Iterator

from formats.faults import FormatError, MalformedError, TruncatedError, UnsupportedError
from formats.fonts import Font, Table, read_font, span_of_woff2, table_sum
from formats.randomness import CELL, is_noise
from formats.stripes import find_stripes
from sanitizers.damage.fault import (
    Fault,
    Nature,
    after_end,
    broken_at,
    changed,
    cut,
    doubt,
    noise,
    zero_run,
    zeroed,
)
from sanitizers.damage.plain import check_plain
from sanitizers.inflating import inflate_zlib
from sanitizers.interface import Opened

# No font ends in so many zeros.
_UNWRITTEN = 512
# Names and dates are often changed behind the back of their sums; so is what they may be used for.
_OFTEN_CHANGED = frozenset({b"head", b"OS/2"})


def check_font(opened: Opened) -> Iterator[Fault]:
    """Yield what is wrong with a font.

    Raises:
        UnsupportedError: it holds something beside tables, or drawings of markup.
    """
    content = opened.content
    try:
        font = read_font(content)
    except TruncatedError as error:
        yield cut(content, error.reason, len(content))
        return
    except MalformedError as error:
        yield broken_at(content, error.offset, error.reason)
        return
    wrong = [table for table in font.tables if not _fits(content, table)]
    faults = [fault for table in wrong if (fault := _fault(content, table)) is not None]
    if faults:
        yield _worst(content, faults, font)
        return
    if font.beside:
        raise UnsupportedError(font.beside)
    yield from after_end(content, font.end)


def check_woff2(opened: Opened) -> Iterator[Fault]:
    """Yield what is wrong with a font that Brotli packs; noise amid its tables is not among it.

    Raises:
        UnsupportedError: it holds something beside tables.
    """
    content = opened.content
    try:
        start, end = span_of_woff2(content)
    except TruncatedError as error:
        yield cut(content, error.reason, len(content))
        return
    except MalformedError as error:
        yield broken_at(content, error.offset, error.reason)
        return
    zeros = zero_run(content, start, end)
    if zeros >= 0:
        yield zeroed(zeros, "in packed tables")
    else:
        yield from after_end(content, end)


def _worst(content: bytes, faults: list[Fault], font: Font) -> Fault:
    """Choose what tells most; where no sum fits none was ever made, and nothing is told."""
    seen = next((fault for fault in faults if fault.nature is Nature.NOISE), None)
    stripes = None if seen else find_stripes(content, 0, len(content))
    if stripes is not None:
        seen = noise("random-stripes", 0, f"{stripes.on} of every {stripes.period} bytes")
    if seen is not None:
        return seen
    written = content[-_UNWRITTEN:].strip(b"\x00")
    if written and not any(_fits(content, table) for table in font.tables):
        return doubt("font-without-sums", "no table fits its sum")
    return next((fault for fault in faults if fault.nature is Nature.ZEROED), faults[0])


def _fits(content: bytes, table: Table) -> bool:
    held = content[table.start : table.end]
    if not table.packed:
        return table_sum(held, table.tag) == table.checksum
    try:
        plain = inflate_zlib(held, table.size + 1)
    except FormatError:
        return False
    return len(plain) == table.size and table_sum(plain, table.tag) == table.checksum


def _fault(content: bytes, table: Table) -> Fault | None:
    """Judge a table whose sum is another one; None where that is somebody's habit."""
    name = table.tag.decode("ascii").strip()
    zeros = zero_run(content, table.start, table.end)
    if zeros < 0 and table.packed:
        zeros = content.find(bytes(CELL), table.start, table.end)
    if zeros >= 0:
        return zeroed(zeros, f"in table {name}")
    if table.packed:
        return noise("overwritten-stream", table.start, f"table {name}")
    seen = next(check_plain(content, table.start, table.end), None)
    if seen is not None:
        return seen
    if table.tag in _OFTEN_CHANGED:
        return _in_head(content, table, name)
    return changed("broken-structure", table.start, f"table {name} does not fit its sum")


def _in_head(content: bytes, table: Table, name: str) -> Fault | None:
    """Look for noise and zeros in a table of flags and dates, of which some may have changed."""
    first = (table.start + CELL - 1) // CELL * CELL
    cells = [content[at : at + CELL] for at in range(first, table.end - CELL + 1, CELL)]
    if any(map(is_noise, cells)):
        return noise("random-region", table.start, f"table {name}")
    return zeroed(table.start, f"in table {name}") if bytes(CELL) in cells else None
