"""The signatures under a restore set, as they are stored: verified wherever they are read."""

from audit.sshsig import RESTORE_NAMESPACE, verify
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
