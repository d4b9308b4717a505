"""Disarms SVG drawings: written anew from the elements, attributes and targets that a list knows.

Drawing programs leave their own vocabularies in the file; they draw nothing, and go unsaid.
"""

import re
from collections import Counter
from dataclasses import dataclass, field

from formats.faults import MalformedError
from formats.markup import Attributes, Events, read_xml
from sanitizers.disarming.interface import CannotDisarmError, Copy, Disarmer, Removed, Switch
from sanitizers.disarming.web.drawing_proof import measure, walk
from sanitizers.disarming.web.styles import (
    is_link,
    is_picture,
    plain_declarations,
    plain_style,
    target,
)

MEDIA_TYPE = "image/svg+xml"
SVG = "http://www.w3.org/2000/svg"
XLINK = "http://www.w3.org/1999/xlink"
_XML = "http://www.w3.org/XML/1998/namespace"
_HTML = "http://www.w3.org/1999/xhtml"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ELEMENTS = _words(
    """
    svg g path rect circle ellipse line polyline polygon text tspan textPath tref title desc defs
    symbol use marker mask pattern clipPath linearGradient radialGradient meshGradient meshgradient
    meshrow meshRow meshpatch meshPatch stop solidcolor image style filter switch view font glyph
    missing-glyph font-face hkern vkern a flowRoot flowRegion flowPara flowSpan feBlend
    feColorMatrix feComponentTransfer feComposite feConvolveMatrix feDiffuseLighting
    feDisplacementMap feDistantLight feDropShadow feFlood feFuncA feFuncB feFuncG feFuncR
    feGaussianBlur feMerge feMergeNode feMorphology feOffset fePointLight feSpecularLighting
    feSpotLight feTile feTurbulence
    """
)
_CODES = {
    "script": "svg.script",
    "set": "svg.animation",
    "animate": "svg.animation",
    "animateMotion": "svg.animation",
    "animateTransform": "svg.animation",
    "animateColor": "svg.animation",
    "foreignObject": "svg.foreign-object",
}
# What is said of the drawing and not drawn.
_QUIET = frozenset({"metadata"})
_OTHER = "svg.other-element"
_DEEPEST = 500
_TARGETS = frozenset({"href", f"{XLINK} href"})
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*\Z")
_FRAGMENT = re.compile(r"#[^\s#]*\Z")
# Words that tell a handler or a target of another vocabulary from a presentation.
_DANGEROUS = re.compile(r"on|src\Z|base\Z|action\Z|data\Z", re.IGNORECASE)


