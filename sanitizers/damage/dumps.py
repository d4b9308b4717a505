"""Damage in database dumps: an end that is missing, zeros, and noise where only text can stand.

A dump has no checksum. But its program writes a line behind everything else, no dump of any program
holds a zero byte (binary columns are escaped), and PostgreSQL says in which encoding it wrote.
"""

import re
from collections.abc import Iterator

from formats.faults import TruncatedError
from formats.randomness import WINDOW, first_random_window
from formats.sql.dialects import HEAD, Dialect
from sanitizers.damage.fault import Fault, broken_at, cut, noise, zero_run, zeroed
from sanitizers.damage.plain import check_plain
from sanitizers.damage.texts import check_text
from sanitizers.dumps import survey
from sanitizers.interface import Opened

_UTF8 = re.compile(rb"^SET client_encoding = 'UTF-?8';", re.MULTILINE)
_UTF8_NAMES = ("utf-8", "us-ascii")
# PostgreSQL and SQLite write every byte of a binary column as digits.
_ALL_TEXT = frozenset({Dialect.POSTGRESQL, Dialect.SQLITE})


def check_dump(opened: Opened) -> Iterator[Fault]:
    """Yield what is wrong with a dump, worst first: what overwrote it, what it lacks, its end."""
    unwritten = list(check_text(opened))
    yield from unwritten
    dump = opened.once(survey)
    content = opened.content.rstrip(b"\x00")
    if not dump.is_wide:
        overwritten = list(
            _overwritten(content, dump.dialect, is_utf8=opened.report.encoding in _UTF8_NAMES)
        )
        yield from overwritten
        if overwritten:
            return
    if unwritten:
        return
    if isinstance(dump.fault, TruncatedError) and not _may_be_escaped(dump.dialect, content):
        yield cut(opened.content, dump.fault.reason, opened.size)
    elif dump.dialect is not Dialect.OTHER and not dump.ended:
        reason = "the line that its program writes last is missing"
        yield cut(opened.content, reason, opened.size)


def _may_be_escaped(dialect: Dialect, content: bytes) -> bool:
    """Tell whether a mark that seems to open a text may be an escaped one: nobody says whose."""
    return dialect is Dialect.OTHER and b"\\'" in content


def _overwritten(content: bytes, dialect: Dialect, *, is_utf8: bool) -> Iterator[Fault]:
    if dialect in _ALL_TEXT:
        yield from check_plain(content, 0, len(content))
    else:
        yield from _noise_of_zeros(content)
    at = content.find(b"\x00")
    if at >= 0:
        zeros = zero_run(content)
        reason = "a zero byte, which no dump holds"
        yield zeroed(zeros, reason) if zeros >= 0 else broken_at(content, at, reason)
    elif dialect is Dialect.POSTGRESQL and not is_utf8 and _UTF8.search(content[:HEAD]):
        yield from _letters(content)


def _noise_of_zeros(content: bytes) -> Iterator[Fault]:
    """Yield noise that holds zero bytes: pictures in a dump of MySQL are noise too, and escaped."""
    at = first_random_window(content, 0, len(content))
    while at >= 0:
        if b"\x00" in content[at : at + WINDOW]:
            yield noise("random-region", at)
            return
        at = first_random_window(content, at + WINDOW, len(content))


def _letters(content: bytes) -> Iterator[Fault]:
    """Yield the first byte that is no letter in the encoding that the dump itself declares."""
    try:
        content.decode("utf-8")
    except UnicodeDecodeError as error:
        yield broken_at(content, error.start, "bytes that are no letters in its encoding")
