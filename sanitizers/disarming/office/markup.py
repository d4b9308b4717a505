"""XML that is changed: a tree from a hardened parser, and the few ways in which it is cut.

Comments and processing instructions are never read into a tree, so no copy has them.
"""

from collections.abc import Iterable, Iterator
from typing import Any

from lxml import etree

from formats.faults import LimitError, MalformedError
from formats.markup import Events, read_xml

Element = Any
# Vocabularies of Office; a name in any other one means something else.
_VOCABULARIES = (
    "http://schemas.openxmlformats.org/",
    "http://purl.oclc.org/ooxml/",
    "http://schemas.microsoft.com/",
    "urn:schemas-microsoft-com:",
)


def parse(xml: bytes) -> Element:
    """Return the root of a document.

    Raises:
        FormatError: it is not well-formed, or declares a document type.
    """
    read_xml(xml, Events())
    parser = etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        huge_tree=False,
        remove_comments=True,
        remove_pis=True,
    )
    try:
        return etree.fromstring(xml, parser)
    except etree.XMLSyntaxError as error:
        if error.code == etree.ErrorTypes.ERR_NO_MEMORY:
            raise LimitError("XML that needs more memory than there is") from error
        raise MalformedError("XML that cannot be rebuilt") from error
    except (LookupError, ValueError) as error:
        raise MalformedError("XML that cannot be rebuilt") from error


def serialise(root: Element) -> bytes:
    """Return a document as bytes: UTF-8, whatever it was."""
    written: bytes = etree.tostring(root, encoding="UTF-8", xml_declaration=True, standalone=True)
    return written


def local(element: Element) -> str:
    """Return an element's name without its namespace."""
    return str(element.tag).rpartition("}")[2]


def namespace(element: Element) -> str:
    """Return an element's namespace, empty when it has none."""
    return str(element.tag).rpartition("}")[0][1:]


def attribute(element: Element, name: str) -> str:
    """Return an attribute by its name, empty when there is none; the element's own namespace wins.

    Office reads that one; one of the same name in another namespace may be there to mislead.
    """
    own = element.get(f"{{{namespace(element)}}}{name}")
    if own is not None:
        return str(own)
    return next((str(v) for k, v in element.attrib.items() if k.rpartition("}")[2] == name), "")


def each(root: Element, names: Iterable[str]) -> Iterator[Element]:
    """Yield the elements of Office with one of these names; the tree may be cut meanwhile."""
    for element in list(root.iter(*(f"{{*}}{name}" for name in names))):
        space = namespace(element)
        if not space or space.startswith(_VOCABULARIES):
            yield element


def drop(element: Element) -> None:
    """Take an element out of its tree; the text behind it stays."""
    parent = element.getparent()
    if parent is None:
        raise MalformedError("a document whose root would have to go")
    _keep_text(element, element.tail or "")
    parent.remove(element)


def unwrap(element: Element) -> None:
    """Put an element's children in its place."""
    parent = element.getparent()
    if parent is None:
        raise MalformedError("a document whose root would have to go")
    at = parent.index(element)
    children = list(element)
    if element.text:
        _keep_text(element, element.text)
    for number, child in enumerate(children):
        parent.insert(at + number, child)
    drop(element)


def drop_with_empty(element: Element, containers: frozenset[str]) -> None:
    """Take an element out, and each of these containers above it that holds nothing then."""
    parent = element.getparent()
    drop(element)
    while parent is not None and len(parent) == 0 and local(parent) in containers:
        above = parent.getparent()
        if above is None:
            return
        drop(parent)
        parent = above


def ancestor(element: Element, names: Iterable[str]) -> Element | None:
    """Return the nearest element above with one of these names."""
    return next(element.iterancestors(*(f"{{*}}{name}" for name in names)), None)


def _keep_text(element: Element, text: str) -> None:
    before = element.getprevious()
    if before is not None:
        before.tail = (before.tail or "") + text or None
    else:
        parent = element.getparent()
        parent.text = (parent.text or "") + text or None
