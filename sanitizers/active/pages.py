"""Active content of XML documents: what would make a browser or an office program run something.

A style sheet or a document type with a relative name, or with a public name that readers know
without fetching it, is noted and not active: what lies beside is an artefact of its own.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from custody.finding import Finding
from formats.markup import Attributes, Events, local_name, read_xml
from sanitizers.active import records
from sanitizers.active.drawn import HTML_NAMESPACE, LOCAL_STYLE, SVG_NAMESPACE, Drawn
from sanitizers.active.flat_office import FlatOffice
from sanitizers.active.observation import active, embedded, note
from sanitizers.containers.embedded.trees import is_sure
from sanitizers.interface import Opened

_SCRIPTABLE = (HTML_NAMESPACE, SVG_NAMESPACE)
_INCLUSION = "http://www.w3.org/2001/XInclude include"
_EMBEDDING = frozenset({"iframe", "object", "embed", "applet", "form"})
_REMOTE_NAME = re.compile(r"\s*(?!urn:)(?:[a-z][a-z0-9+.-]*:|//|\\\\)", re.IGNORECASE)


_SCRIPT = re.compile(r"[\x00-\x20]*" + r"\s*".join("javascript:"), re.IGNORECASE)
_OFFICE = "xml-office-document"


def look_at_svg(opened: Opened) -> Iterator[Finding]:
    """Yield what a browser would run or fetch in a picture, and the elements that are not known.

    Raises:
        FormatError: it is not well-formed, or declares an entity.
    """
    drawn = Drawn(whole=True)
    events = Events(
        on_start=drawn.start,
        on_end=drawn.end,
        on_text=drawn.text,
        on_instruction=drawn.instruction,
        on_type=lambda _, __: None,
    )
    read_xml(opened.content, events)
    yield from drawn.findings()


def look_at_xml(opened: Opened) -> Iterator[Finding]:
    """Yield what is active in an XML document.

    Raises:
        FormatError: it is not well-formed, or declares an entity.
    """
    reading = _Reading()
    events = Events(
        on_start=reading.start,
        on_end=reading.end,
        on_text=reading.text,
        on_instruction=reading.instruction,
        on_type=reading.document_type,
    )
    read_xml(opened.content, events)
    yield from reading.findings()
    # A letter of base64 may be written as a number, which only a reader of XML undoes.
    if reading.embedded or b"&#" in opened.content:
        yield embedded(opened.media_type)
    else:
        yield from records.look(opened)


@dataclass(slots=True, kw_only=True)
class _Reading:
    """What one document shows; a `harmless` rule is noted, unless it is active elsewhere in it."""

    rules: set[str] = field(default_factory=set)
    harmless: set[str] = field(default_factory=set)
    embedded: bool = False
    office: FlatOffice = field(default_factory=FlatOffice)
    drawn: Drawn = field(default_factory=lambda: Drawn(whole=False))

    def start(self, name: str, attributes: Attributes) -> None:
        self.office.start(name, attributes)
        self.drawn.start(name, attributes)
        self.rules.update(_element_rules(name, attributes))
        self.embedded = self.embedded or is_sure(name, attributes)

    def end(self, name: str) -> None:
        self.drawn.end(name)
        self.office.end()

    def text(self, text: str) -> None:
        self.office.text(text)
        self.drawn.text(text)

    def instruction(self, target: str, content: str) -> None:
        if target == "xml-stylesheet":
            # A clinical document names the style sheet that lies beside it; what comes from
            # elsewhere, or from inside the document itself, is active.
            place = self.harmless if LOCAL_STYLE.search(content) else self.rules
            place.add("xml-stylesheet")
        elif target == "mso-application":
            self.rules.add(_OFFICE)

    def document_type(self, system: str, public: str) -> None:
        by_itself = _REMOTE_NAME.match(system) and not public
        (self.rules if by_itself else self.harmless).add("xml-document-type")

    def findings(self) -> Iterator[Finding]:
        """Yield what was found, the active first."""
        if self.office.is_office:
            self.rules |= self.office.finish()
            self.rules.discard(_OFFICE)
            self.harmless.add(_OFFICE)
        yield from (active(rule) for rule in sorted(self.rules))
        yield from (note(rule) for rule in sorted(self.harmless - self.rules))
        yield from self.drawn.findings()


def _element_rules(name: str, attributes: Attributes) -> Iterator[str]:
    namespace, _, local = name.rpartition(" ")
    # No browser runs an element of no vocabulary; the writing systems of fonts are such elements.
    if local == "script" or (namespace and local.lower() == "script"):
        yield "xml-script"
    if namespace in _SCRIPTABLE:
        if local in _EMBEDDING:
            yield "xml-script"
        if any(local_name(key).lower().startswith("on") for key in attributes):
            yield "xml-script"
    if any(_SCRIPT.match(value) for value in attributes.values()):
        yield "xml-script"
    if name == _INCLUSION and _REMOTE_NAME.match(attributes.get("href", "")):
        yield "xml-external-part"
    if local == "binData" and "office" in namespace:
        yield _OFFICE
