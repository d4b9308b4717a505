"""A change of policy is what two people signed, word for word."""

from dataclasses import replace
from pathlib import Path

import pytest

import sanitizers
from audit.event import EventType
from audit.sshsig import DECISION_NAMESPACE, verify
from catalogue import people as people_rows
from catalogue import policies as rows
from catalogue import tables
from catalogue.policies import PolicyState, StoredPolicy
from custody.errors import PolicyError, SignatureError, UsageError
from pipeline.deciding import policies
from pipeline.deciding.signing import Signatory
from pipeline.proving import verify as proving
from pipeline.settings import PolicySettings, Settings
from pipeline.steps.instruments import policy_in_force
from pipeline.wiring import open_runtime
from sanitizers.policy_file import parse_policy, read_policy
from tests.corpus.homes import a_person
from tests.scenarios.model import events

STRICT = Path(sanitizers.__file__).parent / "policies" / "strict.toml"
KINDS = {EventType.POLICY_PROPOSED.value, EventType.POLICY_CHANGED.value}


@pytest.fixture
def runtime(tmp_path):
    """A new home."""
    with open_runtime(Settings(home=tmp_path / "new")) as opened:
        yield opened


@pytest.fixture
def two(runtime, tmp_path):
    """Two who may decide."""
    return [a_person(runtime, tmp_path, name, f"{name} agrees") for name in ("alice", "bruno")]


@pytest.fixture
def file(tmp_path):
    """A policy that is not the one in force."""
    path = tmp_path / "proposed.toml"
    path.write_text(STRICT.read_text().replace("ransom_notes = 1", "ransom_notes = 2"))
    return path


def recorded(runtime):
    """The events about policies."""
    return [event for event in events(runtime.home.root) if event["type"] in KINDS]


@pytest.mark.parametrize(
    ("content", "match"),
    [(None, "cannot be read"), (b"name = 1\n", "policy"), (b"\xff", "not TOML")],
)
def test_what_is_no_policy_is_not_signed(runtime, two, tmp_path, content, match):
    """A missing file and one that states no policy leave nothing on the record."""
    path = tmp_path / "strict"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(PolicyError, match=match):
        policies.propose(runtime, path, two[0])

    assert [] == recorded(runtime)


@pytest.mark.parametrize("reason", ["", " ", "two\nlines", "\x1b[2J"])
def test_a_reason_cannot_forge_a_line(runtime, two, file, reason):
    """A reason is a part of what is signed."""
    with pytest.raises(UsageError, match="one printable line"):
        policies.propose(runtime, file, Signatory(actor="alice", key=two[0].key, reason=reason))

    assert [] == recorded(runtime)


@pytest.mark.parametrize("actor", ["nobody", "bruno"])
def test_only_the_own_key_of_a_registered_person_signs(runtime, two, file, actor):
    """An unknown person and a borrowed name are refused, to propose and to approve."""
    wrong = Signatory(actor=actor, key=two[0].key, reason="x")
    with pytest.raises(SignatureError):
        policies.propose(runtime, file, wrong)
    proposed = policies.propose(runtime, file, two[0])

    with pytest.raises(SignatureError):
        policies.approve(runtime, proposed.digest, wrong)

    assert 1 == len(recorded(runtime))
    assert proposed.digest != policy_in_force(runtime).digest


def test_nobody_approves_their_own_proposal(runtime, two, file):
    """A policy needs two different people."""
    proposed = policies.propose(runtime, file, two[0])

    with pytest.raises(PolicyError, match="two different people"):
        policies.approve(runtime, proposed.digest, two[0])

    assert proposed.digest != policy_in_force(runtime).digest


@pytest.mark.parametrize("name", ["demo", "loose.toml"])
def test_one_person_does_not_set_aside_what_two_approved(runtime, two, file, tmp_path, name):
    """Another name in the settings, shipped or a file, is refused once a policy was approved."""
    (tmp_path / "loose.toml").write_bytes(file.read_bytes())
    policies.approve(runtime, policies.propose(runtime, file, two[0]).digest, two[1])
    settings = replace(runtime.settings, policy=PolicySettings(name=name))

    with pytest.raises(PolicyError, match="was not approved by two people"):
        policy_in_force(replace(runtime, settings=settings))


def test_a_file_is_no_policy_until_two_approved_it(runtime, file):
    """The settings choose among the shipped policies and name no file."""
    settings = replace(runtime.settings, policy=PolicySettings(name=str(file)))

    with pytest.raises(PolicyError, match="no policy is called"):
        policy_in_force(replace(runtime, settings=settings))


