"""The native half of typing: what a container says of itself, and libmagic on what we do not know.

libmagic's opinion never makes anything clean. It can only call content a program that our own
table took for unknown bytes. Its "DOS program" is not believed: our table knows every program that
has a header, and for the rest libmagic takes a single byte for a jump.
"""

import re
from dataclasses import replace

import magic

from formats.families import PDF, PLAIN, XML, Family
from formats.faults import FormatError, MalformedError
from formats.markup import Events, read_xml
from formats.ooxml import CONTENT_TYPES, read_content_types
from formats.packages import OOXML_PREFIX
from formats.pdf_cipher import open_without_password
from formats.text import read_text
from formats.textual import has_hidden_script
from sanitizers.active.members import one_member, open_directory
from sanitizers.deciphering import NativeCiphers
from sanitizers.interface import Opened

_PACKAGES = (OOXML_PREFIX, "application/vnd.ms-")
_MAIN = ".main+xml"
_MACRO_ENABLED = ".macroenabled"
_LOOK = 1 << 20
_ENCRYPTED = b"/Encrypt"
_CIPHERS = NativeCiphers()
_BEFORE_XML = b" \t\r\n\xef\xbb\xbf"
_OWN = re.compile(
    r"application/vnd\.(?:openxmlformats-officedocument|ms-word|ms-excel|ms-powerpoint|ms-visio)\.[a-z.]+"
)
_PROGRAMS = frozenset(
    {
        "application/vnd.microsoft.portable-executable",
        "application/x-executable",
        "application/x-pie-executable",
        "application/x-sharedlib",
        "application/x-mach-binary",
        "application/x-object",
        "application/x-msi",
        "application/java-archive",
    }
)
_SCRIPTS = frozenset({"text/x-shellscript", "text/x-msdos-batch", "text/x-php", "text/x-perl"})


class SecondOpinion:
    """libmagic with its table loaded; made before the process is locked."""

    def __init__(self) -> None:
        """Load the table, by asking once."""
        self._magic = magic.Magic(mime=True)
        self._magic.from_buffer(b"autoclave")

    def of(self, content: bytes) -> str:
        """Return libmagic's media type, empty when it has none."""
        try:
            return str(self._magic.from_buffer(content[:_LOOK]))
        except magic.MagicException:
            return ""


def examine(opened: Opened, opinion: SecondOpinion | None = None) -> Opened:
    """Return the sample with the type that its inside says it has."""
    report = opened.report
    # An Outlook message may hold a whole package, and is none.
    if report.family is not Family.MAIL and report.media_type.startswith(_PACKAGES):
        declared = _declared_main_type(opened)
        if declared:
            return replace(opened, report=replace(report, media_type=declared))
    if report.media_type == XML.media_type:
        return _markup(opened)
    if report.media_type == PDF.media_type and _ENCRYPTED in opened.content and opened.whole:
        return _deciphered(opened)
    if report.family is Family.UNKNOWN and opinion is not None:
        return _second(opened, opinion.of(opened.content))
    return opened


def _declared_main_type(opened: Opened) -> str:
    """Return the media type of the main part; a broken package keeps the type of its directory."""
    try:
        listing = open_directory(opened).find(CONTENT_TYPES)
        types = read_content_types(one_member(opened, listing)) if listing is not None else None
    except FormatError:
        return ""
    if types is None:
        return ""
    mains = [kind for kind in types.overrides.values() if kind.endswith(_MAIN)]
    chosen = next((kind for kind in mains if _MACRO_ENABLED in kind), mains[0] if mains else "")
    name = chosen.removesuffix(_MAIN)
    # A package may declare anything, "text/plain" included: only its own kind is believed.
    return (f"{name}.12" if _MACRO_ENABLED in name else name) if _OWN.fullmatch(name) else ""


def _deciphered(opened: Opened) -> Opened:
    """Return a restricted PDF as every reader sees it; one that needs a password stays closed."""
    try:
        plain = open_without_password(opened.content, _CIPHERS)
    except FormatError:
        return opened
    return replace(opened, content=plain, report=replace(opened.report, deciphered=True))


def _markup(opened: Opened) -> Opened:
    """Tell a text with a few tags from XML: without a declaration it must be well-formed."""
    text = read_text(opened.content)
    if text is None or not opened.whole or text.view.lstrip(_BEFORE_XML).startswith(b"<?xml"):
        return opened
    try:
        read_xml(opened.content, Events(on_type=lambda _, __: None))
    except MalformedError:
        report = replace(
            opened.report,
            media_type=PLAIN.media_type,
            family=PLAIN.family,
            hidden_script=has_hidden_script(text.view),
        )
        return replace(opened, report=report)
    except FormatError:
        return opened
    return opened


def _second(opened: Opened, media_type: str) -> Opened:
    if media_type in _PROGRAMS | _SCRIPTS:
        family = Family.PROGRAM if media_type in _PROGRAMS else Family.SCRIPT
        report = replace(opened.report, media_type=media_type, family=family)
        return replace(opened, report=report)
    return opened
