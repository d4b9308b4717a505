"""A hardened reader of XML: no document type, no entities, nothing fetched, bounded by its input.

It is native code (expat), so it runs where a process serves one sample only.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import NoReturn
from xml.parsers import expat

from formats.faults import MalformedError, TruncatedError, UnsupportedError

Attributes = Mapping[str, str]
# expat's codes for a document that stops too early.
_CUT = frozenset({3, 5, 6, 20})


def _ignore(*_: object) -> None:
    """Leave an event alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """What the caller wants to see. Names are "namespace local", or "local" without namespace."""

    on_start: Callable[[str, Attributes], None] = field(default=_ignore)
    on_end: Callable[[str], None] = field(default=_ignore)
    on_text: Callable[[str], None] = field(default=_ignore)
    on_instruction: Callable[[str, str], None] = field(default=_ignore)


def local_name(name: str) -> str:
    """Return a name without its namespace."""
    return name.rpartition(" ")[2]


def read_xml(content: bytes, events: Events) -> None:
    """Read a whole document.

    Raises:
        UnsupportedError: it declares a document type, or an encoding that is not known.
        TruncatedError: it stops before its end.
        MalformedError: it is not well-formed.
    """
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse
    parser.EntityDeclHandler = _refuse
    parser.StartElementHandler = events.on_start
    parser.EndElementHandler = events.on_end
    parser.CharacterDataHandler = events.on_text
    parser.ProcessingInstructionHandler = events.on_instruction
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        if error.code in _CUT:
            raise TruncatedError("the document stops early", offset=error.offset) from error
        raise MalformedError(f"not well-formed (code {error.code})", offset=error.offset) from error
    except (LookupError, ValueError) as error:
        raise UnsupportedError("an encoding that is not known") from error


def _refuse(*_: object) -> NoReturn:
    raise UnsupportedError("a document type declaration")
