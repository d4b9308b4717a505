"""What a text is: a script, a shortcut, a web page, a medical message, data, mail or plain prose.

Scripts are known by strong features only, at the place where an interpreter looks for them: a
handbook that quotes a command is prose. What a *name* makes of a text (`.bat`, `.js`, `.html`) is
judged where names are judged.
"""

import re

from formats.families import (
    CDA,
    FHIR_XML,
    HPRIM,
    HPRIM_XML,
    HTML,
    KMEHR,
    PLAIN,
    SQL,
    SVG,
    XML,
    Family,
    Kind,
)
from formats.sql.beginnings import is_sql
from formats.sql.dialects import is_announced
from formats.statements import JSCRIPT, POWERSHELL, SHELL, VBSCRIPT, kind_of_statement

HEAD = 65_536

_PHP = Kind("text/x-php", Family.SCRIPT)
_HTA = Kind("application/hta", Family.SCRIPT)
_JSON = Kind("application/json", Family.RECORD)
_NDJSON = Kind("application/x-ndjson", Family.RECORD)
_FHIR_JSON = Kind("application/fhir+json", Family.RECORD)
_FHIR_NDJSON = Kind("application/fhir+ndjson", Family.RECORD)
_HL7 = Kind("application/hl7-v2", Family.RECORD)
_CSV = Kind("text/csv", Family.TEXT)

# At the very start of the text, in lower case.
_STARTS: tuple[tuple[bytes, Kind], ...] = (
    (b"#!/", SHELL),
    (b"#! /", SHELL),
    (b"<?php", _PHP),
    (b"<?=", _PHP),
    (b"<%", Kind("text/x-server-page", Family.SCRIPT)),
    (b"#requires -", POWERSHELL),
    (b"<job", Kind("text/x-wsf", Family.SCRIPT)),
    (b"<package>", Kind("text/x-wsf", Family.SCRIPT)),
    (b"<component>", Kind("text/x-wsf", Family.SCRIPT)),
    (b"#@~^", Kind("text/x-encoded-script", Family.SCRIPT)),
    (b"windows registry editor version", Kind("text/x-ms-regedit", Family.LAUNCHER)),
    (b"regedit4", Kind("text/x-ms-regedit", Family.LAUNCHER)),
    (b"id;p", Kind("application/x-sylk", Family.LAUNCHER)),
    (b"web\r\n1\r\n", Kind("text/x-ms-iqy", Family.LAUNCHER)),
    (b"web\n1\n", Kind("text/x-ms-iqy", Family.LAUNCHER)),
    (b"x5o!p%@ap[4\\pzx54", Kind("application/x-eicar", Family.PROGRAM)),
    (b"-----begin pgp message", Kind("application/pgp-encrypted", Family.SEALED)),
    (b"-----begin age encrypted", Kind("application/x-age", Family.SEALED)),
    (b"$ansible_vault;", Kind("application/x-ansible-vault", Family.SEALED)),
    (b"begin:vcard", Kind("text/vcard", Family.TEXT)),
    (b"begin:vcalendar", Kind("text/calendar", Family.TEXT)),
    (b"%!ps", Kind("application/postscript", Family.DOCUMENT)),
    (b"from ", Kind("application/mbox", Family.MAIL)),
)

_SCRIPT_FEATURES: tuple[tuple[re.Pattern[bytes], Kind], ...] = (
    (re.compile(rb"<hta:application"), _HTA),
    (
        re.compile(rb"^[ \t]*+(?:on error resume next|option explicit)[ \t\r]*+$", re.MULTILINE),
        VBSCRIPT,
    ),
    (
        re.compile(
            rb"^[^'\n]{0,80}createobject[ \t]*+\([ \t]*+\"(?:wscript|scripting|shell|msxml2|adodb"
            rb"|microsoft|winhttp|excel|word|outlook)\.",
            re.MULTILINE,
        ),
        VBSCRIPT,
    ),
    (
        re.compile(rb"new activexobject[ \t]*+\(|\bwscript\.(?:shell|createobject|sleep)\b"),
        JSCRIPT,
    ),
    (
        re.compile(
            rb"^[ \t]*+(?:\[cmdletbinding\(|param[ \t]*+\([ \t]*+\[|set-strictmode\b)", re.MULTILINE
        ),
        POWERSHELL,
    ),
)
# Plain searches first: they cost a fiftieth of the patterns, and nearly no text has one. The letter
# before each hint stands in every script that has it, and is found faster still.
_SCRIPT_HINTS: tuple[tuple[bytes, bytes], ...] = (
    (b"<", b"<hta:"),
    (b"\n", b"resume next"),
    (b"\n", b"option explicit"),
    (b"(", b"createobject"),
    (b"(", b"activexobject"),
    (b".", b"wscript."),
    (b"[", b"cmdletbinding"),
    (b"[", b"param"),
    (b"-", b"set-strictmode"),
)

