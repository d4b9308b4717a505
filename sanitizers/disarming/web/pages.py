"""Disarms pages: written anew from the elements, attributes and targets that a list knows.

The page is not repaired: its tags stay in their order, so that a browser makes of the copy what it
made of the original. Text is never lost; what cannot be told apart from markup is escaped.
"""

import re
from collections import Counter
from dataclasses import dataclass, field

from formats.faults import MalformedError
from formats.text import read_text
from sanitizers.disarming.interface import (
    CannotDisarmError,
    Copy,
    Disarmer,
    Removed,
    Switch,
)
from sanitizers.disarming.web.page_proof import measure, walk
from sanitizers.disarming.web.styles import (
    is_beside,
    is_link,
    is_picture,
    plain_declarations,
    plain_style,
    target,
)
from sanitizers.disarming.web.tokens import Token, tokens

MEDIA_TYPE = "text/html"
_HEAD = '<!DOCTYPE html>\n<meta charset="utf-8">'


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ELEMENTS = _words(
    """
    html head title body br hr div span a b i u s em strong small big sub sup tt code pre kbd samp
    var cite dfn abbr acronym q blockquote address center font nobr wbr h1 h2 h3 h4 h5 h6 hgroup
    ul ol li dl dt dd dir menu table caption colgroup col thead tbody tfoot tr td th img map area
    figure figcaption main section article aside header footer nav details summary time mark ins
    del strike bdi bdo ruby rt rp rb rtc data output meter progress label input textarea select
    option optgroup fieldset legend button p style link
    """
)
_ATTRIBUTES = _words(
    """
    id class title lang dir align valign width height colspan rowspan border cellpadding
    cellspacing bgcolor color face size start type value name checked selected disabled readonly
    rows cols abbr scope headers datetime alt summary label span nowrap noshade clear rules frame
    hspace vspace open for placeholder maxlength shape coords reversed compact char charoff text
    link vlink alink usemap multiple min max low high optimum media rel
    """
)
# What goes with all that is in it; of everything else the text stays.
_LOST = {"script": "html.script", "iframe": "html.frame", "template": "html.template"}
_CODES = {
    "object": "html.object",
    "embed": "html.object",
    "applet": "html.object",
    "frame": "html.frame",
    "frameset": "html.frame",
    "form": "html.form",
    "base": "html.base",
    "svg": "html.drawing",
    "math": "html.drawing",
    "video": "html.media",
    "audio": "html.media",
}
_OTHER = "html.other-element"
# Known and passive, and of no use without what they stand in; what Word writes for itself.
_QUIET = re.compile(
    r"(?:meta|noscript|noframes|basefont|picture|source|track|xml|xmp|noembed)\Z|\w+:"
)
_HANDLER = re.compile(r"on|formaction\Z")
_FETCHING = _words("src srcset background poster data dynsrc lowsrc action longdesc cite codebase")
# In a text, an equals sign behind such a word is one for whoever only searches.
_LIKE_HANDLER = re.compile(r"(\bon[a-z]{3,30}\s*)=", re.IGNORECASE)
_CHARSET = re.compile(rb"charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{1,40})", re.IGNORECASE)
_WESTERN = _words("iso-8859-1 iso8859-1 latin1 windows-1252 cp1252 us-ascii ascii iso-8859-15")
_UNICODE = _words("utf-8 utf8 utf-16 utf-16le utf-16be unicode")


