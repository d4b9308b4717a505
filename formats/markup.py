"""A hardened reader of XML: nothing fetched, nothing built from entities, bounded by its input.

A document type is refused, unless the caller asks for it: then one that only names an external
definition, declares elements and attributes, or abbreviates a few words, passes; an entity that
holds markup or another entity, or lies elsewhere, is refused. It is native code (expat), so it runs
where a process serves one sample only.
"""

import codecs
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import NoReturn
from xml.parsers import expat

from formats.faults import MalformedError, TruncatedError, UnsupportedError

Attributes = Mapping[str, str]
# expat's codes for a document that stops too early.
_CUT = frozenset({3, 5, 6, 20})
_UNKNOWN_ENCODING = 18
_UNBOUND_PREFIX = 27
# Drawing programs abbreviate the names of their vocabularies; that many words, and no more of them.
_MOST_ABBREVIATIONS, _LONGEST_ABBREVIATION, _MOST_EXPANDED = 64, 256, 1 << 22
_DECLARED_ENCODING = re.compile(
    rb"\s*<\?xml[^>]{0,100}?\bencoding\s*=\s*[\"']([A-Za-z][A-Za-z0-9._-]{0,40})[\"']"
)
# What expat does not know and old programs write; found here, so that a locked process has them.
_ENCODINGS: dict[bytes, codecs.CodecInfo] = {
    name: codecs.lookup(name.decode())
    for name in (
        *(b"iso-8859-%d" % part for part in (2, 3, 4, 5, 6, 7, 8, 9, 10, 13, 14, 15, 16)),
        *(b"windows-%d" % page for page in range(1250, 1259)),
        *(b"koi8-r", b"koi8-u", b"cp437", b"cp850", b"ibm850", b"ibm437", b"macintosh"),
        *(b"euc-jp", b"shift_jis", b"iso-2022-jp", b"euc-kr", b"gb2312", b"gbk", b"gb18030"),
        *(
            b"big5",
            b"ibm866",
            b"cp866",
            b"cp1252",
            b"latin-1",
            b"iso-8859-11",
            b"tis-620",
            b"cp855",
            b"mac-cyrillic",
        ),
    )
}


def _ignore(*_: object) -> None:
    """Leave an event alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Events:
    """What the caller wants to see. Names are "namespace local", or "local" without namespace.

    `on_type` gets the system and the public name of a document type; without it one is refused.
    """

    on_start: Callable[[str, Attributes], None] = field(default=_ignore)
    on_end: Callable[[str], None] = field(default=_ignore)
    on_text: Callable[[str], None] = field(default=_ignore)
    on_instruction: Callable[[str, str], None] = field(default=_ignore)
    on_type: Callable[[str, str], None] | None = None


def local_name(name: str) -> str:
    """Return a name without its namespace."""
    return name.rpartition(" ")[2]


def read_xml(content: bytes, events: Events) -> None:
    """Read a whole document.

    Raises:
        UnsupportedError: it declares an entity that is more than a few words, a document type that
            nobody asked for, or an encoding that is not known.
        TruncatedError: it stops before its end.
        MalformedError: it is not well-formed.
    """
    declared = _DECLARED_ENCODING.match(content[:200])
    codec = _ENCODINGS.get(declared.group(1).lower()) if declared else None
    if codec is None:
        _parse(content, events, None)
        return
    try:
        text, _ = codec.decode(content)
    except UnicodeError as error:
        raise MalformedError("letters that its encoding does not have") from error
    _parse(text.encode("utf-8", "replace"), events, "utf-8")


def _parse(content: bytes, events: Events, encoding: str | None) -> None:
    try:
        _run(_parser(content, events, encoding, separator=" "), content)
    except _UnboundPrefixError:
        # Well-formed by XML 1.0 (section 2.1), which knows no namespaces: what has none is looked
        # at by its local names alone, and as if it were of every vocabulary.
        _run(_parser(content, _without_prefixes(events), encoding, separator=None), content)


class _UnboundPrefixError(Exception):
    """A prefix that no namespace is bound to."""


def _parser(
    content: bytes, events: Events, encoding: str | None, *, separator: str | None
) -> expat.XMLParserType:
    parser = expat.ParserCreate(encoding, namespace_separator=separator)
    parser.buffer_text = True
    parser.StartDoctypeDeclHandler = _refuse if events.on_type is None else _typed(events.on_type)
    parser.EntityDeclHandler = _Abbreviations(content).declare
    parser.StartElementHandler = events.on_start
    parser.EndElementHandler = events.on_end
    parser.CharacterDataHandler = events.on_text
    parser.ProcessingInstructionHandler = events.on_instruction
    return parser


def _run(parser: expat.XMLParserType, content: bytes) -> None:
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        if error.code in _CUT:
            raise TruncatedError("the document stops early", offset=error.offset) from error
        if error.code == _UNKNOWN_ENCODING:
            raise UnsupportedError("an encoding that is not known") from error
        if error.code == _UNBOUND_PREFIX:
            raise _UnboundPrefixError from error
        raise MalformedError(f"not well-formed (code {error.code})", offset=error.offset) from error
    except (LookupError, ValueError) as error:
        raise UnsupportedError("an encoding that is not known") from error


def _without_prefixes(events: Events) -> Events:
    """Return the events of a document whose names are handed on as the caller knows names."""

    def on_start(name: str, attributes: Attributes) -> None:
        plain = {_as_namespaced(key): value for key, value in attributes.items()}
        events.on_start(_as_namespaced(name), plain)

    return replace(events, on_start=on_start, on_end=lambda n: events.on_end(_as_namespaced(n)))


def _as_namespaced(name: str) -> str:
    prefix, _, local = name.rpartition(":")
    return f"{prefix} {local}" if prefix else local


class _Abbreviations:
    """Takes the entities that a document declares, and refuses all but a few words each."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self._left, self._references = _MOST_ABBREVIATIONS, content.count(b"&")

    def declare(
        self,
        _: str,
        is_parameter_entity: bool,  # noqa: FBT001 - the order of expat's own arguments
        value: str | None,
        *__: object,
    ) -> None:
        """Take one declaration (XML 1.0 section 4.2)."""
        self._left -= 1
        expanded = self._references * len(value or "")
        plain = value is not None and not is_parameter_entity and not set(value) & set("<&%")
        few = self._left >= 0 and len(value or "") <= _LONGEST_ABBREVIATION
        if not (plain and few and expanded <= _MOST_EXPANDED):
            raise UnsupportedError("an entity is declared")


def _typed(on_type: Callable[[str, str], None]) -> Callable[..., None]:
    """Hand on what a document type names; an empty name stands for none."""

    def on_declaration(_: str, system: str | None, public: str | None, __: int) -> None:
        on_type(system or "", public or "")

    return on_declaration


def _refuse(*_: object) -> NoReturn:
    raise UnsupportedError("a document type declaration")
