"""What is said of a case: attack or failure, since when, and how new its data may be. Pure."""

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, unique

from custody.digest import Digest, digest_of


@unique
class CaseKind(Enum):
    """Why data has to be recovered; what nobody declared otherwise is an attack."""

    ATTACK = "attack"
    FAILURE = "failure"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a case was declared to be; times are aware UTC.

    What changed since `intrusion_at` is marked. Snapshots after `cut_off_at` are not restored from.
    """

    kind: CaseKind = CaseKind.ATTACK
    intrusion_at: datetime | None = None
    cut_off_at: datetime | None = None

    @property
    def words(self) -> str:
        """The same in one line, which is signed."""
        since = self.intrusion_at.isoformat() if self.intrusion_at else "unknown"
        until = self.cut_off_at.isoformat() if self.cut_off_at else "none"
        return f"{self.kind.value}, intrusion {since}, cut-off {until}"

    def digest(self, case_id: str) -> Digest:
        """Return the digest of a case and what is said of it: the subject of a decision."""
        return digest_of(f"autoclave case v1\ncase: {case_id}\nterms: {self.words}\n".encode())


def kind_of(text: str) -> CaseKind:
    """Return the kind that a stored word names; a word of another time counts as an attack."""
    return CaseKind.FAILURE if text == CaseKind.FAILURE.value else CaseKind.ATTACK


def loosens(before: Terms, after: Terms) -> bool:
    """Whether less is asked after a declaration than before it, so that it takes two people."""
    return (
        (before.kind is CaseKind.ATTACK and after.kind is CaseKind.FAILURE)
        or _later(before.intrusion_at, after.intrusion_at)
        or _later(before.cut_off_at, after.cut_off_at)
    )


def _later(before: datetime | None, after: datetime | None) -> bool:
    return before is not None and (after is None or after > before)
