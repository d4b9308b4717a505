"""Active content of PDF files, by the names of their dictionaries.

Links (`/URI`) and destinations (`/GoTo`) are not active: nothing happens until a person clicks, and
then only what the person expects. Strings and comments are searched like the rest: a rare false
hold is the price for not depending on where another reader thinks a string ends.
"""

import re
from collections.abc import Iterator

from custody.finding import Finding
from formats.pdf import object_texts, plain_names, scan_pdf
from sanitizers.active.observation import active
from sanitizers.inflating import inflate_zlib
from sanitizers.interface import Opened

_RULES: dict[bytes, str] = {
    b"JavaScript": "pdf-javascript",
    b"JS": "pdf-javascript",
    b"Launch": "pdf-launch",
    b"AA": "pdf-additional-actions",
    b"EmbeddedFile": "pdf-embedded-file",
    b"EmbeddedFiles": "pdf-embedded-file",
    b"EF": "pdf-embedded-file",
    b"RichMedia": "pdf-rich-media",
    b"RichMediaExecute": "pdf-rich-media",
    b"Rendition": "pdf-rich-media",
    b"Movie": "pdf-rich-media",
    b"Sound": "pdf-rich-media",
    b"Flash": "pdf-rich-media",
    b"3D": "pdf-rich-media",
    b"XFA": "pdf-xfa",
    b"SubmitForm": "pdf-submit-form",
    b"ImportData": "pdf-import-data",
    b"GoToE": "pdf-go-to-embedded",
    b"GoToR": "pdf-go-to-remote",
    b"Thread": "pdf-go-to-remote",
    b"FFilter": "pdf-external-stream",
    b"FDecodeParms": "pdf-external-stream",
}
# Long enough not to appear by chance in packed bytes: these are looked for inside streams too,
# where an object may be hidden from a linear scan and still be reached by its offset.
_LONG = tuple(name for name in _RULES if len(name) >= 6)
_END = rb"(?=[\s\x00()<>\[\]{}/%]|$)"
_NAMES = re.compile(rb"/(" + b"|".join(sorted(_RULES, reverse=True)) + rb")" + _END)
_LONG_NAMES = re.compile(rb"/(" + b"|".join(_LONG) + rb")" + _END)
_OPEN_ACTION = re.compile(rb"/OpenAction\s*(\[|<<|(\d{1,10})\s+(\d{1,5})\s+R)")
# A click on one of these hands its text to a program, not to a browser.
_PROGRAM_LINK = re.compile(
    rb"/URI\s*\(\s*(?:javascript|vbscript|data|ms-[a-z-]+|search-ms|shell|mhtml)\s*:",
    re.IGNORECASE,
)
# A part of the page that is kept in another file, and a picture that a printer runs.
_REFERENCE = re.compile(rb"/Ref\s*<<")
_ELSEWHERE = re.compile(rb"/Length\s+\d+\s*/F\s*[(<]|/F\s*\([^)]{0,400}\)\s*/Length\s")
_POSTSCRIPT = re.compile(rb"/Subtype2?\s*/PS" + _END)
_ACTION = re.compile(rb"/S\s*/(\w+)")
# Each beside a word that it cannot do without, which is found at a hundredth of the cost.
_PATTERNS = (
    (b"/URI", _PROGRAM_LINK, "pdf-program-link"),
    (b"/Ref", _REFERENCE, "pdf-external-stream"),
    (b"/F", _ELSEWHERE, "pdf-external-stream"),
    (b"/PS", _POSTSCRIPT, "pdf-postscript"),
)
_PASSIVE_ACTIONS = frozenset({b"GoTo", b"Named"})
_BODY = 65_536
_DIRECT = 4096
_MOST_OPEN_ACTIONS = 32


def look(opened: Opened) -> Iterator[Finding]:
    """Yield one finding a rule.

    Raises:
        FormatError: the file is encrypted, cut, or has an object stream that cannot be read.
    """
    content = opened.content
    scan = scan_pdf(content)
    rules = _hidden_names(content)
    texts: list[bytes] = []
    most = opened.limits.most_expanded_bytes // 4
    for text in object_texts(content, scan, inflate_zlib, most=most):
        texts.append(text)
        rules |= {_RULES[name] for name in _NAMES.findall(text)}
        rules |= {
            rule for word, pattern, rule in _PATTERNS if word in text and pattern.search(text)
        }
    if any(_opens_actively(text, texts) for text in texts):
        rules.add("pdf-open-action")
    return iter([active(rule) for rule in sorted(rules)])


def _hidden_names(content: bytes) -> set[str]:
    """Look for long names everywhere, as they stand and with their escapes undone."""
    found = set(_LONG_NAMES.findall(content))
    if b"#" in content:
        found.update(_LONG_NAMES.findall(plain_names(content)))
    return {_RULES[name] for name in found}


def _opens_actively(text: bytes, texts: list[bytes]) -> bool:
    """Tell whether something other than a jump happens when the file is opened.

    A file has one such entry, and one more for each update: many are a trick to cost time.
    """
    actions = {_body_or_reference(text, found) for found in _OPEN_ACTION.finditer(text)}
    if len(actions) > _MOST_OPEN_ACTIONS:
        return True
    for body, number, generation in actions:
        action = _ACTION.search(_object(number, generation, texts) if number else body)
        if action is not None and action.group(1) not in _PASSIVE_ACTIONS:
            return True
    return False


def _body_or_reference(text: bytes, found: re.Match[bytes]) -> tuple[bytes, bytes, bytes]:
    """Return the dictionary that stands there, or the object it is in; neither for an array."""
    if found.group(1) == b"<<":
        return text[found.end() : found.end() + _DIRECT], b"", b""
    return b"", found.group(2) or b"", found.group(3) or b""


def _object(number: bytes, generation: bytes, texts: list[bytes]) -> bytes:
    """Return what follows an object's header; actions in object streams are known by names."""
    header = re.compile(rb"(?<!\d)" + number + rb"\s+" + generation + rb"\s+obj")
    for text in texts:
        for found in header.finditer(text):
            body = text[found.end() : found.end() + _BODY]
            return body.partition(b"endobj")[0]
    return b""
