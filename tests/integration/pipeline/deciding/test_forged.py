"""A row of the database is no signature: whoever can write one there is not a second person."""

import secrets
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from catalogue import decisions as rows
from catalogue import tables
from custody.digest import digest_of
from custody.errors import SignatureError
from custody.lifecycle import Action
from pipeline.deciding import decisions
from pipeline.deciding.two_people import Act, record, sign_act
from pipeline.proving import verify
from tests.corpus.homes import EICAR, a_person

VIRUS = digest_of(EICAR)
UNTIL = datetime(2999, 1, 31, tzinfo=UTC)


@pytest.fixture
def two(runtime, tmp_path):
    """The two who may decide."""
    return [a_person(runtime, tmp_path, name) for name in ("alice", "bruno")]


def act(runtime, who):
    """The release that a person asks for, as it stands after they asked."""
    made = decisions.release(runtime, VIRUS, who, UNTIL).decision
    with runtime.catalogue.write() as connection:
        connection.execute(tables.decisions.delete())
    return Act(subject=VIRUS, action=Action.RELEASE, scope=made.scope)


def forged(runtime, signatory, name):
    """A decision that one person made, under another one's name."""
    return replace(sign_act(runtime, act(runtime, signatory), signatory), actor=name)


def stages(runtime):
    """Where the entries of the virus stand."""
    with runtime.catalogue.read() as connection:
        return {e.stage.value for e in decisions.entries.by_digest(connection, VIRUS)}


@pytest.mark.parametrize("signature", ["", "of another key"])
def test_a_first_decision_that_nobody_signed_is_not_completed(runtime, two, signature):
    """One person with access to the database does not release alone."""
    alice, _ = two
    planted = forged(runtime, alice, "bruno")
    planted = planted if signature else replace(planted, signature="")
    with runtime.catalogue.write() as connection:
        rows.add(connection, planted)

    with pytest.raises(SignatureError, match="not signed by bruno"):
        decisions.release(runtime, VIRUS, alice, UNTIL)

    assert {"held"} == stages(runtime)


def test_a_signed_reason_cannot_be_changed_afterwards(runtime, two):
    """The second person completes what the first one signed, word for word."""
    alice, bruno = two
    made = replace(sign_act(runtime, act(runtime, alice), alice), reason="it is harmless")
    with runtime.catalogue.write() as connection:
        rows.add(connection, made)

    with pytest.raises(SignatureError, match="not signed by alice"):
        decisions.release(runtime, VIRUS, bruno, UNTIL)


def test_verification_names_a_recorded_decision_that_nobody_signed(runtime, two):
    """Who records an event without the person's key is found by whoever verifies."""
    made = sign_act(runtime, Act(subject=VIRUS, action=Action.RELEASE, scope="now"), two[0])
    record(runtime, replace(made, actor="bruno"))

    found = verify.verify(runtime, deep=True)

    assert ["catalogue"] == [fault.where for fault in found.faults]
    assert "is not signed by bruno" in found.faults[0].what


def test_verification_names_a_second_decision_without_a_first(runtime, two):
    """A decision that completes one which the ledger does not hold is a fault, not a failure."""
    made = sign_act(runtime, Act(subject=VIRUS, action=Action.RELEASE, scope="now"), two[0])
    never = replace(made, decision_id=secrets.token_hex(16), actor="bruno")
    with runtime.catalogue.write() as connection:
        rows.add(connection, never)
    record(runtime, made, completes=never)

    found = verify.verify(runtime, deep=True)

    assert not found.verified
    assert "which was never recorded" in found.faults[0].what


def test_verification_names_a_first_decision_that_was_used_before(runtime, two):
    """Who signed once is not the first of two whenever somebody says so."""
    until = datetime.now(UTC) + timedelta(days=10)
    first, second = (decisions.release(runtime, VIRUS, who, until).decision for who in two)
    act_again = Act(subject=VIRUS, action=Action.RELEASE, scope=second.scope)

    record(runtime, sign_act(runtime, act_again, two[1]), completes=first)

    found = verify.verify(runtime, deep=True)
    assert "was completed before" in found.faults[0].what


def test_what_two_people_signed_verifies(runtime, two):
    """Genuine signatures complete each other, and are verified again from the ledger alone."""
    until = datetime.now(UTC) + timedelta(days=10)
    told = [decisions.release(runtime, VIRUS, who, until).effective for who in two]

    assert [False, True] == told
    assert () == verify.verify(runtime, deep=True).faults
