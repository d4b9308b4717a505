"""A restore set: what people sign, and whether enough of the right ones have. Pure."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta

from custody.case import CaseKind
from custody.digest import Digest
from custody.people import Role
from custody.signing_rules import SigningRules

URGENT_HOURS = timedelta(hours=24)


@dataclass(frozen=True, slots=True, kw_only=True)
class SetSignature:
    """A person's signature under the document of a set."""

    person: str
    role: Role
    public_key: str
    reason: str
    signature: str


def statement(
    set_id: str, document: Digest, *, person: str, role: Role, public_key: str, reason: str
) -> bytes:
    """Return the exact bytes that a person signs, one line a fact.

    Raises:
        ValueError: a fact is blank, or holds a line break or a control character.
    """
    facts = {
        "set": set_id,
        "document": document,
        "person": person,
        "role": role.value,
        "key": public_key,
        "reason": reason,
    }
    if not all(fact.strip() and fact.isprintable() for fact in facts.values()):
        raise ValueError("a signature's facts are single printable lines, none of them blank")
    lines = [f"{label}: {fact}" for label, fact in facts.items()]
    return ("autoclave restore set v1\n" + "\n".join(lines) + "\n").encode()


def unmet(
    rules: SigningRules, kind: CaseKind, signatures: Iterable[SetSignature]
) -> tuple[str, ...]:
    """Return what is still asked for before a set may open; nothing when all is met."""
    signed = list(signatures)
    different = min(len({s.person for s in signed}), len({s.public_key for s in signed}))
    asked = []
    if different < rules.signatures:
        asked.append(f"{rules.signatures - different} more of {rules.signatures} signatures")
    missing = rules.roles(kind) - {s.role for s in signed}
    asked += [
        f"the signature of the {role.value}" for role in sorted(missing, key=lambda r: r.value)
    ]
    return tuple(asked)


def document_key(set_id: str) -> str:
    """Return where the document of a set lies in the audit store."""
    return f"sets/{set_id}/set.json"


def certificate_key(set_id: str, digest: Digest, ending: str = "json") -> str:
    """Return where a certificate lies in the audit store, or a page made from it."""
    return f"sets/{set_id}/certificates/{digest}.{ending}"


def opened_folder(set_id: str) -> str:
    """Return where an opened set lies in the clean zone, for consumers to read."""
    return f"opened/{set_id}/"


def opened_key(set_id: str, digest: Digest) -> str:
    """Return where a content of an opened set lies: its content names it, no path does."""
    return f"{opened_folder(set_id)}sha256/{digest[:2]}/{digest}"


def tombstone_key(set_id: str, digest: Digest) -> str:
    """Return where it is said that a content was withdrawn from an opened set."""
    return f"{opened_folder(set_id)}withdrawn/{digest}.note"
