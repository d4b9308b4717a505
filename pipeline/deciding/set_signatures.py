"""The signatures under a restore set, as they are stored: verified wherever they are read."""

import sqlalchemy as sa

from audit.sshsig import RESTORE_NAMESPACE, verify
from catalogue import people, restore_sets
from catalogue.restore_sets import StoredSet, StoredSignature
from cleanzone.restore_set import SetSignature, statement
from custody.errors import SignatureError
from custody.people import Role


def check_signature(stored: StoredSet, made: StoredSignature) -> None:
    """Return when a stored signature is over the document of its set, by the key beside it.

    Raises:
        SignatureError: it is not.
    """
    message = statement(
        stored.set_id,
        stored.document,
        person=made.person,
        role=Role(made.role),
        public_key=made.public_key,
        reason=made.reason,
    )
    try:
        verify(made.public_key, message, RESTORE_NAMESPACE, made.signature)
    except SignatureError as error:
        raise unsigned(stored, made.person) from error


def counting(connection: sa.Connection, stored: StoredSet) -> list[SetSignature]:
    """Return the signatures under a set that count: by registered keys that were not revoked since.

    Raises:
        SignatureError: one that is stored was not made by its person over this document.
    """
    good = []
    for each in restore_sets.signatures(connection, stored.set_id):
        person = people.get(connection, each.person)
        # Who signs says a role as well: only the one that was registered is theirs.
        if person is None or (person.public_key, person.role.value) != (each.public_key, each.role):
            raise unsigned(stored, each.person)
        check_signature(stored, each)
        if not person.revoked and person.may_decide:
            good.append(as_signature(each))
    return good


def as_signature(made: StoredSignature) -> SetSignature:
    """Return a stored signature as the rules of signing look at it."""
    return SetSignature(
        person=made.person,
        role=Role(made.role),
        public_key=made.public_key,
        reason=made.reason,
        signature=made.signature,
    )


def unsigned(stored: StoredSet, person: str) -> SignatureError:
    """Return the error for a stored signature that its person did not make over this set."""
    return SignatureError(
        f"set {stored.set_id} is not signed by {person}",
        next_step="run `autoclave audit verify --deep`: somebody changed what is stored",
    )
