"""Damage in texts: zeros behind them, documents that do not close, tables that stop in a row.

A text has no checksum. What can be seen is what its own form promises: brackets that close, lines
that have as many fields as all others.
"""

import re
from collections.abc import Iterator

from formats.faults import MalformedError, TruncatedError, UnsupportedError
from formats.icons import missing_values
from formats.markup import Events, read_xml
from formats.randomness import SECTOR
from formats.remains import words_and_noise
from formats.text import read_text, stops_in_a_letter
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
from sanitizers.damage.table_ends import why_row_cut
from sanitizers.damage.text_ends import why_cut
from sanitizers.interface import Opened

_LEAST_ZEROS = 64
_LONG_TRAILER = 4096
_LOOK = 1 << 16
_JSON_STRING = re.compile(rb'"(?:[^"\\]|\\.)*+"', re.DOTALL)
_LAST_LINE = 256
_COLUMNS = 3
_REMARK = re.compile(rb"<!--.*?-->", re.DOTALL)
_RAW = re.compile(rb"<(style|title|textarea)\b[^>]*>")
# What engines replace in a part of a page, whose end stands in another one.
_TEMPLATE = re.compile(rb"<\?php|<\?=|<%|\{%|\{\{|\[%|<#|\$\{")
_LINE_ENDS_IN_TAG = re.compile(rb"(?:>|%\}|\}\}|%\])[ \t]*\r?\n\s*\Z")
_CLOSED = re.compile(rb"</[A-Za-z][\w:-]*>\s*\Z")


def check_text(opened: Opened) -> Iterator[Fault]:
    """Yield zeros behind a text, whose last blocks were never written, and a letter cut in half."""
    content = opened.content
    if stops_in_a_letter(content):
        yield cut(content, "the last letter is cut", opened.size)
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
    elif missing := missing_values(content):
        yield cut(opened.content, f"{missing} values of a bitmap are missing", opened.size)
    elif reason := why_cut(content) or _why_columns_cut(content):
        yield cut(opened.content, reason, opened.size)


def _why_columns_cut(content: bytes) -> str:
    """Look for a table of three columns or more that remarks hide."""
    if content.endswith((b"\n", b"\r")):
        return ""
    from_start = len(content) <= _LOOK
    return why_row_cut(content[-_LOOK:], from_start=from_start, least_columns=_COLUMNS)


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
    plain = _JSON_STRING.sub(b"", last)
    is_open = not last.endswith(b"}") or plain.count(b"{") > plain.count(b"}")
    if last.startswith(b"{") and is_open:
        yield cut(opened.content, "the last line is cut", len(opened.content))


def check_table(opened: Opened) -> Iterator[Fault]:
    """Yield the cut of a table that stops in a row or a value, by what its other rows have there.

    Lists of clauses pass for tables: where rows say nothing, the signs of a text count.
    """
    yield from check_text(opened)
    content = _view(opened)
    if content.endswith((b"\n", b"\r")):
        return
    tail, from_start = content[-_LOOK:], len(content) <= _LOOK
    if reason := why_row_cut(tail, from_start=from_start) or why_cut(content):
        yield cut(opened.content, reason, opened.size)


def _stops_anywhere(opened: Opened, tail: bytes) -> bool:
    """Tell whether a page ends where no writer ends a page, or where a block ends.

    Engines join pages from parts: a first one may end behind any tag that ends its line.
    """
    if _TEMPLATE.search(tail) and _LINE_ENDS_IN_TAG.search(tail[-_LAST_LINE:]):
        return opened.size % SECTOR == 0
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
    begun = b"<body" in lowered or (b"<head" in lowered and b"</head" not in lowered)
    unfinished = b"<html" in lowered and begun and b"</html" not in lowered
    if inside_tag or (unfinished and b"</body" not in lowered and _stops_anywhere(opened, tail)):
        yield cut(opened.content, "the page does not end", len(opened.content))
    elif _stops_in_raw_text(lowered):
        yield cut(opened.content, "a remark or a style does not end", len(opened.content))


def _stops_in_raw_text(page: bytes) -> bool:
    """Tell whether a page stops in a remark or in what is no markup (WHATWG HTML 13.2.5.2 to 5).

    Only the tag that was opened would end it: to a browser all that follows belongs to it.
    """
    begins = page.rfind(b"<!--")
    if begins >= 0 and page.find(b"-->", begins + 2) < 0:
        return page.find(b"--!>", begins) < 0
    plain = _REMARK.sub(b"", page)
    last = max(_RAW.finditer(plain), key=lambda found: found.start(), default=None)
    if last is None or b"</html" in plain[last.end() :]:
        return False
    return plain.find(b"</" + last.group(1), last.end()) < 0


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
