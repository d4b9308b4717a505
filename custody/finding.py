"""One observation by one rule of one scanner."""

from dataclasses import dataclass
from enum import Enum, unique


@unique
class Severity(Enum):
    """How bad an observation is; ordered, never added up."""

    INFO = "info"
    SUSPICIOUS = "suspicious"
    MALICIOUS = "malicious"


@unique
class FindingKind(Enum):
    """What an observation is about; each kind leads to one verdict."""

    RULE = "rule"
    RANSOM_NOTE = "ransom-note"
    ENCRYPTION = "encryption"
    DAMAGE = "damage"
    PROHIBITED = "prohibited"
    ACTIVE = "active"
    UNVERIFIABLE = "unverifiable"
    TYPE = "type"
    NAME = "name"
    ALARM = "alarm"
    RECORD = "record"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One observation by one rule.

    `where` is a position that names nobody (an offset, a member number). `detail` may hold names
    from the hostile disk, so it is kept with the encrypted names and never in ledger or logs.
    """

    scanner: str
    rule: str
    kind: FindingKind
    severity: Severity
    where: str = ""
    detail: str = ""
