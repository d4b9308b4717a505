"""What tables of a source say about each other: rows that point at no row, totals that lie. Pure.

Such a table is held as a whole: whether a row was put in here, or taken out there, nobody can say
from one of the two alone.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from catalogue import groups
from custody.box import Json
from custody.digest import Digest
from custody.finding import Finding, FindingKind, Severity
from custody.outcome import Scanned
from schemas.judging import ORPHAN, TOTAL

SCANNER = "references"
VERSION = "1"
KIND = "references"
MISSING = "missing-reference"
UNPROVEN = "unproven-reference"
CONTRADICTED = "control-total"


@dataclass(frozen=True, slots=True, kw_only=True)
class Missing:
    """A table some of whose rows point at nothing, or whose other table is not to be had.

    `rows` of its rows point at the table called `resource`, `orphans` of them at none of its rows;
    where the code is that of totals, `orphans` of `rows` tell another total than that table has.
    """

    digest: Digest
    contract: str
    resource: str
    rows: int = 0
    orphans: int = 0
    reason: str = ""
    code: str = ORPHAN

    @property
    def rule(self) -> str:
        """What the finding is called."""
        if self.reason:
            return UNPROVEN
        return CONTRADICTED if self.code == TOTAL else MISSING

    @property
    def told(self) -> dict[str, Json]:
        """What an event and the catalogue say of it; no value of a row."""
        return {
            "digest": self.digest,
            "contract": self.contract,
            "resource": self.resource,
            "rows": self.rows,
            "orphans": self.orphans,
            "reason": self.reason,
            "code": self.code,
        }

    def stored(self) -> groups.Alarm:
        """Return it as the catalogue keeps it, by the content of the table."""
        key = bytes.fromhex(self.digest)
        return groups.Alarm(kind=KIND, key=key, alarm=self.rule, evidence=self.told)

    def outcome(self) -> Scanned:
        """Return it as an outcome about the table."""
        where = self.reason or f"{self.orphans} of {self.rows} rows ({self.code})"
        finding = Finding(
            scanner=SCANNER,
            rule=self.rule,
            kind=FindingKind.RECORD,
            severity=Severity.SUSPICIOUS,
            where=f"{self.resource}: {where}",
        )
        return Scanned(scanner=SCANNER, version=VERSION, findings=(finding,))


def missing_of(told: Mapping[str, Json]) -> Missing:
    """Return what an event told."""
    return Missing(**{**told, "digest": Digest(told["digest"])})
