"""A change of policy is what two people signed, word for word."""

from pathlib import Path

import pytest

import sanitizers
from audit.event import EventType
from audit.sshsig import DECISION_NAMESPACE, verify
from catalogue import people as people_rows
from custody.errors import PolicyError, SignatureError, UsageError
from pipeline.deciding import policies
from pipeline.deciding.signing import Signatory
from pipeline.settings import Settings
from pipeline.steps.instruments import policy_in_force
from pipeline.wiring import open_runtime
from sanitizers.policy_file import read_policy
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
