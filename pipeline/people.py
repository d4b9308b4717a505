"""Registers the people whose signatures count, on the record."""

from audit.event import EventType
from catalogue import people
from custody.errors import UsageError
from custody.people import Person, Role
from pipeline.recording import Recorder
from pipeline.wiring import Runtime


def add(runtime: Runtime, *, name: str, role: Role, public_key: str, actor: str) -> Person:
    """Register a person with the public key of an OpenSSH key pair.

    Raises:
        UsageError: the name or the key is registered already, or the name is no plain word.
    """
    if not name.isprintable() or name.split() != [name]:
        raise UsageError("a person's name is one printable word", next_step="use a login name")
    kind, _, rest = public_key.strip().partition(" ")
    encoded = rest.split(" ")[0]
    if not encoded:
        raise UsageError(
            "this is no OpenSSH public key", next_step="give the .pub file of the person's key"
        )
    person = Person(name=name, role=role, public_key=f"{kind} {encoded}")
    recorder = Recorder(runtime=runtime, case="", run_id="")
    now = runtime.clock()
    body = {"role": role.value, "public_key": person.public_key}
    with runtime.catalogue.write() as connection:
        people.add(connection, person, now)
        event = recorder.event(
            EventType.PEOPLE_ADDED, subject={"person": name}, body=body, actor=actor, at=now
        )
        runtime.ledger.record(connection, event)
    runtime.ledger.publish()
    return person