@dataclass(slots=True)
class _Writer:
    pieces: list[str] = field(default_factory=lambda: [_HEAD])
    cut: Counter[str] = field(default_factory=Counter)
    _depth: int = 0

    def take(self, token: Token) -> None:
        """Write a token, or count why it is not."""
        if self._depth:
            self._depth += (token.start == "template") - (token.end == "template")
        elif token.text:
            self.pieces.append(_text(token.text))
        elif token.end in _ELEMENTS:
            self.pieces.append(f"</{token.end}>")
        elif token.start in _ELEMENTS:
            self._start(token)
        elif token.start:
            self._lose(token)
        elif token.other.startswith(("!--[", "![", "?", "%")):
            self.cut["html.instruction"] += 1

    def _lose(self, token: Token) -> None:
        name = token.start
        code = _LOST.get(name) or _CODES.get(name)
        if code is None and not _QUIET.match(name):
            code = _OTHER
        values = dict(token.attributes)
        if name == "meta" and values.get("http-equiv", "").strip().lower() == "refresh":
            code = "html.refresh"
        if code:
            self.cut[code] += 1
        self._depth = int(name == "template")
        if token.raw and name not in _LOST:
            self.pieces.append(_text(token.raw))

    def _start(self, token: Token) -> None:
        if token.start == "style":
            self._sheet(token.raw)
            return
        if token.start == "link" and not self._is_sheet_beside(dict(token.attributes)):
            return
        written = "".join(
            f' {name}="{_value(kept)}"'
            for name, value in token.attributes
            if (kept := self._attribute(token.start, name, value)) is not None
        )
        self.pieces.append(f"<{token.start}{written}>")

    def _sheet(self, raw: str) -> None:
        plain = plain_style(raw)
        if plain is None:
            self.cut["html.style"] += 1
        self.pieces.append(f"<style>{plain or ''}")

    def _is_sheet_beside(self, values: dict[str, str]) -> bool:
        wanted = values.get("rel", "").strip().lower() == "stylesheet"
        if not is_beside(target(values.get("href", "//"))):
            self.cut["html.external"] += 1
            return False
        return wanted

    def _attribute(self, element: str, name: str, value: str) -> str | None:
        """Return the value that an attribute keeps, or None and count it where it mattered."""
        if name in _ATTRIBUTES:
            return value
        if name == "style":
            kept, lost = plain_declarations(value)
            self.cut["html.style"] += lost
            return kept or None
        if name == "href" and element in ("a", "area", "link"):
            return self._link(target(value))
        if name == "src" and element in ("img", "input"):
            plain = target(value)
            if is_beside(plain) or is_picture(plain):
                return plain
        if _HANDLER.match(name):
            self.cut["html.handler"] += 1
        elif name in _FETCHING:
            self.cut["html.external"] += 1
        return None

    def _link(self, plain: str) -> str | None:
        if is_link(plain):
            return plain
        self.cut["html.link"] += 1
        return None


def disarm(content: bytes, switches: frozenset[Switch]) -> Copy:
    """Return the page in UTF-8, without scripts, handlers, frames, forms and what is fetched.

    Raises:
        CannotDisarmError: it names an alphabet that we do not read.
        MalformedError: it is no text, or has a tag without an end.
    """
    del switches  # links to the web are kept in any case
    writer = _Writer()
    for token in tokens(_page(content)):
        writer.take(token)
    cut = +writer.cut
    removed = tuple(Removed(code=code, times=times) for code, times in sorted(cut.items()))
    written = "".join(writer.pieces)
    return Copy(content=written.encode(), media_type=MEDIA_TYPE, removed=removed)


def _page(content: bytes) -> str:
    """Return a page as text, without the head that a copy of ours has."""
    text = read_text(content)
    if text is None or b"\x1b" in text.view:
        raise MalformedError("not a text in one alphabet")
    named = _CHARSET.search(text.view[:4096])
    alphabet = named.group(1).decode().lower() if named else ""
    if alphabet and alphabet not in _WESTERN | _UNICODE and not text.view.isascii():
        raise CannotDisarmError(f"written in {alphabet}, which is not read")
    page = text.view.decode().replace("\x00", "").replace("\r\n", "\n").replace("\r", "\n")
    return page.removeprefix(_HEAD)


def _text(text: str) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _LIKE_HANDLER.sub(r"\1&#61;", escaped)


def _value(value: str) -> str:
    return _text(value).replace('"', "&quot;").replace("'", "&#39;")


DISARMER = Disarmer(disarm=disarm, measure=measure, walk=walk)