def test_an_approval_tells_that_the_policy_is_in_force(runtime, two, file):
    """What comes back is the policy as it stands afterwards."""
    approved = policies.approve(runtime, policies.propose(runtime, file, two[0]).digest, two[1])

    assert (PolicyState.IN_FORCE, "bruno") == (approved.state, approved.approved_by)


def test_a_policy_that_nobody_proposed_is_not_approved(runtime, two):
    """The shipped one stands in force and waits for nobody."""
    with pytest.raises(PolicyError, match="waits for approval"):
        policies.approve(runtime, read_policy("strict").digest, two[1])


def test_each_of_the_two_signs_words_that_name_the_act_and_the_policy(runtime, two, file):
    """What the ledger keeps verifies with the key of each, and says all that was meant."""
    digest = policies.propose(runtime, file, two[0]).digest
    policies.approve(runtime, digest, two[1])

    assert digest == policy_in_force(runtime).digest
    assert [
        f"autoclave policy v1\npropose: {digest}\nactor: alice\nreason: alice agrees\n",
        f"autoclave policy v1\napprove: {digest}\nactor: bruno\nreason: bruno agrees\n",
    ] == [event["body"]["statement"] for event in recorded(runtime)]
    for event in recorded(runtime):
        with runtime.catalogue.read() as connection:
            person = people_rows.get(connection, event["actor"])
        said = event["body"]
        verify(person.public_key, said["statement"].encode(), DECISION_NAMESPACE, said["signature"])


def planted(runtime, file, name):
    """A proposed policy that stands in the database only."""
    content = file.read_bytes()
    policy = parse_policy(content)
    stored = StoredPolicy(
        digest=policy.digest,
        name=policy.name,
        content=content,
        state=PolicyState.PROPOSED,
        at=runtime.clock(),
        proposed_by=name,
        reason="planted",
    )
    with runtime.catalogue.write() as connection:
        rows.add(connection, stored)
    return stored


def test_a_proposal_that_is_not_on_the_record_is_not_approved(runtime, two, file):
    """One person with access to the database does not change the policy alone."""
    stored = planted(runtime, file, "bruno")

    with pytest.raises(PolicyError, match="never proposed by bruno"):
        policies.approve(runtime, stored.digest, two[0])

    assert read_policy("strict") == policy_in_force(runtime)


def test_a_proposal_under_another_name_is_not_approved(runtime, two, file):
    """Alice proposed, and the database says that bruno did: she does not complete herself."""
    stored = policies.propose(runtime, file, two[0])
    with runtime.catalogue.write() as connection:
        connection.execute(tables.policies.update().values(proposed_by="bruno"))

    with pytest.raises(PolicyError, match="never proposed by bruno"):
        policies.approve(runtime, stored.digest, two[0])


def test_an_approval_that_nobody_proposed_is_found(runtime, two, file):
    """Whoever verifies learns of an event that was recorded without its first half."""
    stored = planted(runtime, file, "bruno")
    signed = policies._sign(runtime, "approve", stored.digest, two[0])
    policies._record(runtime, stored, EventType.POLICY_CHANGED, signed)

    found = proving.verify(runtime, deep=True)

    assert "not proposed by another person" in found.faults[0].what


@pytest.mark.parametrize("part", ["actor", "content"])
def test_a_policy_event_that_nobody_signed_is_found(runtime, two, file, part):
    """A recorded proposal has its actor's signature over the policy that is in it."""
    stored = planted(runtime, file, "alice")
    signed = policies._sign(runtime, "propose", stored.digest, two[0])
    if part == "actor":
        signed = replace(signed, actor="bruno")
    else:
        stored = replace(stored, content=stored.content + b"\n# more\n")
    policies._record(runtime, stored, EventType.POLICY_PROPOSED, signed)

    found = proving.verify(runtime, deep=True)

    assert {"actor": "not signed by bruno", "content": "other words"}[part] in found.faults[0].what


def test_a_policy_that_was_changed_in_the_database_is_refused(runtime, two, file):
    """What is in force is what two people approved, byte for byte."""
    stored = policies.propose(runtime, file, two[0])
    policies.approve(runtime, stored.digest, two[1])
    with runtime.catalogue.write() as connection:
        weaker = stored.content.replace(b"ransom_notes = 2", b"ransom_notes = 9")
        connection.execute(tables.policies.update().values(content=weaker))

    with pytest.raises(PolicyError, match="not what two people approved"):
        policy_in_force(runtime)
