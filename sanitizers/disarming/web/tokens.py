"""Cuts a page into tags and text, in one pass and without repairing it (WHATWG HTML 13.2.5)."""

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from formats.faults import LimitError, MalformedError

_OPEN = re.compile(r"<(?=[a-zA-Z/!?])")
_NAME = re.compile(r"/?([a-zA-Z][^\s/>\x00]*)")
_ATTRIBUTE = re.compile(
    r"[\s/]*([^\s/>=][^\s/>=]*)(?:\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s>\"'][^\s>]*)|(?=>)))?"
)
_END = re.compile(r"[\s/]*>")
# 13.2.5.52: a remark ends in either way.
_REMARK_END = re.compile(r"--!?>")
# Elements whose content is no markup, up to their own end (13.2.5.2 and 13.2.5.3).
_RAW = frozenset({"script", "style", "xmp", "iframe", "noembed"})
_TEXTS = frozenset({"title", "textarea"})
_MOST_ATTRIBUTES = 1000
_MOST_TOKENS = 5_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Token:
    """A piece of text, a start tag with its attributes, an end tag, or something else."""

    text: str = ""
    start: str = ""
    end: str = ""
    other: str = ""
    attributes: tuple[tuple[str, str], ...] = ()
    raw: str = ""


def tokens(page: str) -> Iterator[Token]:
    """Yield the pieces of a page in order; the content of a raw element is in its start tag.

    Raises:
        MalformedError: a tag, a remark or a raw element has no end.
        LimitError: there are too many of them.
    """
    at = 0
    for _ in range(_MOST_TOKENS):
        found = _OPEN.search(page, at)
        stop = len(page) if found is None else found.start()
        if stop > at:
            yield Token(text=html.unescape(page[at:stop]))
        if found is None:
            return
        token, at = _markup(page, stop + 1)
        if token.start in _TEXTS:
            yield token
            raw, at = _until_end(page, token.start, at)
            yield Token(text=html.unescape(raw))
        elif token.start in _RAW:
            raw, at = _until_end(page, token.start, at)
            yield Token(start=token.start, attributes=token.attributes, raw=raw)
        else:
            yield token
    raise LimitError("too many tags")


def _markup(page: str, at: int) -> tuple[Token, int]:
    """Read what begins behind a "<"."""
    if page.startswith("!--", at):
        if page.startswith((">", "->"), at + 3):
            return Token(other="!--"), page.index(">", at) + 1
        end = _REMARK_END.search(page, at + 3)
        if end is None:
            raise MalformedError("a remark has no end", offset=at)
        return Token(other=page[at : at + 7]), end.end()
    name = _NAME.match(page, at)
    if name is None:
        return Token(other=page[at : at + 9]), _behind(page, ">", at)
    word = name.group(1).lower()
    attributes, after = _attributes(page, name.end())
    if page[at] == "/":
        return Token(end=word), after
    return Token(start=word, attributes=attributes), after


def _behind(page: str, mark: str, at: int) -> int:
    end = page.find(mark, at)
    if end < 0:
        raise MalformedError("a tag or a remark has no end", offset=at)
    return end + len(mark)


def _attributes(page: str, at: int) -> tuple[tuple[tuple[str, str], ...], int]:
    """Read attributes up to the end of the tag; of several with one name the first one counts."""
    found: dict[str, str] = {}
    for _ in range(_MOST_ATTRIBUTES):
        end = _END.match(page, at)
        if end is not None:
            return tuple(found.items()), end.end()
        attribute = _ATTRIBUTE.match(page, at)
        if attribute is None:
            break
        name, *values = attribute.groups(default="")
        found.setdefault(name.lower(), html.unescape("".join(values)))
        at = attribute.end()
    raise MalformedError("a tag has no end, or an odd attribute", offset=at)


def _until_end(page: str, name: str, at: int) -> tuple[str, int]:
    end = re.compile(rf"</{name}(?=[\s/>])", re.IGNORECASE).search(page, at)
    if end is None:
        raise MalformedError(f"a {name} element has no end", offset=at)
    return page[at : end.start()], end.start()
