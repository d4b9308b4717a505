"""Active content of XML documents: what would make a browser or an office program run something.

A style sheet or a document type with a relative name, or with a public name that readers know
without fetching it, is noted and not active: what lies beside is an artefact of its own.
"""

import base64
import binascii
import re
from collections.abc import Iterator

from custody.finding import Finding
from formats.markup import Attributes, Events, local_name, read_xml
from sanitizers.active.observation import active, note, unverifiable
from sanitizers.interface import Opened

_SCRIPTABLE = ("http://www.w3.org/1999/xhtml", "http://www.w3.org/2000/svg")
_EMBEDDING = frozenset({"iframe", "object", "embed", "applet", "form", "foreignObject"})
_LEAST_EMBEDDED = 64
# A clinical document names the style sheet that lies beside it; what comes from elsewhere, or from
# inside the document itself, is active.
_LOCAL_STYLE = re.compile(r"\bhref\s*=\s*[\"'](?:\./)?[\w.-]+(?:/[\w.-]+)*[\"']")
_REMOTE_NAME = re.compile(r"\s*(?!urn:)(?:[a-z][a-z0-9+.-]*:|//|\\\\)", re.IGNORECASE)


def look_at_xml(opened: Opened) -> Iterator[Finding]:
    """Yield what is active in an XML document.

    Raises:
        FormatError: it is not well-formed, or declares an entity.
    """
    rules: set[str] = set()
    local: set[str] = set()
    embedded: list[list[str]] = []
    path: list[bool] = []

    def on_start(name: str, attributes: Attributes) -> None:
        rules.update(_element_rules(name, attributes))
        is_base64 = attributes.get("representation", "").upper() == "B64"
        path.append(is_base64)
        if is_base64:
            embedded.append([])

    def on_text(text: str) -> None:
        if path and path[-1]:
            embedded[-1].append(text)

    def on_instruction(target: str, content: str) -> None:
        if target == "xml-stylesheet":
            (local if _LOCAL_STYLE.search(content) else rules).add("xml-stylesheet")
        elif target == "mso-application":
            rules.add("xml-office-document")

    def on_type(system: str, public: str) -> None:
        by_itself = _REMOTE_NAME.match(system) and not public
        (rules if by_itself else local).add("xml-document-type")

    events = Events(
        on_start=on_start,
        on_end=lambda _: _leave(path),
        on_text=on_text,
        on_instruction=on_instruction,
        on_type=on_type,
    )
    read_xml(opened.content, events)
    yield from (active(rule) for rule in sorted(rules))
    yield from (note(rule) for rule in sorted(local - rules))
    for number, pieces in enumerate(embedded):
        yield from _inside("".join(pieces), f"embedded {number}")


def _leave(path: list[bool]) -> None:
    path.pop()


def _element_rules(name: str, attributes: Attributes) -> Iterator[str]:
    namespace, _, local = name.rpartition(" ")
    if local.lower() == "script":
        yield "xml-script"
    if namespace in _SCRIPTABLE:
        if local in _EMBEDDING:
            yield "xml-script"
        if any(local_name(key).lower().startswith("on") for key in attributes):
            yield "xml-script"
    if any(value.lstrip().lower().startswith("javascript:") for value in attributes.values()):
        yield "xml-script"
    if local == "binData" and "office" in namespace:
        yield "xml-office-document"


def _inside(text: str, where: str) -> Iterator[Finding]:
    """Refuse to judge an embedded document: it has to be taken out and inspected on its own."""
    try:
        plain = base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError):
        yield unverifiable("embedded-document-unreadable", where=where)
        return
    if len(plain) >= _LEAST_EMBEDDED:
        yield unverifiable("embedded-document", where=where)
