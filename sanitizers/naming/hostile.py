"""The characters and the build of a name: what deceives a person, and what only an old system did.

A name that hides a program's extension is malicious: nobody turns letters round by mistake. What
merely cannot be written back to Windows as it is (a reserved name, a trailing dot) is noted.
"""

import re
from collections.abc import Iterator

from custody.finding import Finding, FindingKind, Severity
from sanitizers.naming.observation import observe
from sanitizers.naming.words import (
    DIRECTION_MARKS,
    DOCUMENTS,
    DOT_LOOKALIKES,
    ODD_SPACES,
    PAGES,
    PROGRAMS,
    TURNING,
    UNSEEN,
    last_extension,
    latin_lookalike,
)

_OPENED = DOCUMENTS | PAGES
_CONTROL = re.compile("[\x01-\x1f\x7f-\x9f]")
_RESERVED = re.compile(
    "(?:con|prn|aux|nul|conin\\$|conout\\$|com[1-9\u00b9\u00b2\u00b3]|lpt[1-9\u00b9\u00b2\u00b3])"
    " *(?:\\..*)?\\Z",
    re.IGNORECASE,
)
_SPACES = re.compile(r"[ \t]{12,}")
_CLASS_ID = re.compile(r"\.\{[0-9a-f]{8}-(?:[0-9a-f]{4}-){3}[0-9a-f]{12}\}\Z", re.IGNORECASE)


def look_at_characters(name: str) -> Iterator[Finding]:
    """Yield what the characters of a name give reason to say."""
    if "\x00" in name:
        yield observe("nul-character")
    if _CONTROL.search(name):
        yield observe("control-character")
    if not name.isascii():
        yield from _look_at_letters(name)


def _look_at_letters(name: str) -> Iterator[Finding]:
    hides_program = last_extension(name) in PROGRAMS
    if TURNING.search(name):
        severity = Severity.MALICIOUS if hides_program else Severity.SUSPICIOUS
        yield observe("text-direction", severity=severity)
    if DIRECTION_MARKS.search(name):
        yield observe("direction-mark", severity=Severity.INFO)
    doubtful = Severity.SUSPICIOUS if hides_program else Severity.INFO
    if UNSEEN.search(name):
        yield observe("unseen-character", severity=doubtful)
    if ODD_SPACES.search(name):
        yield observe("odd-space", severity=Severity.INFO)
    if DOT_LOOKALIKES.search(name):
        yield observe("lookalike-dot", severity=doubtful)
    if any("\udc80" <= letter <= "\udcff" for letter in name):
        yield observe("not-utf-8", severity=Severity.INFO)


def look_at_build(name: str, folder: str) -> Iterator[Finding]:
    """Yield what the build of a name gives reason to say; `folder` is the name above it."""
    if _RESERVED.match(name):
        yield observe("reserved-name", severity=Severity.INFO)
    if name != name.rstrip(" ."):
        yield observe("trailing-space-or-dot", severity=Severity.INFO)
    if _SPACES.search(ODD_SPACES.sub(" ", name)):
        yield observe("long-run-of-spaces")
    if _CLASS_ID.search(name):
        yield observe("class-id-extension", FindingKind.PROHIBITED)
    meant = "" if name.isascii() else latin_lookalike(last_extension(name))
    if meant:
        yield observe("lookalike-extension", detail=meant)
    if _opens_for_its_folder(name, folder):
        yield observe("program-behind-document", FindingKind.PROHIBITED, Severity.MALICIOUS)
    stream = name.partition(":")[2]
    if stream and last_extension(stream.partition(":")[0]) in PROGRAMS:
        yield observe("program-in-stream", FindingKind.PROHIBITED)
    elif stream:
        yield observe("alternate-stream", severity=Severity.INFO)


def _opens_for_its_folder(name: str, folder: str) -> bool:
    """Find the layout of CVE-2023-38831: "x.pdf /x.pdf .cmd" runs when "x.pdf " is opened."""
    document = folder.rstrip()
    if not document or not name.startswith(document):
        return False
    if last_extension(document) not in _OPENED:
        return False
    return last_extension(name) in PROGRAMS
