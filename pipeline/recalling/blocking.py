"""What was recalled waits for two people: it is held until a waiver names exactly that recall."""

from custody.finding import Finding, FindingKind, Severity
from custody.outcome import Scanned

SCANNER = "recall"
VERSION = "1"


def rule_of(recall_id: str) -> str:
    """Return what a waiver has to name: a later recall of the same content is another one."""
    return f"recalled-{recall_id}"


def outcome_of(recall_id: str) -> Scanned:
    """Return what a recall says of a content at every later judgement."""
    finding = Finding(
        scanner=SCANNER,
        rule=rule_of(recall_id),
        kind=FindingKind.ALARM,
        severity=Severity.SUSPICIOUS,
    )
    return Scanned(scanner=SCANNER, version=VERSION, findings=(finding,))
