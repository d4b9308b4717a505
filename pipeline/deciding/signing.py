"""Signatures of people: a decision counts when the registered key of its actor signed its words."""

from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from audit.sshsig import DECISION_NAMESPACE, PrivateKey, load_private_key, sign, verify
from catalogue import people
from custody.decision import Decision
from custody.errors import SignatureError
from custody.people import Person
from pipeline.wiring import Runtime


@dataclass(frozen=True, slots=True, kw_only=True)
class Signatory:
    """Who decides, with which private key, in a file or opened already, and why."""

    actor: str
    key: Path | PrivateKey
    reason: str

    def opened_key(self) -> PrivateKey:
        """Return the private key.

        Raises:
            SignatureError: its file cannot be read or opened.
        """
        return load_private_key(self.key) if isinstance(self.key, Path) else self.key


@dataclass(frozen=True, slots=True, kw_only=True)
class Signed:
    """A statement that a registered person signed."""

    actor: str
    reason: str
    statement: str
    signature: str


def sign_statement(runtime: Runtime, signatory: Signatory, statement: bytes) -> Signed:
    """Sign a statement, and check the signature against the actor's registered key.

    Raises:
        SignatureError: the person is unknown, may not decide, or the key is another one's.
    """
    person = deciding_person(runtime, signatory.actor)
    signature = sign(signatory.opened_key(), statement, DECISION_NAMESPACE)
    verify(person.public_key, statement, DECISION_NAMESPACE, signature)
    return Signed(
        actor=person.name,
        reason=signatory.reason,
        statement=statement.decode(),
        signature=signature,
    )


def deciding_person(runtime: Runtime, name: str) -> Person:
    """Return a registered person whose role may decide.

    Raises:
        SignatureError: the person is unknown or may not decide.
    """
    with runtime.catalogue.read() as connection:
        return _deciding(connection, name)


def is_revoked(connection: sa.Connection, name: str) -> bool:
    """Whether a person was registered whose key counts no more."""
    person = people.get(connection, name)
    return person is not None and person.revoked


def check_signed(connection: sa.Connection, made: Decision) -> None:
    """Return when the registered key of a stored decision's actor signed its words.

    A row of the database is no signature: whoever can write one there could be the second person.

    Raises:
        SignatureError: the actor is unknown or may not decide, or did not sign this.
    """
    what = f"decision {made.decision_id}"
    try:
        words = made.statement
    except ValueError as error:
        raise _unsigned(what, made.actor) from error
    check_words(connection, made.actor, words, made.signature, what=what)


def check_words(
    connection: sa.Connection, actor: str, words: bytes, signature: str, *, what: str
) -> None:
    """Return when the registered key of a person who may decide signed exactly these words.

    Raises:
        SignatureError: it did not; the error says of `what`.
    """
    person = _deciding(connection, actor)
    try:
        verify(person.public_key, words, DECISION_NAMESPACE, signature)
    except SignatureError as error:
        raise _unsigned(what, actor) from error


def _unsigned(what: str, actor: str) -> SignatureError:
    return SignatureError(
        f"{what} is not signed by {actor}",
        next_step="run `autoclave audit verify --deep`: somebody changed what is stored",
    )


def _deciding(connection: sa.Connection, name: str) -> Person:
    person = people.get(connection, name)
    if person is None:
        raise SignatureError(
            f"{name} is not registered", next_step="register the person: autoclave people add"
        )
    if person.revoked:
        raise SignatureError(
            f"the key of {name} was revoked", next_step="ask somebody whose key counts"
        )
    if not person.may_decide:
        raise SignatureError(
            f"{name} is {person.role.value} and may not decide",
            next_step="ask an analyst, data owner, approver or authority",
        )
    return person
