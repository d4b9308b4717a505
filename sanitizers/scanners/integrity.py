"""The integrity scanner: whether content is whole by the rules of its own format.

A missing end, zeros that were never written, a checksum that does not fit: damage without malice.
What was overwritten by noise is the encryption scanner's word, and zeros are never called that.
"""

from custody.finding import Finding, FindingKind, Severity
from custody.outcome import Coverage, NotScanned, Outcome, Scanned
from sanitizers.damage.diagnosis import diagnose
from sanitizers.damage.fault import Fault, Nature
from sanitizers.interface import Opened

NAME = "integrity"
_KINDS = {
    Nature.CUT: (FindingKind.DAMAGE, Severity.SUSPICIOUS),
    Nature.ZEROED: (FindingKind.DAMAGE, Severity.SUSPICIOUS),
    Nature.CHANGED: (FindingKind.DAMAGE, Severity.SUSPICIOUS),
    Nature.DOUBT: (FindingKind.UNVERIFIABLE, Severity.SUSPICIOUS),
    Nature.NOTE: (FindingKind.TYPE, Severity.INFO),
}


class Integrity:
    """Checks content against the structure that its type has."""

    name = NAME
    version = "10"

    def scan(self, opened: Opened) -> Outcome:
        """Return the damage that the structure shows, or why that could not be seen."""
        diagnosis = opened.once(diagnose)
        if diagnosis.unseen:
            return NotScanned(scanner=NAME, reason=diagnosis.unseen)
        findings = tuple(_finding(f) for f in diagnosis.faults if f.nature in _KINDS)
        return Scanned(
            scanner=NAME, version=self.version, coverage=Coverage.WHOLE, findings=findings
        )


def _finding(fault: Fault) -> Finding:
    kind, severity = _KINDS[fault.nature]
    return Finding(
        scanner=NAME,
        rule=fault.rule,
        kind=kind,
        severity=severity,
        where=f"offset {fault.offset}" if fault.offset >= 0 else "",
        detail=fault.detail[:300],
    )
