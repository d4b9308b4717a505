"""Narrative for reading: an allow-list of elements and attributes, and of what links may point at.

FHIR txt-1 (narrative.html#xhtml) gives the list. Whatever runs, frames, submits or reaches into a
machine is an attack: these texts are shown in web pages of the hospital's own applications.
"""

import re
from collections.abc import Iterator
from xml.parsers import expat

from schemas.interface import Reason
from schemas.reasons.table import because
from schemas.styles import fetched, plain_style, runs

ELEMENTS = frozenset(
    "div p br hr b i em strong small big tt sub sup u s strike del ins span a img abbr acronym cite"
    " code dfn kbd q samp var blockquote pre address h1 h2 h3 h4 h5 h6 ul ol li dl dt dd table"
    " caption thead tbody tfoot tr td th col colgroup bdo font center section".split()
)
_RUNNING = frozenset(
    "script iframe object embed applet form input button frame frameset base link meta style svg"
    " math video audio".split()
)
# What a browser fetches as soon as the text is shown, without anybody's click.
_FETCHING = frozenset({"src", "background", "srcset", "poster", "lowsrc", "dynsrc"})
_ELSEWHERE = re.compile(r"(?:https?|ftps?):|//", re.IGNORECASE)
_LINKS = frozenset({"href", "src", "cite", "longdesc", "background", "action", "data"})
_SAFE_LINK = re.compile(
    r"(?:https?|ftp|mailto|tel|urn|cid):|data:image/(?:png|jpe?g|gif|webp|bmp)[;,]|[#/.?]|"
    r"[\w%.~+-]*(?:[/?#]|$)",
    re.IGNORECASE,
)
_DANGEROUS_LINK = re.compile(
    r"(?:javascript|vbscript|livescript|file|data|jar|ms-[a-z-]+|search-ms|smb|ldap|chrome|about)"
    r":|\\\\|//[^/]*\\",
    re.IGNORECASE,
)
_HIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0\u200b-\u200f\u2028-\u202f\ufeff]")


def link_reason(untrusted_link: str, where: str) -> Reason | None:
    """Return what is wrong with a link; spaces and controls that a browser skips hide nothing."""
    link = _HIDDEN.sub("", untrusted_link)
    if _DANGEROUS_LINK.match(link):
        return None if re.match(r"data:image/(?!svg)", link, re.IGNORECASE) else _link(where)
    return None


def style_reasons(untrusted_style: str, where: str) -> Iterator[Reason]:
    """Yield what is wrong with a style: what it runs, and what it fetches from where."""
    if runs(_HIDDEN.sub("", plain_style(untrusted_style))):
        yield because("GEN-018", where)
    for link in fetched(untrusted_style):
        yield from fetched_reasons(link, where)


def fetched_reasons(untrusted_link: str, where: str) -> Iterator[Reason]:
    """Yield what is wrong with an address that is fetched when the text is shown."""
    if reason := link_reason(untrusted_link, where):
        yield reason
    elif _ELSEWHERE.match(_HIDDEN.sub("", untrusted_link)):
        yield because("GEN-024", where)


def is_fetching(attribute: str) -> bool:
    """Whether an attribute of this name is fetched when the text is shown."""
    return attribute in _FETCHING


def narrative_reasons(text: str, where: str) -> tuple[Reason, ...]:
    """Return what is wrong with a narrative in XHTML."""
    walk = _Walk(where)
    parser = expat.ParserCreate()
    parser.StartElementHandler = walk.start
    parser.StartDoctypeDeclHandler = walk.doctype
    parser.ProcessingInstructionHandler = walk.instruction
    try:
        parser.Parse(text.encode("utf-8", "replace"), True)
    except (expat.ExpatError, ValueError):
        return tuple(dict.fromkeys((*walk.reasons, because("GEN-021", where))))
    return tuple(dict.fromkeys(walk.reasons))


class _Walk:
    """Takes what the parser meets."""

    def __init__(self, where: str) -> None:
        self.reasons: list[Reason] = []
        self._where = where

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Judge an element and its attributes."""
        plain = name.rpartition(":")[2].lower()
        if plain in _RUNNING:
            self.reasons.append(because("GEN-018", self._where))
        elif plain not in ELEMENTS:
            self.reasons.append(because("GEN-022", self._where))
        for key, value in attributes.items():
            self._attribute(key.rpartition(":")[2].lower(), value)

    def _attribute(self, key: str, value: str) -> None:
        if key.startswith("on"):
            self.reasons.append(because("GEN-018", self._where))
        elif key == "style":
            self.reasons += style_reasons(value, self._where)
        elif key in _FETCHING and _ELSEWHERE.match(_HIDDEN.sub("", value)):
            self.reasons += fetched_reasons(value, self._where)
        elif key in _LINKS:
            reason = link_reason(value, self._where)
            if reason is None and not _SAFE_LINK.match(_HIDDEN.sub("", value)):
                reason = because("GEN-022", self._where)
            if reason is not None:
                self.reasons.append(reason)

    def doctype(self, *_: object) -> None:
        """Refuse a document type: entities would make other text of this one."""
        self.reasons.append(because("GEN-018", self._where))
        raise ValueError("a document type")

    def instruction(self, *_: object) -> None:
        """Refuse a processing instruction, such as a style sheet."""
        self.reasons.append(because("GEN-018", self._where))


def _link(where: str) -> Reason:
    return because("GEN-019", where)
