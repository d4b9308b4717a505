"""Where the parts of a mail lie in its bytes (RFC 2046 5.1, RFC 5322 2.1): headers and bodies.

Mails are read elsewhere. This says which bytes belong to which part, so that one of them can be
replaced and every other byte of the mail stays what it was.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email.message import Message
from email.parser import BytesHeaderParser

from formats.faults import LimitError, MalformedError

MOST_DEPTH = 20
_LINE = re.compile(rb"[^\n]*\n?")
_FIELD = re.compile(rb"[\x21-\x39\x3b-\x7e]+[ \t]*:")


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """Some bytes of a mail, from `start` to before `end`."""

    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """A part that holds no others: its header without the empty line behind it, and its body."""

    header: Span
    body: Span


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A part that holds others, or a leaf; `said` is its header as it is read."""

    said: Message
    leaf: Leaf


def nodes(content: bytes) -> Iterator[Node]:
    """Yield all parts of a mail in their order, those that hold others before what they hold.

    Raises:
        MalformedError: the parts of one do not begin and end as its header says.
        LimitError: they lie too deep in one another.
    """
    yield from _nodes(content, Span(start=0, end=len(content)), 0)


def holds_parts(said: Message) -> bool:
    """Whether a part holds others: several, or one message of whatever kind."""
    return said.get_content_maintype() in {"multipart", "message"}


def _nodes(content: bytes, within: Span, depth: int) -> Iterator[Node]:
    if depth > MOST_DEPTH:
        raise LimitError(f"parts deeper than {MOST_DEPTH}")
    leaf = _leaf(content, within)
    header = content[leaf.header.start : leaf.header.end]
    said = BytesHeaderParser().parsebytes(header)
    yield Node(said=said, leaf=leaf)
    if said.get_content_maintype() == "multipart":
        for inner in _between(content, leaf.body, said):
            yield from _nodes(content, inner, depth + 1)
    elif holds_parts(said):
        yield from _nodes(content, leaf.body, depth + 1)


def _leaf(content: bytes, within: Span) -> Leaf:
    """Cut a part into header and body at its first empty line (RFC 5322 2.1)."""
    at = within.start
    while at < within.end:
        found = _LINE.match(content, at, within.end)
        line = found.group() if found else b""
        if not line.strip(b"\r\n"):
            return _cut(within, at, at + len(line))
        if not line.startswith((b" ", b"\t", b"From ")) and not _FIELD.match(line):
            raise MalformedError("a line in a header that is no field", offset=at)
        at += len(line)
    return _cut(within, within.end, within.end)


def _cut(within: Span, header_end: int, body: int) -> Leaf:
    return Leaf(
        header=Span(start=within.start, end=header_end), body=Span(start=body, end=within.end)
    )


def _between(content: bytes, body: Span, said: Message) -> Iterator[Span]:
    """Yield what stands between the delimiters of a part (RFC 2046 5.1.1)."""
    boundary = said.get_boundary()
    if not boundary:
        raise MalformedError("a part of several has no boundary", offset=body.start)
    told = re.escape(boundary.encode("utf-8", "surrogateescape"))
    line = re.compile(rb"(?m)^--" + told + rb"(--)?[ \t]*\r?(?:\n|\Z)")
    start = -1
    for found in line.finditer(content, body.start, body.end):
        if start >= 0:
            yield Span(start=start, end=max(start, _before_break(content, start, found.start())))
        if found.group(1):
            return
        start = found.end()
    raise MalformedError("a part of several does not end", offset=body.start)


def _before_break(content: bytes, start: int, at: int) -> int:
    """Return where a part ends: the line break before a delimiter belongs to the delimiter."""
    if content[start:at].endswith(b"\r\n"):
        return at - 2
    return at - 1 if content[start:at].endswith(b"\n") else at
