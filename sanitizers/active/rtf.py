"""Active content of RTF files: objects, remote templates, DDE fields.

Control words are searched as they stand, because a reader needs them in one piece; the text of
fields is searched with groups and control words taken out, because it may be split. A binary
block hides what follows from any plain search, so a file that has one is not judged.
"""

import re
from collections.abc import Iterator

from custody.finding import Finding
from formats.faults import UnsupportedError
from sanitizers.active.observation import active, unverifiable
from sanitizers.interface import Opened

# A backslash that is not itself written out by one before it.
_WORD = rb"(?<!\\)(?:\\\\)*\\"
_RULES: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (
        re.compile(_WORD + rb"obj(?:ect|data|emb|link|autlink|ocx|html|update|class|name)"),
        "rtf-object",
    ),
    (re.compile(_WORD + rb"\*\\template[^\w]"), "rtf-template"),
    (re.compile(_WORD + rb"(?:subdoc|filetbl|nextfile)\b", re.IGNORECASE), "rtf-remote-part"),
)
# Word takes less for a header than its own rules ask for; who writes less hides from scanners.
_HEADER = re.compile(rb"\s{0,64}\{\\rtf(?:1|\\|\d?[\s{])")
_BINARY = re.compile(rb"\\bin[1-9]")
_HEX = re.compile(rb"\\'([0-9a-fA-F]{2})")
_NOISE = re.compile(rb"\\[a-zA-Z]{1,40}-?\d{0,12} ?|[{}\r\n\t ]|\\\*")
_LETTER = re.compile(rb"\\u(-?\d{1,6}) ?\??")
_FIELD = re.compile(rb"\\fldinst")
_COMMANDS = re.compile(
    rb"DDEAUTO|DDE\"|DDE[A-Z]:|"
    rb"(?:INCLUDE(?:TEXT|PICTURE)|IMPORT)[\\*a-z]{0,12}?\"?(?:HTTP|FILE|FTP|\\)",
    re.IGNORECASE,
)
# A link to a part of another document stands at the beginning of its field.
_LINK = re.compile(rb"\\fldinst(?:[{}\s*]|\\[a-z*]{1,20}-?\d{0,9} ?){0,40}LINK\s", re.IGNORECASE)
# The property of a shape that names its picture, with an address for its value.
_SHAPE = re.compile(rb"\\sn\b")
_LINKED_PICTURE = re.compile(rb"pib(?:name)?(?:https?:|ftp:|file:|\\\\)", re.IGNORECASE)


def look(opened: Opened) -> Iterator[Finding]:
    """Yield what is active in the document.

    Raises:
        UnsupportedError: it holds a binary block.
    """
    content = opened.content
    if not _HEADER.match(content):
        yield unverifiable("rtf-odd-header")
    if _BINARY.search(content):
        raise UnsupportedError("a binary block inside RTF")
    for pattern, rule in _RULES:
        if pattern.search(content):
            yield active(rule)
    if _FIELD.search(content) and (_LINK.search(content) or _COMMANDS.search(_plain(content))):
        yield active("rtf-dde")
    if _SHAPE.search(content) and _LINKED_PICTURE.search(_plain(content)):
        yield active("rtf-remote-part")


def _plain(content: bytes) -> bytes:
    """Return the text without groups, control words and spaces, with hex escapes undone."""
    decoded = _HEX.sub(lambda found: bytes.fromhex(found.group(1).decode("ascii")), content)
    decoded = _LETTER.sub(lambda found: _letter(int(found.group(1))), decoded)
    return _NOISE.sub(b"", decoded)


def _letter(number: int) -> bytes:
    """Return a letter that is written as a number; only those of ASCII make a command."""
    return bytes([number]) if 0x20 <= number < 0x7F else b"?"
