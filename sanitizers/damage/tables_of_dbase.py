"""Damage in tables of dBase and FoxPro: records that cannot be, and noise amid them."""

from collections.abc import Iterator

from formats.dbase import Table, first_odd_record, read_table
from formats.faults import MalformedError, TruncatedError
from formats.randomness import first_random_sector
from sanitizers.damage.fault import Fault, after_end, broken_at, cut, noise
from sanitizers.interface import Opened

_HEADER = 4096


def check_dbase(opened: Opened) -> Iterator[Fault]:
    """Yield what is wrong with a table.

    Raises:
        UnsupportedError: it is more than a table.
    """
    content = opened.content
    try:
        table = read_table(content)
    except TruncatedError as error:
        yield cut(content, error.reason, error.offset)
        return
    except MalformedError as error:
        yield _header_fault(content, error)
        return
    faults = list(_records(content, table))
    yield from faults[:1]
    if not faults:
        yield from after_end(content, table.end)


def _header_fault(content: bytes, error: MalformedError) -> Fault:
    if first_random_sector(content, 0, min(_HEADER, len(content))) >= 0:
        return noise("overwritten-structure", error.offset, error.reason)
    return broken_at(content, error.offset, error.reason)


def _records(content: bytes, table: Table) -> Iterator[Fault]:
    noisy = first_random_sector(content, table.start, table.end)
    odd = first_odd_record(content, table)
    if noisy >= 0:
        yield noise("random-region", noisy, "a random-like sector amid records")
    elif odd >= 0:
        yield broken_at(content, odd, "no record stands here")
