"""Web pages: passive only if every element and target in them is known as such.

A page is never parsed, because browsers repair what no parser accepts. Whatever a browser makes of
it, an element begins with "<" and its name (WHATWG HTML 13.2.5.8), wherever it stands: so every
such name is looked up, those in comments too, and one that is not known as passive is a reason. SVG
is XML, which browsers do not repair: there the parser's elements are looked up.
"""

import base64
import html
import re
from collections.abc import Iterator

from custody.finding import Finding
from formats.faults import MalformedError
from formats.text import read_text
from sanitizers.active import records
from sanitizers.active.observation import active, unverifiable
from sanitizers.interface import Opened


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


SVG = _words(
    """
    svg g path rect circle ellipse line polyline polygon text tspan textpath tref title desc
    metadata defs symbol use marker mask pattern clippath lineargradient radialgradient
    meshgradient meshrow meshpatch stop solidcolor image style filter switch view font glyph
    foreignobject missing-glyph font-face font-face-src font-face-name hkern vkern a flowroot
    flowregion flowpara flowspan feblend fecolormatrix fecomponenttransfer fecomposite
    feconvolvematrix fediffuselighting fedisplacementmap fedistantlight fedropshadow feflood
    fefunca fefuncb fefuncg fefuncr fegaussianblur femerge femergenode femorphology feoffset
    fepointlight fespecularlighting fespotlight fetile feturbulence
    """
)
HTML = _words(
    """
    html head title body meta style link p br hr div span a b i u s em strong small big sub sup
    tt code pre kbd samp var cite dfn abbr acronym q blockquote address center font basefont
    nobr wbr h1 h2 h3 h4 h5 h6 hgroup ul ol li dl dt dd dir menu table caption colgroup col
    thead tbody tfoot tr td th img map area picture figure figcaption main section article aside
    header footer nav details summary time mark ins del strike bdi bdo ruby rt rp rb rtc data
    output meter progress label input textarea select option optgroup fieldset legend button
    video audio source track noscript noframes xml math mrow mi mo mn msup msub mfrac msqrt
    mtext mtable mtr mtd o:p
    """
)
# A name with any other sign in it is one that no standard gives a meaning to.
_ELEMENT = re.compile(r"<([a-z][a-z0-9:_-]*)(?=[\s/>])")
# What Word writes into the pages that it saves, all of it in remarks for itself.
_OFFICE = re.compile(r"(?:o|w|m|x|st1):(?!oleobject|ocx|control)[a-z0-9]{1,40}\Z")
_ACTIVE = re.compile(
    r"<(?:script|iframe|object|embed|applet|frame|frameset|form|base)\b"
    r"|<\?php|<%|[\s\"'/]on[a-z]{3,30}\s*=|formaction\s*="
    r"|expression\s*\(|behavior\s*:|-moz-binding"
)
_SCHEME = re.compile(r"(?:javascript|vbscript|mhtml|ms-[a-z]+|search-ms|data:text/html)\s*:")
# Of a target in quotes a browser drops tabs and line ends, wherever they stand (WHATWG URL 4.4).
_TARGET = r"\s*(?:[\"'`]\s*([^ \"'`>)]{0,60})|([^\s\"'`>)]{0,60}))"
# Where a word begins is looked at afterwards: asking the pattern for it costs twice the time.
_FETCHED = re.compile(
    r"(?:(?:(?:dyn|low)?src(?:set)?|background|poster|data)\s*=|url\(|image-set\("
    r"|(?:image|src)\((?=\s*[\"'])|@import\s*(?:url\()?)" + _TARGET
)
# Alphabets in which the letters of markup are written by other bytes than those of ASCII.
_ALPHABETS = re.compile(
    r"charset\s*=\s*[\"'`]?\s*(?:x-|cs)?(?:unicode-[\d-]+-)?"
    r"(?:utf-?7|unicode11utf7|imap4-modified-utf7|ebcdic|cp037|cp500|cp1047|ibm-?\d|scsu|bocu)"
)
_SEVEN_BITS = re.compile(r"\+(A[A-Za-z0-9+/]{2,4096})")
# A remark inside of a word hides it from whoever does not know that remarks are no part of it.
_SPLIT_WORD = re.compile(r"/\*(?<=[a-z]/\*)[^*]{0,400}\*/[a-z(]")
_REMARK = re.compile(r"/\*.*?\*/", re.DOTALL)
_CANDIDATES = re.compile(r"\bsrcset\s*=\s*(?:\"[^\"]*?//|'[^']*?//)")
_STYLE_ESCAPE = re.compile(r"\\([0-9a-f]{1,6})\s?")
# Elements whose attributes decide what they do: they have to be written by the book to be read.
_DECIDING = (
    r"<(?:link|meta|image|use|tref|textpath|pattern|lineargradient|radialgradient|meshgradient"
    r"|filter|glyph|font-face-uri)"
)
_DECISIVE = re.compile(_DECIDING + r"(?=[\s/>])")
_BY_THE_BOOK = re.compile(
    _DECIDING
    + r"((?:[\s/]++[^\s\"'<>/=]++(?:\s*=\s*(?:\"[^\"]*+\"|'[^']*+'|[^\s\"'<>=`]++))?)*+)[\s/]*+>"
)
_ATTRIBUTE = re.compile(
    r"([^\s\"'<>/=]++)(?:\s*=\s*(?:\"([^\"]*+)\"|'([^']*+)'|([^\s\"'<>=`]++)))?"
)
_REMOTE = re.compile(r"(?:[a-z][a-z0-9+.-]*:|//|\\\\|/\\|\\/)")
# A drive of the machine itself: whoever drew the picture had the file there.
_ON_DISK = re.compile(r"(?:file:///)?[a-z]:[\\/]|file:///[^/\\]")
_PICTURE = re.compile(r"data:(?:image/(?!svg)|font/|application/(?:x-)?font)|cid:")
_MOST_UNKNOWN = 8
_SPLITTERS = str.maketrans(dict.fromkeys(map(ord, "\t\r\n\x00"), ""))


