"""What a reader of active content returns: a rule with its kind, before the scanner signs it."""

from custody.finding import Finding, FindingKind, Severity
from sanitizers.containers.unpacked import EMBEDDED, RECORDS

NAME = "active_content"


def active(rule: str, *, where: str = "", detail: str = "") -> Finding:
    """Return a finding of active content."""
    return _finding(rule, FindingKind.ACTIVE, Severity.SUSPICIOUS, where, detail)


def unverifiable(rule: str, *, where: str = "", detail: str = "") -> Finding:
    """Return a finding that something inside cannot be judged."""
    return _finding(rule, FindingKind.UNVERIFIABLE, Severity.SUSPICIOUS, where, detail)


def prohibited(rule: str, *, where: str = "", detail: str = "") -> Finding:
    """Return a finding of a program inside."""
    return _finding(rule, FindingKind.PROHIBITED, Severity.SUSPICIOUS, where, detail)


def embedded(media_type: str, *, where: str = "") -> Finding:
    """Return a finding that a record keeps a document: it is noted where that is taken out."""
    return (note if media_type in RECORDS else unverifiable)(EMBEDDED, where=where)


def note(rule: str, *, where: str = "", detail: str = "") -> Finding:
    """Return a finding that only informs."""
    return _finding(rule, FindingKind.TYPE, Severity.INFO, where, detail)


def _finding(rule: str, kind: FindingKind, severity: Severity, where: str, detail: str) -> Finding:
    return Finding(
        scanner=NAME, rule=rule, kind=kind, severity=severity, where=where, detail=detail[:300]
    )
