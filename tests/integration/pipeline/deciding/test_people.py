"""Nobody opens the gate by inventing a second person: from two on, two sign a registration."""

import pytest

from audit.event import EventType
from audit.ssh_keys import generate, public_line, write_private_key
from catalogue import decisions as decision_rows
from catalogue import people as people_rows
from custody.case import CaseKind
from custody.errors import CatalogueError, SignatureError, UsageError
from custody.people import Person, Role
from pipeline.deciding import people
from pipeline.deciding.declaring import Change, declare
from pipeline.deciding.signing import Signatory
from pipeline.deciding.two_people import waiting
from pipeline.proving import verify
from pipeline.recording import Recorder
from pipeline.settings import Settings
from pipeline.wiring import open_runtime
from tests.corpus.homes import a_person
from tests.scenarios.model import events


@pytest.fixture
def runtime(tmp_path):
    """A new home."""
    with open_runtime(Settings(home=tmp_path / "new")) as opened:
        yield opened


@pytest.fixture
def two(runtime, tmp_path):
    """The two who may decide, registered at the start."""
    return [a_person(runtime, tmp_path, name) for name in ("alice", "bruno")]


def new_person(name: str = "chloe", role: Role = Role.ANALYST) -> Person:
    """Somebody with a key of their own."""
    return people.person_of(name, role, public_line(generate()))


def names(runtime) -> list[str]:
    """Who is registered."""
    with runtime.catalogue.read() as connection:
        return [person.name for person in people_rows.all_people(connection)]


def added(runtime) -> list[dict]:
    """The events of registrations, oldest first."""
    every = events(runtime.home.root)
    return [event for event in every if event["type"] == EventType.PEOPLE_ADDED.value]


@pytest.mark.parametrize("role", [Role.ANALYST, Role.ENGINEER, Role.AUDITOR])
def test_a_third_person_does_not_come_in_without_signatures(runtime, two, role):
    """Whoever is at the home registers nobody any more, in no role."""
    with pytest.raises(SignatureError, match="two registered people"):
        people.add(runtime, new_person(role=role), actor="engineer")

    assert ["alice", "bruno"] == names(runtime)
    assert 2 == len(added(runtime))


def test_one_person_signing_twice_registers_nobody(runtime, two):
    """The second signature has to be another person's."""
    person = new_person()

    told = [people.register(runtime, person, two[0]) for _ in range(2)]

    assert [False, False] == [decided.effective for decided in told]
    assert ["alice", "bruno"] == names(runtime)
    assert 2 == len(waiting(runtime))


def test_a_borrowed_name_does_not_sign(runtime, two):
    """Alice cannot sign as bruno: the key decides, not the name."""
    person = new_person()
    people.register(runtime, person, two[0])

    with pytest.raises(SignatureError):
        people.register(runtime, person, Signatory(actor="bruno", key=two[0].key, reason="me too"))

    assert ["alice", "bruno"] == names(runtime)


def test_who_may_not_decide_registers_nobody(runtime, tmp_path, two):
    """An auditor was let in by two, and lets nobody in."""
    auditor = new_person("audra", Role.AUDITOR)
    for signatory in two:
        people.register(runtime, auditor, signatory)

    own = Signatory(actor="audra", key=two[0].key, reason="x")
    with pytest.raises(SignatureError, match="may not decide"):
        people.register(runtime, new_person(), own)


def test_a_person_does_not_sign_for_themselves(runtime, tmp_path, two):
    """Who waits for the second signature is nobody yet."""
    person = new_person()
    people.register(runtime, person, two[0])

    with pytest.raises(SignatureError, match="not registered"):
        people.register(runtime, person, Signatory(actor="chloe", key=two[0].key, reason="me"))


