"""Signatures of people: a decision counts when the registered key of its actor signed its words."""

from dataclasses import dataclass
from pathlib import Path

import sqlalchemy as sa

from audit.sshsig import DECISION_NAMESPACE, load_private_key, sign, verify
from catalogue import people
from custody.decision import Decision
from custody.errors import SignatureError
from custody.people import Person
from pipeline.wiring import Runtime


@dataclass(frozen=True, slots=True, kw_only=True)
class Signatory:
    """Who decides, with which private key file, and why."""

    actor: str
    key: Path
    reason: str


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
    signature = sign(load_private_key(signatory.key), statement, DECISION_NAMESPACE)
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


def check_signed(connection: sa.Connection, made: Decision) -> None:
    """Return when the registered key of a stored decision's actor signed its words.

    A row of the database is no signature: whoever can write one there could be the second person.

    Raises:
        SignatureError: the actor is unknown or may not decide, or did not sign this.
    """
    person = _deciding(connection, made.actor)
    try:
        verify(person.public_key, made.statement, DECISION_NAMESPACE, made.signature)
    except (SignatureError, ValueError) as error:
        raise SignatureError(
            f"decision {made.decision_id} is not signed by {made.actor}",
            next_step="run `autoclave audit verify --deep`: somebody changed what is stored",
        ) from error


def _deciding(connection: sa.Connection, name: str) -> Person:
    person = people.get(connection, name)
    if person is None:
        raise SignatureError(
            f"{name} is not registered", next_step="register the person: autoclave people add"
        )
    if not person.may_decide:
        raise SignatureError(
            f"{name} is {person.role.value} and may not decide",
            next_step="ask an analyst, data owner, approver or authority",
        )
    return person