def look_at_page(opened: Opened) -> Iterator[Finding]:
    """Yield what a browser would run or fetch, and the elements that are not known as passive.

    Raises:
        MalformedError: the page is no text, or changes its alphabet on the way.
    """
    text = read_text(opened.content)
    if text is None or b"\x1b" in text.view:
        raise MalformedError("not a text in one alphabet")
    written = text.view.decode()
    view = written.lower()
    if _ALPHABETS.search(view) or _has_seven_bit_tags(written):
        yield unverifiable("page-alphabet")
    yield from look_at_words(view, html.unescape(view))
    yield from _decisive(view)
    unknown = {
        name
        for name in _ELEMENT.findall(view)
        if name not in HTML and name not in SVG and not _OFFICE.match(name)
    }
    yield from unknown_elements(unknown)
    yield from records.look(opened)


def look_at_words(view: str, plain: str) -> Iterator[Finding]:
    """Search a page in lower case as it stands, and with the escapes of attributes undone."""
    found = _ACTIVE.search(view)
    if found is not None or _SCHEME.search(plain.translate(_SPLITTERS)):
        yield active("page-script", where=f"offset {found.start()}" if found else "")
    styled = _STYLE_ESCAPE.sub(_styled, plain) if "\\" in plain else ""
    joined = _REMARK.sub("", plain) if _SPLIT_WORD.search(plain) else ""
    if found is None and joined and _ACTIVE.search(joined):
        yield active("page-script")
    if any(map(_fetches, (plain, styled, joined))):
        yield active("page-external-target")


def _fetches(text: str) -> bool:
    targets = (
        found.group(1) or found.group(2)
        for found in _FETCHED.finditer(text)
        if not text[found.start() - 1 : found.start()].isalnum()
    )
    return _CANDIDATES.search(text) is not None or any(map(is_elsewhere, targets))


def _has_seven_bit_tags(written: str) -> bool:
    """Tell whether a page has a "<" in UTF-7 (RFC 2152), which old browsers take for one."""
    for found in _SEVEN_BITS.finditer(written):
        shifted = found.group(1)
        whole = len(shifted) * 6 // 16 * 2
        units = base64.b64decode(shifted + "A" * (-len(shifted) % 4))[:whole]
        if not any(units[0::2]) and b"<" in units[1::2]:
            return True
    return False


def is_elsewhere(untidy: str) -> bool:
    """Tell whether a target, in lower case, lies elsewhere than beside its page or on its disk."""
    target = untidy.translate(_SPLITTERS)
    if _ON_DISK.match(target):
        return False
    return _REMOTE.match(target) is not None and _PICTURE.match(target) is None


def _styled(found: re.Match[str]) -> str:
    """Undo an escape of a style sheet (CSS Syntax 4.3.7), which may hide the word before a name."""
    code = int(found.group(1), 16)
    return chr(code).lower() if 0 < code < 0xD800 else ""


def _decisive(view: str) -> Iterator[Finding]:
    """Read what links and refreshes: their targets, when their attributes can be read at all."""
    for found in _DECISIVE.finditer(view):
        whole = _BY_THE_BOOK.match(view, found.start())
        if whole is None:
            yield unverifiable("page-odd-element", where=f"offset {found.start()}")
            return
        for name, *values in _ATTRIBUTE.findall(whole.group(1)):
            value = html.unescape("".join(values)).strip()
            if name == "http-equiv" and "refresh" in value:
                yield active("page-script", where=f"offset {found.start()}")
                return
            if name.rpartition(":")[2] == "href" and is_elsewhere(value):
                yield active("page-external-target", where=f"offset {found.start()}")
                return


def unknown_elements(names: set[str]) -> Iterator[Finding]:
    """Yield one finding for the elements that no list knows."""
    if names:
        detail = ", ".join(sorted(name[:40] for name in names)[:_MOST_UNKNOWN])
        yield unverifiable("page-unknown-element", detail=detail)