@dataclass(slots=True)
class _Writer:
    pieces: list[str] = field(default_factory=lambda: ['<?xml version="1.0" encoding="UTF-8"?>\n'])
    cut: Counter[str] = field(default_factory=Counter)
    _open: list[str] = field(default_factory=list)
    _lost: int = 0
    _foreign: bool = False
    _sheet: list[str] | None = None
    _plain: str = ""

    @property
    def unfinished(self) -> bool:
        """Whether an element has no end."""
        return bool(self._open or self._lost)

    def start(self, name: str, attributes: Attributes) -> None:
        """Write a start tag, or begin to leave out an element with all that is in it."""
        if len(self._open) + self._lost >= _DEEPEST:
            raise MalformedError("nested too deeply")
        namespace, _, local = name.rpartition(" ")
        if not self._open and not self._lost:
            self._root(namespace, local)
        if self._lost or namespace != self._plain or local not in _ELEMENTS:
            self._lose(namespace, local)
            return
        head = f' xmlns="{SVG}" xmlns:xlink="{XLINK}"' if not self._open else ""
        self._open.append(local)
        written = "".join(self._attribute(local, *item) for item in sorted(attributes.items()))
        self.pieces.append(f"<{local}{head}{written}>")
        if local == "style":
            self._sheet = []

    def _root(self, namespace: str, local: str) -> None:
        if local != "svg" or namespace not in ("", SVG):
            raise MalformedError("the root is no drawing")
        self._plain = namespace

    def _lose(self, namespace: str, local: str) -> None:
        self._lost += 1
        if self._lost > 1:
            return
        if namespace == _HTML:
            self.cut["svg.foreign-element"] += 1
        elif namespace == self._plain and local not in _QUIET:
            self.cut[_CODES.get(local, _OTHER)] += 1
        # A drawing without the words that stand in a page of its own would lack them.
        self._foreign = (local == "foreignObject" and self._open[-1:] != ["switch"]) or (
            namespace == _HTML
        )

    def end(self, name: str) -> None:
        """Write an end tag, or end what was left out."""
        del name
        if self._lost:
            self._lost -= 1
            return
        local = self._open.pop()
        if self._sheet is not None:
            self._write_sheet("".join(self._sheet))
            self._sheet = None
        self.pieces.append(f"</{local}>")

    def _write_sheet(self, sheet: str) -> None:
        plain = plain_style(sheet)
        if plain is None:
            self.cut["svg.style"] += 1
        self.pieces.append(_text(plain or ""))

    def text(self, text: str) -> None:
        """Write a piece of text."""
        if self._lost:
            if self._foreign and text.strip():
                raise CannotDisarmError("it has words in a page within the drawing")
        elif self._sheet is not None:
            self._sheet.append(text)
        else:
            self.pieces.append(_text(text))

    def instruction(self, name: str, content: str) -> None:
        """Count an instruction: a style sheet is fetched, and others are for programs."""
        del name, content
        self.cut["svg.instruction"] += 1

    def _attribute(self, element: str, name: str, value: str) -> str:
        """Return an attribute as it is written; empty for one that is left out."""
        namespace, _, local = name.rpartition(" ")
        if name in _TARGETS:
            return self._target(element, name, target(value))
        if namespace == _XML and local in ("space", "lang"):
            return f' xml:{local}="{_value(value)}"'
        if namespace or not _NAME.match(local) or local == "xmlns":
            return ""
        if _DANGEROUS.match(local):
            self.cut["svg.handler"] += 1
            return ""
        if local == "style":
            value, lost = plain_declarations(value)
            self.cut["svg.style"] += lost
        elif plain_style(value) != value and "(" in value:
            self.cut["svg.style"] += 1
            return ""
        return f' {local}="{_value(value)}"'

    def _target(self, element: str, name: str, plain: str) -> str:
        if element == "a":
            kept, code = is_link(plain), "svg.link"
        else:
            kept = _FRAGMENT.match(plain) is not None or (element == "image" and is_picture(plain))
            code = "svg.external"
        if not kept:
            self.cut[code] += 1
            return ""
        return f' {"xlink:" if " " in name else ""}href="{_value(plain)}"'


def disarm(content: bytes, switches: frozenset[Switch]) -> Copy:
    """Return the drawing in UTF-8, without scripts, handlers, animations and what is fetched.

    Raises:
        CannotDisarmError: words stand in a page within it.
        FormatError: it is not well-formed, declares an entity, or is no drawing.
    """
    del switches  # links to the web are kept in any case
    writer = _Writer()
    events = Events(
        on_start=writer.start,
        on_end=writer.end,
        on_text=writer.text,
        on_instruction=writer.instruction,
        on_type=lambda _, __: None,
    )
    read_xml(content, events)
    # A reader that found a prefix without a namespace began anew: what was open then still is.
    if writer.unfinished:
        raise MalformedError("a prefix without a namespace")
    cut = +writer.cut
    removed = tuple(Removed(code=code, times=times) for code, times in sorted(cut.items()))
    return Copy(content="".join(writer.pieces).encode(), media_type=MEDIA_TYPE, removed=removed)


def _text(text: str) -> str:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return escaped.replace("\r", "&#13;")


def _value(value: str) -> str:
    escaped = _text(value).replace('"', "&quot;")
    return escaped.replace("\t", "&#9;").replace("\n", "&#10;")


DISARMER = Disarmer(disarm=disarm, measure=measure, walk=walk)
