"""Acts of people and of policy, and the proof that one is in the ledger."""

from dataclasses import dataclass
from datetime import datetime

from custody.digest import Digest
from custody.lifecycle import Action


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """An act on one artefact, or on who decides, with a reason and a signature over `statement`.

    `scope` says in one line how far the act reaches: until when, for a waiver which rule, and for
    a registration who and in which role.
    """

    decision_id: str
    subject: Digest
    action: Action
    scope: str
    actor: str
    reason: str
    at: datetime
    signature: str

    @property
    def statement(self) -> bytes:
        """The exact bytes that a person signs, one line a fact: a line break would forge another.

        Raises:
            ValueError: a fact is blank, or holds a line break or a control character.
        """
        facts = {
            "decision": self.decision_id,
            "subject": self.subject,
            "action": self.action.value,
            "scope": self.scope,
            "actor": self.actor,
            "reason": self.reason,
        }
        if not all(fact.strip() and fact.isprintable() for fact in facts.values()):
            raise ValueError("a decision's facts are single printable lines, none of them blank")
        lines = [f"{label}: {fact}" for label, fact in facts.items()]
        return ("autoclave decision v1\n" + "\n".join(lines) + "\n").encode()


@dataclass(frozen=True, slots=True, kw_only=True)
class Receipt:
    """Proof that an event is in a published checkpoint, and a manifest's root under that event.

    `event` is the exact bytes of the ledger entry that holds the event; `proof` a C2SP tlog-proof
    over it; `manifest_root` the RFC 6962 root (hex) of the custody manifest that the event names.
    """

    event: bytes
    proof: str
    manifest_root: str
