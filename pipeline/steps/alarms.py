"""Directory alarms: what an attack in a directory does to its clean neighbours. Pure.

A ransom note holds everything beside it. Encrypted entries hold what changed in their time window,
or since the declared intrusion: an attacker who was at work there may have left more than damage.
"""

from dataclasses import dataclass

from catalogue import groups
from catalogue.evidence import DirectoryEvidence
from custody.finding import Finding, FindingKind, Severity
from custody.outcome import Scanned
from sanitizers.policy import Alarms

SCANNER = "directory_alarm"
VERSION = "1"
NOTE_RULE = "ransom-note-beside"
ENCRYPTED_RULE = "encrypted-beside"
HOUR_NS = 3600 * 10**9


@dataclass(frozen=True, slots=True, kw_only=True)
class Alarm:
    """An alarm over one directory; without times it covers every entry there."""

    rule: str
    encrypted: int
    notes: int
    from_ns: int | None = None
    until_ns: int | None = None

    def covers(self, mtime_ns: int) -> bool:
        """Whether an entry that was last changed at a time is held by this alarm."""
        after = self.from_ns is None or mtime_ns >= self.from_ns
        return after and (self.until_ns is None or mtime_ns <= self.until_ns)

    def stored(self, directory_key: bytes) -> groups.Alarm:
        """Return the alarm as the catalogue keeps it."""
        return groups.Alarm(
            kind="directory",
            key=directory_key,
            alarm=self.rule,
            evidence={"encrypted": self.encrypted, "notes": self.notes},
        )

    def outcome(self) -> Scanned:
        """Return the alarm as an outcome about one of the entries that it covers."""
        finding = Finding(
            scanner=SCANNER,
            rule=self.rule,
            kind=FindingKind.ALARM,
            severity=Severity.SUSPICIOUS,
            where=f"{self.encrypted} encrypted and {self.notes} ransom notes in its directory",
        )
        return Scanned(scanner=SCANNER, version=VERSION, findings=(finding,))


def alarm_of(
    evidence: DirectoryEvidence, demands: Alarms, intrusion_ns: int | None
) -> Alarm | None:
    """Return the alarm that the evidence in a directory raises, if any."""
    counts = {"encrypted": evidence.encrypted, "notes": evidence.notes}
    if evidence.notes >= demands.ransom_notes:
        return Alarm(rule=NOTE_RULE, **counts)
    if evidence.encrypted < demands.encrypted_files:
        return None
    margin = demands.window_hours * HOUR_NS
    if intrusion_ns is not None:
        first = min(intrusion_ns, evidence.first_ns)
        return Alarm(rule=ENCRYPTED_RULE, from_ns=first, **counts)
    return Alarm(
        rule=ENCRYPTED_RULE,
        from_ns=evidence.first_ns - margin,
        until_ns=evidence.last_ns + margin,
        **counts,
    )
