"""What a disarmed drawing must share with its original, and what it may not have."""

import re
from dataclasses import dataclass, field
from hashlib import sha256

from formats.markup import Attributes, Events, local_name, read_xml
from sanitizers.disarming.interface import Measures


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SVG = ("http://www.w3.org/2000/svg ", "")
_SHAPES = _words(
    "path rect circle ellipse line polyline polygon text tspan image use linearGradient stop"
)
_GEOMETRY = _words(
    """
    d points x y x1 y1 x2 y2 cx cy r rx ry dx dy width height transform viewBox fill stroke
    stroke-width offset stop-color gradientTransform preserveAspectRatio id class
    """
)
_UNSEEN = frozenset({"script", "style", "metadata", "foreignObject"})
_ACTIVE = _words(
    """
    script set animate animatemotion animatetransform animatecolor foreignobject handler listener
    iframe embed object video audio discard mpath
    """
)
_FETCHING = re.compile(r"url\s*\((?!\s*[\"']?#)|expression|@import|javascript|\\", re.IGNORECASE)
_PASSIVE = re.compile(r"#|data:image/(?:png|jpe?g|gif|bmp|webp);base64,", re.IGNORECASE)
_LINK = re.compile(r"https?://|mailto:|(?!//)[^:\\]*(?:[/?#]|\Z)", re.IGNORECASE)


@dataclass(slots=True)
class _Shown:
    """Collects shapes with their places, and text."""

    shapes: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    _unseen: int = 0

    def start(self, name: str, attributes: Attributes) -> None:
        """Take a start tag."""
        local = local_name(name)
        own = name.removesuffix(local) in _SVG
        if self._unseen or not own or local in _UNSEEN:
            self._unseen += 1
        elif local in _SHAPES:
            told = [f"{k}={v}" for k, v in sorted(attributes.items()) if k in _GEOMETRY]
            told = [each for each in told if not _FETCHING.search(each)]
            self.shapes.append(f"{local} {' '.join(told)}")

    def end(self, _: str) -> None:
        """Take an end tag."""
        self._unseen -= self._unseen > 0

    def text(self, text: str) -> None:
        """Take a piece of text."""
        if not self._unseen:
            self.texts.append(text)


@dataclass(slots=True)
class _Walk:
    """Notes what a copy may not have."""

    found: set[str] = field(default_factory=set)
    _sheet: bool = False

    def start(self, name: str, attributes: Attributes) -> None:
        """Look at a start tag."""
        local = local_name(name).lower()
        self._sheet = local == "style"
        if local in _ACTIVE or name.removesuffix(local_name(name)) not in _SVG:
            self.found.add("svg.element")
        for key, value in attributes.items():
            self._attribute(local, local_name(key).lower(), value)

    def _attribute(self, element: str, name: str, value: str) -> None:
        plain = "".join(letter for letter in value if letter > " ")
        passive = _LINK if element == "a" else _PASSIVE
        if name.startswith("on"):
            self.found.add("svg.handler")
        elif name in ("href", "src") and passive.match(plain) is None:
            self.found.add("svg.target")
        elif name != "href" and _FETCHING.search(value):
            self.found.add("svg.style")

    def text(self, text: str) -> None:
        """Look at a sheet."""
        if self._sheet and _FETCHING.search(text):
            self.found.add("svg.style")

    def instruction(self, _: str, __: str) -> None:
        """Note an instruction."""
        self.found.add("svg.instruction")

    def typed(self, _: str, __: str) -> None:
        """Note a document type, which may name a definition elsewhere."""
        self.found.add("svg.document-type")


def measure(content: bytes) -> Measures:
    """Return digests of the shapes and of the text of a drawing.

    Raises:
        FormatError: it is not well-formed, or declares an entity.
    """
    shown = _Shown()
    events = Events(
        on_start=shown.start, on_end=shown.end, on_text=shown.text, on_type=lambda _, __: None
    )
    read_xml(content, events)
    text = "".join("".join(shown.texts).split())
    return Measures(
        values={
            "shapes": sha256("\n".join(shown.shapes).encode()).hexdigest(),
            "text": sha256(text.encode()).hexdigest(),
        }
    )


def walk(content: bytes) -> tuple[str, ...]:
    """Return the codes of what is active, each once, in order.

    Raises:
        FormatError: it is not well-formed, or declares an entity.
    """
    walked = _Walk()
    events = Events(
        on_start=walked.start,
        on_text=walked.text,
        on_instruction=walked.instruction,
        on_type=walked.typed,
    )
    read_xml(content, events)
    return tuple(sorted(walked.found))
