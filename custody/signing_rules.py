"""Who must sign a restore set: what a policy asks for. Pure."""

from dataclasses import dataclass

from custody.case import CaseKind
from custody.people import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class SigningRules:
    """Who must sign a restore set, for how many days it holds, and what goes out without one.

    `signatures` different people with different keys; for each kind of case one of each role of
    it, too. `unsealed` is whether a case without any set may be delivered as it is.
    """

    signatures: int = 2
    attack_roles: frozenset[Role] = frozenset({Role.AUTHORITY})
    failure_roles: frozenset[Role] = frozenset()
    days: int = 30
    unsealed: bool = True

    def roles(self, kind: CaseKind) -> frozenset[Role]:
        """Return the roles that a case of a kind needs."""
        return self.attack_roles if kind is CaseKind.ATTACK else self.failure_roles


DEFAULT_RULES = SigningRules()
