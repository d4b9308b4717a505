"""Which findings a disarmed copy may answer: what is active in a content, and nothing else. Pure.

A content is only disarmed when it would be clean without them. Whatever else stands against it (a
rule, damage, a name, a check that did not end) stays where it is, and holds it.
"""

from collections.abc import Iterable
from dataclasses import replace

from custody.finding import Finding, FindingKind, Severity
from custody.outcome import Outcome, Scanned
from sanitizers.containers.unpacked import ARCHIVES
from sanitizers.scanners.active_content import NAME as ACTIVE_CONTENT
from sanitizers.scanners.file_type import NAME as FILE_TYPE

# Records are cut by their own schema, and what a name promises is no part of the content.
_SCANNERS = frozenset({ACTIVE_CONTENT, FILE_TYPE, ARCHIVES})
PROTECTED = "password-protected"
# Words behind the end of a content, and no program: a copy that is written anew has none there.
BEHIND = "trailing-markup"


def without_active(outcomes: Iterable[Outcome]) -> tuple[Outcome, ...] | None:
    """Return what is said of a content but for what a copy would lack; None if nothing is active.

    Beside something active, what could not be judged within the document goes with it: a copy that
    still had it would not be clean.
    """
    given = tuple(outcomes)
    if not any(_is_active(f) for o in given if isinstance(o, Scanned) for f in o.findings):
        return None
    return tuple(_without(outcome) for outcome in given)


def _without(outcome: Outcome) -> Outcome:
    if not isinstance(outcome, Scanned) or not outcome.findings:
        return outcome
    return replace(outcome, findings=tuple(f for f in outcome.findings if not _goes(f)))


def _goes(finding: Finding) -> bool:
    beside = finding.kind is FindingKind.UNVERIFIABLE and finding.rule != PROTECTED
    return _is_active(finding) or (
        beside
        and finding.severity is not Severity.MALICIOUS
        and (finding.scanner == ACTIVE_CONTENT or finding.rule == BEHIND)
    )


def _is_active(finding: Finding) -> bool:
    return (
        finding.kind is FindingKind.ACTIVE
        and finding.scanner in _SCANNERS
        and finding.severity is Severity.SUSPICIOUS
    )
