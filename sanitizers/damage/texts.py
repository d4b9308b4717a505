"""Damage in texts: zeros behind them, documents that do not close, tables that stop in a row.

A text has no checksum. What can be seen is what its own form promises: brackets that close, lines
that have as many fields as all others.
"""

import re
from collections import Counter
from collections.abc import Iterator

from formats.faults import MalformedError, TruncatedError, UnsupportedError
from formats.markup import Events, read_xml
from formats.randomness import SECTOR
from formats.remains import words_and_noise
from formats.text import read_text
from sanitizers.damage.fault import (
    Fault,
    Nature,
    after_end,
    broken_at,
    cut,
    noise,
    zero_run,
    zeroed,
)
from sanitizers.damage.text_ends import why_cut
from sanitizers.interface import Opened

_LEAST_ZEROS = 64
_LONG_TRAILER = 4096
_SEPARATORS = (b";", b"\t", b",", b"|")
_LEAST_ROWS = 5
_LOOK = 1 << 16
_JSON_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_LAST_LINE = 256
_CLOSED = re.compile(rb"</[A-Za-z][\w:-]*>\s*\Z")
_MOSTLY = 0.95
_QUOTED = re.compile(rb'"[^"]*"')


def check_text(opened: Opened) -> Iterator[Fault]:
    """Yield zeros behind a text: it was written by halves, and the rest of its blocks never."""
    content = opened.content
    if not content.endswith(b"\x00"):
        return
    length = len(content.rstrip(b"\x00"))
    if len(content) - length >= _LEAST_ZEROS:
        yield Fault(
            rule="zero-filled-end",
            nature=Nature.ZEROED,
            offset=length,
            detail=f"{len(content) - length} zero bytes",
        )


def check_plain_text(opened: Opened) -> Iterator[Fault]:
    """Yield what a text that is no known form shows: JSON that does not close is plain text."""
    yield from check_text(opened)
    content = _view(opened)
    start = content[:256].lstrip(b"\xef\xbb\xbf \t\r\n")
    if _opens_json(start) and not content.rstrip().endswith((b"}", b"]")):
        yield cut(opened.content, "a bracket is not closed", opened.size)
    elif reason := why_cut(content):
        yield cut(opened.content, reason, opened.size)


def check_json(opened: Opened) -> Iterator[Fault]:
    """Yield the cut of a document whose last byte closes a bracket, and not the first one."""
    yield from check_text(opened)
    plain = _JSON_STRING.sub(b"", _view(opened))
    if plain.count(b"{") > plain.count(b"}") or plain.count(b"[") > plain.count(b"]"):
        yield cut(opened.content, "a bracket is not closed", len(opened.content))


def _opens_json(start: bytes) -> bool:
    """Tell whether a text begins as JSON and as nothing else: a brace or bracket and a name."""
    if start[:1] == b"[":
        start = start[1:].lstrip()
    if start[:1] != b"{":
        return False
    name = start[1:].lstrip()
    return name.startswith(b'"') and b'":' in name.replace(b'" :', b'":')


def check_lines(opened: Opened) -> Iterator[Fault]:
    """Yield the cut of line-wise JSON: its last line begins an object and does not end it."""
    yield from check_text(opened)
    last = _view(opened).rstrip().rsplit(b"\n", 1)[-1].strip()
    if last.startswith(b"{") and not last.endswith(b"}"):
        yield cut(opened.content, "the last line is cut", len(opened.content))


def check_table(opened: Opened) -> Iterator[Fault]:
    """Yield the cut of a table whose rows all have as many separators, and the last one fewer."""
    yield from check_text(opened)
    content = _view(opened)
    if content.endswith((b"\n", b"\r")):
        return
    plain = _QUOTED.sub(b"", content[-_LOOK:])
    rows = plain.splitlines()[1 if len(content) > _LOOK else 0 :]
    if len(rows) < _LEAST_ROWS or not rows[-1]:
        return
    for separator in _SEPARATORS:
        counts = Counter(row.count(separator) for row in rows[:-1])
        usual, times = counts.most_common(1)[0]
        if usual == 1 and _are_statements(rows[:-1], separator):
            return
        if usual > 0 and times >= len(rows[:-1]) * _MOSTLY:
            if rows[-1].count(separator) < usual or _opens_quote(rows[-1], separator):
                yield cut(opened.content, "the last row is cut", opened.size)
            return


def _are_statements(rows: list[bytes], separator: bytes) -> bool:
    """Tell lines of a program, each with its only separator at the end, from rows of a table."""
    return sum(row.rstrip().endswith(separator) for row in rows) >= len(rows) * _MOSTLY


def _opens_quote(row: bytes, separator: bytes) -> bool:
    """Tell whether the last field begins with a quote that nothing closes."""
    return row.rsplit(separator, 1)[-1].startswith(b'"')


def _stops_anywhere(opened: Opened, tail: bytes) -> bool:
    """Tell whether a page ends where no writer ends a page, or where a block ends."""
    return _CLOSED.search(tail[-_LAST_LINE:]) is None or opened.size % SECTOR == 0


def _view(opened: Opened) -> bytes:
    """Return the text in an encoding in which a line end is one byte."""
    if not opened.report.encoding.startswith(("utf-16", "utf-32")):
        return opened.content
    text = read_text(opened.content)
    return opened.content if text is None else text.view


def check_page(opened: Opened) -> Iterator[Fault]:
    """Yield the cut of a page: inside of a tag, or with a body that never ends.

    A page may leave out its last tags (WHATWG HTML 13.1.2.4): one that stops behind a tag that
    closes something may be whole, unless it fills its blocks.
    """
    yield from check_text(opened)
    view = _view(opened)
    tail = view[-_LOOK:]
    inside_tag = tail.rfind(b"<") > tail.rfind(b">") and b"<!--" not in tail[tail.rfind(b"<") :]
    lowered = view.lower()
    unfinished = b"<html" in lowered and b"<body" in lowered and b"</html" not in lowered
    if inside_tag or (unfinished and b"</body" not in lowered and _stops_anywhere(opened, tail)):
        yield cut(opened.content, "the page does not end", len(opened.content))


def check_rtf(opened: Opened) -> Iterator[Fault]:
    """Ask for the last closing brace; white space and zeros may follow."""
    content = opened.content.rstrip(b"\x00\r\n\t \x1a")
    if b"\\bin" not in content:
        zeros = zero_run(content)
        if zeros >= 0:
            yield zeroed(zeros, "inside of a text")
            return
        if words_and_noise(content, least=0):
            yield noise("overwritten-structure", -1, "noise inside of a text")
            return
    if content.endswith(b"}"):
        return
    end = content.rfind(b"}")
    if end < 0 or len(content) - end > _LONG_TRAILER or _open_groups(content) > 0:
        yield cut(opened.content, "no closing brace", len(content))
        return
    yield from after_end(content, end + 1)


def _open_groups(content: bytes) -> int:
    plain = content.replace(b"\\\\", b"").replace(b"\\{", b"").replace(b"\\}", b"")
    return plain.count(b"{") - plain.count(b"}")


def check_xml(opened: Opened) -> Iterator[Fault]:
    """Yield what keeps a document from being well-formed."""
    try:
        read_xml(opened.content, Events(on_type=lambda _, __: None))
    except TruncatedError as error:
        yield cut(opened.content, error.reason, error.offset)
    except MalformedError as error:
        yield broken_at(opened.content, max(error.offset, 0), error.reason)
    except UnsupportedError:
        if opened.content.rstrip(b"\x00 \r\n\t").endswith(b">"):
            raise
        yield cut(opened.content, "no closing tag", len(opened.content))