@pytest.mark.parametrize("changed", ["name", "role", "key"])
def test_both_sign_the_same_name_role_and_key(runtime, two, changed):
    """A signature for one person never completes that for another, or for a stronger role."""
    first = new_person()
    other = {
        "name": Person(name="clara", role=first.role, public_key=first.public_key),
        "role": Person(name=first.name, role=Role.ADMIN, public_key=first.public_key),
        "key": new_person(),
    }[changed]

    people.register(runtime, first, two[0])
    told = people.register(runtime, other, two[1])

    assert not told.effective
    assert ["alice", "bruno"] == names(runtime)


@pytest.mark.parametrize("same", ["name", "key"])
def test_who_is_registered_is_not_signed_for_again(runtime, two, same):
    """Nobody is asked to sign what cannot be done, and nothing is recorded."""
    with runtime.catalogue.read() as connection:
        alice = people_rows.get(connection, "alice")
    name, key = {
        "name": ("alice", public_line(generate())),
        "key": ("chloe", alice.public_key),
    }[same]

    with pytest.raises(UsageError, match="registered already"):
        people.register(runtime, people.person_of(name, Role.ADMIN, key), two[0])

    assert [] == waiting(runtime)


@pytest.mark.parametrize("reason", ["", " ", "two\nlines"])
def test_a_registration_has_a_reason_of_one_line(runtime, two, reason):
    """What is signed cannot forge a line."""
    with pytest.raises(UsageError):
        people.register(
            runtime, new_person(), Signatory(actor="alice", key=two[0].key, reason=reason)
        )

    assert [] == waiting(runtime)


@pytest.mark.parametrize("name", ["", " ", "two words", "a\nb", "a\x1b[2J", " claire"])
def test_a_name_is_one_printable_word(name):
    """A name stands in what people sign, and on terminals."""
    with pytest.raises(UsageError, match="one printable word"):
        people.person_of(name, Role.ANALYST, public_line(generate()))


@pytest.mark.parametrize("name", ["\u0430nna", "an\u200dna", "ann\u0251", "anna\u0301", "-anna"])
def test_a_name_has_no_letter_that_only_looks_like_one(name):
    """A second person is somebody whom a reader tells from the first."""
    with pytest.raises(UsageError, match=r"Latin alphabet|one printable word"):
        people.person_of(name, Role.ANALYST, public_line(generate()))


@pytest.mark.parametrize("key", ["", "ssh-ed25519", "ssh-ed25519 AAAA", "ssh-dss AAAAB3NzaC1kc3M="])
def test_a_key_that_cannot_sign_is_no_person_s(key):
    """Somebody who can never sign would end the start and leave nobody to ask."""
    with pytest.raises(UsageError, match="can sign decisions"):
        people.person_of("claire", Role.ANALYST, key)


def test_who_may_not_decide_does_not_end_the_start(runtime, tmp_path):
    """Engineers and auditors are no second person who could sign."""
    people.add(runtime, new_person("eve", Role.ENGINEER), actor="root")
    people.add(runtime, new_person("audra", Role.AUDITOR), actor="root")
    a_person(runtime, tmp_path, "alice")

    assert people.at_start(runtime)
    a_person(runtime, tmp_path, "bruno")
    assert not people.at_start(runtime)


def test_two_signatures_register_a_third_person(runtime, two):
    """The event names both decisions, each is in effect, and everything verifies."""
    person = new_person(role=Role.ENGINEER)

    told = [people.register(runtime, person, signatory) for signatory in two]

    ids = [decided.decision.decision_id for decided in told]
    assert [False, True] == [decided.effective for decided in told]
    assert ["alice", "bruno", "chloe"] == names(runtime)
    assert [[], [], ids] == [event["body"]["decisions"] for event in added(runtime)]
    assert ("chloe as engineer", person.digest) == (
        told[0].decision.scope,
        told[0].decision.subject,
    )
    with runtime.catalogue.read() as connection:
        assert all(decision_rows.get(connection, i).effective for i in ids)
    assert [] == waiting(runtime)
    assert verify.verify(runtime, deep=True).verified


