"""What a name says, beside what its content is: judged for each entry, because content has no name.

A finding is suspicious only where a person would agree at once; what is merely odd is noted.
"""

from collections.abc import Iterator

from custody.finding import Finding, FindingKind
from custody.outcome import NotScanned, Outcome, Scanned
from formats.families import Family
from sanitizers.interface import TypeReport
from sanitizers.naming.hostile import look_at_build, look_at_characters
from sanitizers.naming.mismatch import look_at_extension
from sanitizers.naming.observation import SCANNER, observe
from sanitizers.naming.words import (
    DOCUMENTS,
    KNOWN,
    NEVER_EMPTY,
    NEVER_RANDOM,
    NEVER_TEXT,
    extensions,
)

VERSION = "2"
__all__ = ["SCANNER", "VERSION", "names_findings", "names_outcome"]


def names_findings(path: bytes, report: TypeReport) -> tuple[Finding, ...]:
    """Return what a path, and its extension against the type of the content, give reason to say."""
    parts = [part.decode("utf-8", "surrogateescape") for part in path.rsplit(b"/", 2)[-2:]]
    name, folder = parts[-1], parts[0] if len(parts) > 1 else ""
    return (
        *look_at_characters(name),
        *look_at_build(name, folder),
        *look_at_extension(name, report),
        *_damage(name, report),
    )


def names_outcome(findings: tuple[Finding, ...] | None) -> Outcome:
    """Return what was said of a name as one outcome; silence about it is not clean either."""
    if findings is None:
        return NotScanned(scanner=SCANNER, reason="the name was not judged")
    return Scanned(scanner=SCANNER, version=VERSION, findings=findings)


def _damage(name: str, report: TypeReport) -> Iterator[Finding]:
    """Tell content that was destroyed from content that never had a form.

    Random-like bytes alone prove nothing: here the name bears witness that a document stood there
    (a known extension, or one with an unknown extension appended to it).
    """
    parts = extensions(name)
    last = parts[-1] if parts else ""
    if report.family is Family.EMPTY and last in NEVER_EMPTY:
        yield observe("empty-document", FindingKind.DAMAGE, detail=last)
    if report.family is Family.TEXT and last in NEVER_TEXT:
        yield observe("document-is-text", FindingKind.DAMAGE, detail=last)
    if report.random_head and last in NEVER_RANDOM:
        yield observe("header-destroyed", FindingKind.ENCRYPTION, detail=last)
    elif report.random_like and last not in KNOWN and _names_a_document(parts[:-1]):
        yield observe("renamed-and-random", FindingKind.ENCRYPTION, detail=last)


def _names_a_document(parts: list[str]) -> bool:
    """Look for a document's extension before what was appended, which may have dots of its own."""
    return any(part in DOCUMENTS for part in parts[-6:])
