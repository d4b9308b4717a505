"""People who decide: a name, a role and an SSH public key, so that two people are two keys."""

from dataclasses import dataclass
from enum import Enum, unique


@unique
class Role(Enum):
    """What a person may do."""

    ENGINEER = "engineer"
    ANALYST = "analyst"
    DATA_OWNER = "data-owner"
    APPROVER = "approver"
    AUTHORITY = "authority"
    AUDITOR = "auditor"
    ADMIN = "admin"


MAY_DECIDE = frozenset({Role.ANALYST, Role.DATA_OWNER, Role.APPROVER, Role.AUTHORITY, Role.ADMIN})


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone whose signature counts. `public_key` is one OpenSSH line without its comment."""

    name: str
    role: Role
    public_key: str

    @property
    def may_decide(self) -> bool:
        """Whether this role releases, rejects and waives."""
        return self.role in MAY_DECIDE