# What a browser takes for a page when it looks at the first bytes (WHATWG MIME Sniffing 7.1).
_PAGE = re.compile(
    rb"(?:(?><!--.{0,4096}?-->)\s*+)*+<(?:!doctype html|html|head|script|iframe|body|title|style"
    rb"|table|div|font|img|meta|link|form|object|embed|svg|base|a|h1|p|br)(?![\w:-])",
    re.DOTALL,
)
_XML_ROOT = re.compile(
    rb"(?:(?><!--.*?-->|<\?.*?\?>|<!doctype[^>\[]*+(?:\[.*?\]\s*)?>)\s*+)*+"
    rb"<(?:[\w.-]{1,200}:)?([\w.-]{1,200})",
    re.DOTALL,
)
# The rules of a vocabulary, or their entities: no document, so no root has to follow.
# Its beginning or its end: a style sheet before it may be longer than what is looked at.
_DOCUMENT = re.compile(rb"</?(?:[\w.-]{1,200}:)?ClinicalDocument[\s/>]")
_DECLARATIONS = re.compile(
    rb"(?:(?><!--.*?-->|<\?.*?\?>)\s*+)*+(?:<!(?:element|entity|attlist|notation)\s|<!\[)",
    re.DOTALL,
)
_ROOTS: dict[bytes, Kind] = {
    b"html": HTML,
    b"svg": SVG,
    b"clinicaldocument": CDA,
    b"kmehrmessage": KMEHR,
    # What Windows or Java acts upon when it is opened.
    b"jnlp": Kind("application/x-java-jnlp-file", Family.LAUNCHER),
    b"pcsettings": Kind("application/x-ms-settingcontent", Family.LAUNCHER),
    b"librarydescription": Kind("application/windows-library+xml", Family.LAUNCHER),
    b"searchconnectordescription": Kind("application/windows-search-connector", Family.LAUNCHER),
    b"persistedquery": Kind("application/windows-search", Family.LAUNCHER),
    b"scriptlet": Kind("text/scriptlet", Family.SCRIPT),
}
_MAIL_FIELD = re.compile(
    rb"(?:return-path|received|from|to|subject|date|message-id|mime-version|delivered-to|x-[\w-]+"
    rb"|content-type|reply-to|cc|sender|dkim-signature|authentication-results|thread-topic): ?"
)
_HL7_START = re.compile(rb"[\x0b\s]*(?:msh|fhs|bhs)([^\w\s])[^\s]{0,6}")
# HPRIM Sante 2: a header segment that declares its five separators, at least three of them signs.
_HPRIM_START = re.compile(rb"h([|~^!*&])[~^|\\&*!]{3,5}\1")
_MESSAGES = ((_HL7_START, _HL7), (_HPRIM_START, HPRIM))
_PAGE_ARCHIVE = re.compile(
    rb"content-type:[ \t]*multipart/related[^\n]{0,200}(?:\n[ \t][^\n]*){0,4}"
)
# Names are in quotation marks, and a value begins with few signs (RFC 8259 sections 3 to 7).
_RESOURCE = b'"resourcetype"'
_JSON_START = re.compile(rb"\{\s*+[\"}]|\[\s*+[\"\[{\]\d\-tfn]")
# What a template engine replaces (Jinja, Django, Liquid, Mustache, Template Toolkit): no JSON.
_TEMPLATE = re.compile(rb"\{[{%#<]|\[%")
_PAGE_ELEMENT = re.compile(
    rb"</(?:html|body|head|div|p|a|span|h[1-6]|table|tr|td|ul|li|form|b)\s*>"
)
# A page with the header of the server before it, as some programs of old wrote it to a disk.
_SERVED_PAGE = re.compile(rb"content-type:[ \t]*+text/html[^\n]{0,80}\n[ \t\r]*+\n")
# "<" in UTF-7 (RFC 2152), which old browsers read as one wherever it stands.
_SEVEN_BITS = re.compile(rb"\+A[A-Za-z0-9+/]{2}")
_MBOX = re.compile(rb"from [^\n]{3,200}\d\d:\d\d:\d\d[^\n]{0,60}\n[\w-]+:")


def kind_of_text(view: bytes) -> Kind:
    """Return what a text is, from its UTF-8 view."""
    head = view[:HEAD].lower()
    start = head.lstrip(b" \t\r\n\x0b\x0c\xef\xbb\xbf")
    for magic, kind in _STARTS:
        if start.startswith(magic) and (
            kind.media_type != "application/mbox" or _MBOX.match(start)
        ):
            return kind
    stated = kind_of_statement(start)
    if stated is not None:
        return stated
    if any(letter in head and hint in head for letter, hint in _SCRIPT_HINTS):
        for pattern, kind in _SCRIPT_FEATURES:
            if pattern.search(head):
                return kind
    return SQL if is_announced(view) or is_sql(start) else _shaped(start, view)


