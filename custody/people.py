"""People who decide: a name, a role and an SSH public key, so that two people are two keys."""

from dataclasses import dataclass
from enum import Enum, unique

from custody.digest import Digest, digest_of


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
# Who may be told by name whom records are about; how many they are everybody may know.
MAY_ASK_WHOM = frozenset({Role.DATA_OWNER, Role.AUTHORITY})
# Who answers for the records of a service, in groups.
MAY_DECIDE_RECORDS = frozenset({Role.DATA_OWNER})


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """Someone whose signature counts. `public_key` is one OpenSSH line without its comment.

    Of who is `revoked` it counts no more.
    """

    name: str
    role: Role
    public_key: str
    revoked: bool = False

    @property
    def may_decide(self) -> bool:
        """Whether this role releases, rejects and waives."""
        return self.role in MAY_DECIDE

    @property
    def digest(self) -> Digest:
        """The digest of who this is, the subject of a decision to register exactly this person.

        Raises:
            ValueError: a fact is blank, or holds a line break or a control character.
        """
        facts = {"name": self.name, "role": self.role.value, "key": self.public_key}
        if not all(fact.strip() and fact.isprintable() for fact in facts.values()):
            raise ValueError("a person's facts are single printable lines, none of them blank")
        lines = [f"{label}: {fact}" for label, fact in facts.items()]
        return digest_of(("autoclave person v1\n" + "\n".join(lines) + "\n").encode())