def test_a_registration_that_was_cut_short_lets_nobody_in(runtime, two, monkeypatch):
    """Between the second signature and the person lies a crash: one of them signs again."""
    person = new_person()
    people.register(runtime, person, two[0])
    with monkeypatch.context() as cut:
        cut.setattr(people_rows, "add", failing)
        with pytest.raises(CatalogueError):
            people.register(runtime, person, two[1])
    assert ["alice", "bruno"] == names(runtime)

    assert not people.register(runtime, person, two[1]).effective
    assert people.register(runtime, person, two[0]).effective
    assert ["alice", "bruno", "chloe"] == names(runtime)
    assert verify.verify(runtime, deep=True).verified


def planted(runtime, person, signed=()):
    """Write a person into the database with an event, as whoever has access to it can."""
    recorder = Recorder(runtime=runtime, case="", run_id="")
    body = {"role": person.role.value, "public_key": person.public_key, "decisions": list(signed)}
    event = recorder.event(EventType.PEOPLE_ADDED, subject={"person": person.name}, body=body)
    with runtime.catalogue.write() as connection:
        people_rows.add(connection, person, event.at)
        runtime.ledger.record(connection, event)
    runtime.ledger.publish()


def test_verification_names_a_person_whom_no_two_signed_for(runtime, two):
    """Who writes a second key of their own into the database, event and all, is found."""
    person = new_person()
    told = [people.register(runtime, person, signatory) for signatory in two]
    assert verify.verify(runtime, deep=True).verified

    planted(runtime, new_person("emil"), [d.decision.decision_id for d in told])

    [fault] = verify.verify(runtime, deep=True).faults
    assert "emil was registered without two signatures" in fault.what


def test_verification_names_a_revocation_that_was_signed_of_another(runtime, four):
    """A genuine decision on one key does not take another one's word away."""
    _, bruno, *_ = four
    made = people.revoke(runtime, "alice", bruno)
    recorder = Recorder(runtime=runtime, case="", run_id="")
    body = {"decision": made.decision_id}
    recorder.record(recorder.event(EventType.PEOPLE_REVOKED, subject={"person": "dora"}, body=body))

    [fault] = verify.verify(runtime, deep=True).faults
    assert "the key of dora was revoked without a signature" in fault.what


@pytest.fixture
def four(runtime, tmp_path, two):
    """Four who may decide."""
    made = [a_key(tmp_path, name) for name in ("dora", "emil")]
    for person, _ in made:
        for signatory in two:
            people.register(runtime, person, signatory)
    return [*two, *(signatory for _, signatory in made)]


def a_key(folder, name):
    """Somebody who is not registered yet, with a key in a file."""
    key = generate()
    write_private_key(folder / name, key)
    person = people.person_of(name, Role.APPROVER, public_line(key))
    return person, Signatory(actor=name, key=folder / name, reason="a reason")


def test_what_a_revoked_key_signed_keeps_nobody_from_deciding(runtime, four):
    """It completes nothing any more, and two others sign the same."""
    alice, bruno, dora, emil = four
    person = new_person()
    people.register(runtime, person, alice)
    people.revoke(runtime, "alice", bruno)

    told = [people.register(runtime, person, signatory).effective for signatory in (dora, emil)]

    assert [False, True] == told
    assert verify.verify(runtime, deep=True).verified


def test_a_signature_that_was_left_over_completes_nothing(runtime, four):
    """Who signed twice is not the first of two when somebody does the same again, later."""
    alice, bruno, dora, _ = four
    failure, attack = Change(kind=CaseKind.FAILURE), Change(kind=CaseKind.ATTACK)
    for signatory in (alice, alice, bruno):
        declared = declare(runtime, "case", failure, signatory)
    assert declared.effective
    assert declare(runtime, "case", attack, dora).effective

    assert not declare(runtime, "case", failure, bruno).effective
    assert declare(runtime, "case", failure, alice).effective


def failing(*_):
    """Stand for a database that is gone at the wrong moment."""
    raise CatalogueError("the disk is full", next_step="make room")
