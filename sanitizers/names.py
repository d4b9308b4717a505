"""What a name says, beside what its content is: judged for each entry, because content has no name.

A finding is suspicious only where a person would agree at once; what is merely odd is noted.
"""

from collections.abc import Iterator

from custody.finding import Finding, FindingKind
from custody.outcome import NotScanned, Outcome, Scanned
from sanitizers.damage.naming import witnesses
from sanitizers.interface import TypeReport
from sanitizers.naming.hostile import look_at_build, look_at_characters
from sanitizers.naming.mismatch import look_at_extension
from sanitizers.naming.observation import SCANNER, observe
from sanitizers.naming.words import NOTE_NAME, SEALED, extensions
from sanitizers.notes.features import NAMED_LEAST, is_note

VERSION = "7"
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
        *_note(name, report),
    )


def names_outcome(findings: tuple[Finding, ...] | None) -> Outcome:
    """Return what was said of a name as one outcome; silence about it is not clean either."""
    if findings is None:
        return NotScanned(scanner=SCANNER, reason="the name was not judged")
    return Scanned(scanner=SCANNER, version=VERSION, findings=findings)


def _damage(name: str, report: TypeReport) -> Iterator[Finding]:
    """Tell content that was destroyed from content that never had a form, with the name's help.

    What the owner's own tools append seals content on purpose, and without a mark to know it by.
    """
    parts = extensions(name)
    if parts and parts[-1] in SEALED:
        return
    for witness in witnesses(parts, report):
        yield observe(witness.rule, witness.kind, detail=witness.extension)


def _note(name: str, report: TypeReport) -> Iterator[Finding]:
    """Let a name that notes have make up for one feature that a text lacks."""
    if NOTE_NAME.search(name) and is_note(report.note, least=NAMED_LEAST):
        yield observe("ransom-note-by-name", FindingKind.RANSOM_NOTE)
