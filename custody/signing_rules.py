"""What a policy asks for before a restore set goes out: signatures, and an anchor. Pure."""

from dataclasses import dataclass
from enum import Enum, unique

from custody.case import CaseKind
from custody.people import Role


@unique
class AnchorDemand(Enum):
    """Which anchor a set needs before it is sealed.

    `outside` is a timestamp of an authority or a cosignature of a witness. `paper` is the same,
    but lines on paper do where the settings name neither authority nor witness. `none` is none.
    """

    OUTSIDE = "outside"
    PAPER = "paper"
    NONE = "none"


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningRules:
    """Who must sign a restore set, for how many days it holds, and what goes out without one.

    `signatures` different people with different keys; for each kind of case one of each role of
    it, too. `unsealed` is whether a home without any set may deliver as it is. `anchor` is
    which anchor must cover what the ledger says of a set before it is sealed.
    """

    signatures: int = 2
    attack_roles: frozenset[Role] = frozenset({Role.AUTHORITY})
    failure_roles: frozenset[Role] = frozenset()
    days: int = 30
    unsealed: bool = True
    anchor: AnchorDemand = AnchorDemand.PAPER

    def roles(self, kind: CaseKind) -> frozenset[Role]:
        """Return the roles that a case of a kind needs."""
        return self.attack_roles if kind is CaseKind.ATTACK else self.failure_roles


DEFAULT_RULES = SigningRules()
