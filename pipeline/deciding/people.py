"""Registers the people whose signatures count, on the record: by anyone at first, then by two."""

import sqlalchemy as sa

from audit.event import EventType
from audit.ssh_keys import accepted_line
from catalogue import decisions, people
from custody.decision import Decision
from custody.errors import SignatureError, UsageError
from custody.lifecycle import Action
from custody.look_alikes import can_name
from custody.people import Person, Role
from pipeline.deciding.signing import Signatory
from pipeline.deciding.two_people import Act, Decided, first_of, record, sign_act
from pipeline.recording import Recorder
from pipeline.wiring import Runtime

# With one person who decides there is nobody to ask; with two nobody needs to be trusted alone.
ENOUGH_TO_DECIDE = 2


def at_start(runtime: Runtime) -> bool:
    """Whether fewer than two people who may decide are registered, so that anyone may register."""
    with runtime.catalogue.read() as connection:
        return starting(connection)


def starting(connection: sa.Connection) -> bool:
    """Whether fewer than two who may decide were ever registered: nobody could be the second."""
    return len(people.who_decide(connection)) < ENOUGH_TO_DECIDE


def person_of(name: str, role: Role, untrusted_key: str) -> Person:
    """Return a person who can be registered.

    Raises:
        UsageError: the name is no plain word in Latin letters, or the key is none that can sign
            decisions.
    """
    if not name.isprintable() or name.split() != [name]:
        raise UsageError("a person's name is one printable word", next_step="use a login name")
    if not can_name(name):
        raise UsageError(
            "a person's name has letters of the Latin alphabet, digits and . _ @ ' - only",
            next_step="use a login name: letters of other alphabets can look like these",
        )
    try:
        key = accepted_line(untrusted_key)
    except SignatureError as error:
        raise UsageError(
            f"this is no public key that can sign decisions: {error.reason}",
            next_step="give the .pub file of the person's key",
        ) from error
    return Person(name=name, role=role, public_key=key)


def add(runtime: Runtime, person: Person, actor: str) -> Person:
    """Register a person at the start, on the word of whoever is at the home.

    Raises:
        SignatureError: two people who may decide are there; it takes their signatures now.
        UsageError: the name or the key is registered already.
    """
    with runtime.catalogue.write() as connection:
        # In the transaction that adds: a second person must not come in beside it.
        if not starting(connection):
            raise SignatureError(
                "two registered people sign a registration",
                next_step="sign it: --as NAME --key FILE --reason TEXT",
            )
        _add(runtime, connection, person, actor, ())
    runtime.ledger.publish()
    return person


def register(runtime: Runtime, person: Person, signatory: Signatory) -> Decided:
    """Register a person on the signatures of two others who may decide; the first one waits.

    Raises:
        SignatureError: the signature is not that of a registered person who may decide.
        UsageError: the name or the key is registered already.
    """
    with runtime.catalogue.read() as connection:
        people.check_new(connection, person)
    scope = f"{person.name} as {person.role.value}"
    act = Act(subject=person.digest, action=Action.REGISTER, scope=scope)
    made = sign_act(runtime, act, signatory)
    first = first_of(runtime, made)
    record(runtime, made, completes=first)
    if first is None:
        return Decided(decision=made, effective=False, entries=0)
    with runtime.catalogue.write() as connection:
        _add(runtime, connection, person, made.actor, (first, made))
    runtime.ledger.publish()
    return Decided(decision=made, effective=True, entries=0)


def revoke(runtime: Runtime, name: str, signatory: Signatory) -> Decision:
    """Let the key of a person count no more, at once: a stolen key cannot wait for two.

    Raises:
        UsageError: nobody of this name has a key that counts, or too few would be left to decide.
        SignatureError: the signature is not that of a registered person who may decide.
    """
    with runtime.catalogue.read() as connection:
        person = people.get(connection, name)
        left = [p for p in people.who_decide(connection) if not p.revoked and p.name != name]
    if person is None or person.revoked:
        raise UsageError(f"{name} has no key that counts", next_step="see `autoclave people list`")
    if len(left) < ENOUGH_TO_DECIDE:
        raise UsageError(
            "fewer than two who may decide would be left",
            next_step="register somebody else first: autoclave people add",
        )
    act = Act(subject=person.digest, action=Action.REVOKE, scope=f"the key of {name}")
    made = sign_act(runtime, act, signatory)
    record(runtime, made)
    recorder = Recorder(runtime=runtime, case="", run_id="")
    event = recorder.event(
        EventType.PEOPLE_REVOKED,
        subject={"person": name},
        body={"decision": made.decision_id},
        actor=made.actor,
    )
    with runtime.catalogue.write() as connection:
        people.revoke(connection, name, event.at)
        decisions.mark_effective(connection, made.decision_id)
        runtime.ledger.record(connection, event)
    runtime.ledger.publish()
    return made


def _add(
    runtime: Runtime,
    connection: sa.Connection,
    person: Person,
    actor: str,
    signed: tuple[Decision, ...],
) -> None:
    """Add a person, and make the decisions to do so effective: the event names them."""
    recorder = Recorder(runtime=runtime, case="", run_id="")
    now = runtime.clock()
    people.check_new(connection, person)
    people.add(connection, person, now)
    for decision in signed:
        decisions.mark_effective(connection, decision.decision_id)
    body = {
        "role": person.role.value,
        "public_key": person.public_key,
        "decisions": [decision.decision_id for decision in signed],
    }
    event = recorder.event(
        EventType.PEOPLE_ADDED, subject={"person": person.name}, body=body, actor=actor, at=now
    )
    runtime.ledger.record(connection, event)
