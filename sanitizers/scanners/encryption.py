"""The encryption scanner: noise where the format of the content leaves no room for any.

Structure comes first, statistics only where bytes are not packed. Content that is nothing but noise
and of no known type is not called encrypted here: a sealed backup looks the same. What its name
says that it was is judged for each entry (`sanitizers.damage.naming`).
"""

from custody.finding import Finding, FindingKind, Severity
from custody.outcome import Coverage, NotScanned, Outcome, Scanned
from sanitizers.damage.diagnosis import diagnose
from sanitizers.damage.fault import Nature
from sanitizers.interface import Opened

NAME = "encryption"


class Encryption:
    """Looks for parts of content that were overwritten by noise."""

    name = NAME
    version = "9"

    def scan(self, opened: Opened) -> Outcome:
        """Return the overwritten parts, or why they could not be looked for."""
        diagnosis = opened.once(diagnose)
        if diagnosis.unseen:
            return NotScanned(scanner=NAME, reason=diagnosis.unseen)
        findings = tuple(
            Finding(
                scanner=NAME,
                rule=fault.rule,
                kind=FindingKind.ENCRYPTION,
                severity=Severity.SUSPICIOUS,
                where=f"offset {fault.offset}" if fault.offset >= 0 else "",
                detail=fault.detail[:300],
            )
            for fault in diagnosis.faults
            if fault.nature is Nature.NOISE
        )
        return Scanned(
            scanner=NAME, version=self.version, coverage=Coverage.WHOLE, findings=findings
        )