def has_hidden_script(view: bytes) -> bool:
    """Tell whether a page or server script starts somewhere inside content that is none."""
    if b"<" not in view:
        return False
    head = view[:HEAD].lower()
    return b"<script" in head or b"<?php" in head


def has_no_tags(view: bytes) -> bool:
    """Tell whether no browser finds an element in a text, whatever alphabet it takes it to be in.

    An escape character changes to an alphabet of Asia, in which other bytes are a "<".
    """
    return b"<" not in view and b"\x1b" not in view and _SEVEN_BITS.search(view) is None


def _shaped(start: bytes, view: bytes) -> Kind:
    first = start[:1]
    if first == b"<":
        found = _markup(start)
        return CDA if found is XML and _presents_itself(start, view) else found
    if (_TEMPLATE.match(start) and _RESOURCE not in start) or _SERVED_PAGE.match(start):
        return HTML if _PAGE_ELEMENT.search(start) else PLAIN
    if first in (b"{", b"["):
        return _json(start, view)
    message = next((kind for begins, kind in _MESSAGES if begins.match(start)), None)
    if message is not None:
        return message
    if _MAIL_FIELD.match(start):
        return _mail(start)
    return _CSV if _is_table(start) else PLAIN


def _markup(start: bytes) -> Kind:
    if _PAGE.match(start):
        return SVG if start.startswith(b"<svg") else HTML
    if _DECLARATIONS.match(start):
        return PLAIN
    root = _XML_ROOT.match(start)
    if root is None:
        return XML if start.startswith(b"<?xml") else PLAIN
    kind = _ROOTS.get(root.group(1)) or _by_namespace(start[:8192])
    if kind is not None:
        return kind
    looks_like_xml = start.startswith((b"<?xml", b"<!")) or b"</" in start or b"/>" in start
    return XML if looks_like_xml else PLAIN


def _presents_itself(start: bytes, view: bytes) -> bool:
    """Tell whether a style sheet holds the clinical document that it shows (CI-SIS)."""
    root = _XML_ROOT.match(start)
    is_sheet = root is not None and root.group(1) in (b"stylesheet", b"transform")
    return is_sheet and _DOCUMENT.search(view) is not None


def _by_namespace(beginning: bytes) -> Kind | None:
    """Find the records whose root element has many names, by the namespace that they share."""
    if b"xmlns" not in beginning:
        return None
    if b"http://hl7.org/fhir" in beginning:
        return FHIR_XML
    return HPRIM_XML if b"http://www.hprim.org/" in beginning else None


def _json(start: bytes, view: bytes) -> Kind:
    """Tell documents from line-wise records; contracts of the records are checked elsewhere."""
    end = view[-64:].rstrip()
    fhir = _RESOURCE in start[:4096]
    # What calls itself a resource is read as one, so that a remark before it hides nothing.
    if not end.endswith((b"}", b"]")) or not (fhir or _JSON_START.match(start)):
        return PLAIN
    line, found, rest = start.partition(b"\n")
    lines = bool(found) and line.rstrip().endswith(b"}") and rest.lstrip().startswith(b"{")
    if lines:
        return _FHIR_NDJSON if fhir else _NDJSON
    return _FHIR_JSON if fhir else _JSON


def _mail(start: bytes) -> Kind:
    """Ask for three header fields in succession: a letter may begin with "Date: "."""
    fields = 0
    for line in start[:8192].split(b"\n", 12)[:12]:
        if line[:1] in (b" ", b"\t"):
            continue
        if not re.match(rb"[\w-]{2,60}:", line):
            break
        fields += 1 if _MAIL_FIELD.match(line) else 0
    if _is_page_archive(start):
        return Kind("application/x-mimearchive", Family.MAIL)
    return Kind("message/rfc822", Family.MAIL) if fields >= 3 else PLAIN


def _is_page_archive(start: bytes) -> bool:
    """Tell a page saved with its pictures (RFC 2557) from a message: nobody received it."""
    header = start[:8192].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
    if _PAGE_ARCHIVE.search(header) is None or b"mime-version:" not in header:
        return False
    return b"\nto:" not in header and b"received:" not in header


def _is_table(start: bytes) -> bool:
    """Tell whether the first lines have the same number of separators, at least one."""
    # Old Macintosh programs end a row in a carriage return alone.
    end = b"\n" if b"\n" in start[:8192] else b"\r"
    lines = [line for line in start[:8192].split(end, 6)[:6] if line.strip()][:5]
    if len(lines) < 2:
        return False
    for separator in (b";", b"\t", b",", b"|"):
        counts = {line.count(separator) for line in lines[:-1]}
        if len(counts) == 1 and counts.pop() > 0 and b'"' not in start[:8192]:
            return True
        if min(line.count(separator) for line in lines[:-1]) > 0 and b'"' in start[:8192]:
            return True
    return False
