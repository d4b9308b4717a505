"""A first look at XML that builds nothing: what it declares, how deep it is, whether it is whole.

XML 1.0 §2.8 lets a document define what its own text means. Parsers that are told to leave entities
alone drop them silently; so a document type is refused before any tree is built.
"""

from dataclasses import dataclass, field
from xml.parsers import expat

from formats.faults import LimitError, MalformedError, UnsupportedError

DEEPEST = 200
MOST_ELEMENTS = 2_000_000
ENCODINGS = frozenset(
    {"", "utf-8", "us-ascii", "ascii", "iso-8859-1", "windows-1252", "iso-8859-15"}
)
_MARKS = (b"\xff\xfe", b"\xfe\xff", b"\x00", b"+/v", b"\x4c\x6f\xa7\x94", b"<\x00")


class DocumentTypeError(MalformedError):
    """The document declares a document type, and could mean anything by it."""


@dataclass(slots=True, kw_only=True)
class Prolog:
    """What was declared; `instructions` are processing instructions, name and content."""

    encoding: str = ""
    root: str = ""
    instructions: list[tuple[str, str]] = field(default_factory=list)


def read_prolog(content: bytes) -> Prolog:
    """Return what a whole document declares.

    Raises:
        DocumentTypeError: it has a document type.
        UnsupportedError: it is in an encoding that hides text from other readers.
        LimitError: it is too deep, or has too many elements.
        MalformedError: it is not well-formed, or is cut.
    """
    if content.startswith(_MARKS):
        raise UnsupportedError("an encoding other than UTF-8 or Latin")
    look = _Look()
    parser = expat.ParserCreate()
    parser.XmlDeclHandler = look.declaration
    parser.StartDoctypeDeclHandler = look.document_type
    parser.StartElementHandler = look.start
    parser.EndElementHandler = look.end
    parser.ProcessingInstructionHandler = look.instruction
    try:
        parser.Parse(content, True)
    except (expat.ExpatError, LookupError, ValueError) as error:
        raise MalformedError("not well-formed, or cut") from error
    return look.prolog


class _Look:
    """Takes what the parser meets, and stops it at the first thing that may not be."""

    def __init__(self) -> None:
        self.prolog = Prolog()
        self._depth = self._count = 0

    def declaration(self, version: str, encoding: str | None, standalone: int) -> None:
        """Take the XML declaration."""
        del version, standalone
        self.prolog.encoding = (encoding or "").lower()
        if self.prolog.encoding not in ENCODINGS:
            raise UnsupportedError("an encoding other than UTF-8 or Latin")

    def document_type(self, *_: object) -> None:
        """Refuse a document type."""
        raise DocumentTypeError("a document type")

    def instruction(self, target: str, content: str) -> None:
        """Take a processing instruction."""
        self.prolog.instructions.append((target, content))

    def start(self, name: str, attributes: dict[str, str]) -> None:
        """Take an element's beginning."""
        del attributes
        self.prolog.root = self.prolog.root or name
        self._depth += 1
        self._count += 1
        if self._depth > DEEPEST or self._count > MOST_ELEMENTS:
            raise LimitError("nested too deeply, or too many elements")

    def end(self, name: str) -> None:
        """Take an element's end."""
        del name
        self._depth -= 1
