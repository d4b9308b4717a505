"""The tree of a document: parsed by a hardened parser, after a first look that refuses tricks."""

from collections.abc import Iterator
from typing import Any

from lxml import etree

from formats.faults import LimitError, MalformedError, UnsupportedError
from formats.xml_prolog import DocumentTypeError, Prolog, read_prolog
from schemas.interface import Reason
from schemas.reasons.table import because

Element = Any
LONGEST = 256 * 1024 * 1024
_XINCLUDE = "{http://www.w3.org/2001/XInclude}"


def parser() -> Any:
    """Return a parser that fetches nothing, expands nothing and mends nothing."""
    return etree.XMLParser(
        resolve_entities=False,
        no_network=True,
        load_dtd=False,
        dtd_validation=False,
        huge_tree=False,
        recover=False,
        remove_comments=True,
    )


def read_tree(content: bytes) -> Element | Reason:
    """Return the root of a document, or the reason why it has none."""
    if len(content) > LONGEST:
        return because("GEN-011")
    try:
        read_prolog(content)
        return etree.fromstring(content, parser())
    except DocumentTypeError:
        return because("XML-002")
    except UnsupportedError:
        return because("XML-003")
    except LimitError:
        return because("GEN-011")
    except (MalformedError, etree.XMLSyntaxError):
        return because("XML-001")


def prolog_reasons(content: bytes) -> Iterator[Reason]:
    """Yield what the processing instructions of a document ask for."""
    yield from instruction_reasons(read_prolog(content))


# A server that serves the document by its name may run these.
_SERVER_SCRIPTS = frozenset({"php", "php4", "php5", "asp", "jsp", "perl", "python"})


def instruction_reasons(prolog: Prolog) -> Iterator[Reason]:
    """Yield what is wrong with processing instructions: a style sheet asks, a script runs."""
    for target, text in prolog.instructions:
        if target.lower() == "xml-stylesheet":
            yield because("XML-004" if _is_elsewhere(text) else "XML-005")
        elif target.lower() in _SERVER_SCRIPTS:
            yield because("GEN-018")


def _is_elsewhere(text: str) -> bool:
    """Whether a style sheet's address is more than the name of a file beside the document."""
    lowered = text.lower()
    return any(mark in lowered for mark in ("://", "href='//", 'href="//', "\\", "..", "data:"))


def name_of(element: Element) -> str:
    """Return an element's name without its namespace; empty for comments and instructions."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def is_inclusion(element: Element) -> bool:
    """Whether an element includes another document."""
    tag = element.tag
    return isinstance(tag, str) and tag.startswith(_XINCLUDE)


def place_of(element: Element) -> str:
    """Return the names of an element and of two above it: a position that names nobody."""
    names = [name_of(element), *(name_of(above) for above in element.iterancestors())]
    return "/".join(reversed(names[:3]))
